"""Compilers are programs on untrusted input: the attacks in tests/corpus/compile_attacks/ do no harm.

Each file is a submission with its expected result, in the format of tests/corpus/programs/README.md; a line with
`$i` stands there as often as `expand` says.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import httpx2
import pytest

from tests import ROOT
from tests.corpus.running import ATTACKS, HELLOS, LONGEST_COMPILATION_S, execute
from tests.harness.ahead import done_ahead
from tests.harness.server import Server
from zuko.doctor.claims import Program, check, load

REFUSED: Final = [one for one in ATTACKS if not one.may_meet_time_limit]
WORKING: Final = [one for one in ATTACKS if one.may_meet_time_limit]


def hello(client: httpx2.Client, language: str) -> dict[str, Any]:
    return execute(client, {"language": language, "code": HELLOS[language], "input_data": "Zuko\n", "timeout": 10})


def test_there_are_enough_and_of_every_compiler() -> None:
    attacks = load(ROOT / "tests" / "corpus" / "compile_attacks")
    assert len(attacks) >= 40
    assert {attack.language for attack in attacks} >= {"c", "cpp", "java", "go", "rust"}
    claims = [attack.claim for attack in attacks]
    assert len(set(claims)) == len(claims)
    assert [claim for claim in claims if not claim.endswith(".")] == []


@dataclass(frozen=True, slots=True)
class Attacked:
    """The result of an attack."""

    answer: dict[str, Any]
    took_s: float
    after: dict[str, Any]  # the answer to a hello-world in the same language
    ready: int  # the status of /readyz then


def attack_it(compilers: Server, attack: Program) -> Attacked:
    started = time.monotonic()
    response = execute(compilers.client, attack.request)
    took_s = time.monotonic() - started
    return Attacked(response, took_s, hello(compilers.client, attack.language), compilers.get_status("/readyz"))


def check_claim(attack: Program, found: Attacked) -> None:
    assert check(attack, found.answer) == []
    for text in (found.answer["compile_output"] or "", found.answer["message"] or ""):
        assert "docker" not in text.lower()
    assert (found.after["status"], found.after["compile_output"]) == ("OK", "")
    assert "Zuko" in found.after["stdout"]
    assert found.ready == 200


@pytest.fixture(scope="module")
def attacked(request: pytest.FixtureRequest, compilers: Server) -> Iterator[Callable[[Program], Attacked]]:
    with done_ahead(request, "test_attack", partial(attack_it, compilers)) as attacked:
        yield attacked


@pytest.mark.parametrize("attack", REFUSED, ids=lambda attack: attack.id)
def test_attack(attacked: Callable[[Program], Attacked], attack: Program) -> None:
    """The claim holds, and the next submission is not affected."""
    check_claim(attack, attacked(attack))


@pytest.fixture(scope="module")
def worked(request: pytest.FixtureRequest, compilers: Server) -> Iterator[Callable[[Program], Attacked]]:
    with done_ahead(request, "test_attack_of_much_work", partial(attack_it, compilers)) as attacked:
        yield attacked


@pytest.mark.alone
@pytest.mark.parametrize("attack", WORKING, ids=lambda attack: attack.id)
def test_attack_of_much_work(worked: Callable[[Program], Attacked], attack: Program) -> None:
    """The same, in no more than the limits of a compilation: one that finds no core ends as an overloaded host does."""
    found = worked(attack)
    check_claim(attack, found)
    assert found.took_s < LONGEST_COMPILATION_S
