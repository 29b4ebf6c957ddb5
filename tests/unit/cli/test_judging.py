"""Patience with a host that was too slow."""

import pytest

from zuko.cli.judging import is_starved, patiently
from zuko.errors import NoCapacityError
from zuko.execution.conclude import HOST_TOO_SLOW
from zuko.problem import Judgement, Verdict


class Results:
    """Results of a host, one after another; None: it was too slow."""

    def __init__(self, *results: str | None) -> None:
        self._results = iter(results)
        self.taken = 0

    def __call__(self) -> str:
        self.taken += 1
        result = next(self._results)
        if result is None:
            raise NoCapacityError(HOST_TOO_SLOW)
        return result


@pytest.mark.parametrize(
    ("results", "taken"), [(("AC",), 1), ((None, "AC"), 2), (("JE", None, "AC"), 3), (("JE", "JE", "JE", "AC"), 3)]
)
def test_a_slow_host_gets_three_tries(results: tuple[str | None, ...], taken: int) -> None:
    given = Results(*results)
    assert patiently(given, is_starved=lambda result: result == "JE") == results[taken - 1]
    assert given.taken == taken


def test_a_host_that_stays_too_slow() -> None:
    with pytest.raises(NoCapacityError):
        patiently(Results(None, None, None, "AC"))


@pytest.mark.parametrize(
    ("verdict", "reason", "starved"),
    [
        (Verdict.JE, f"{HOST_TOO_SLOW}: stopped after 20 s", True),
        (Verdict.JE, "the interactor failed", False),
        (Verdict.WA, HOST_TOO_SLOW, False),
    ],
)
def test_what_a_slow_host_makes_of_a_judgement(verdict: Verdict, reason: str, starved: bool) -> None:
    assert is_starved(Judgement(verdict, reason, None, None)) == starved
