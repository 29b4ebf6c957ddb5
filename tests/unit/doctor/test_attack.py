"""Hostile programs: what they could do is reported, and what was not run is not taken for contained."""

import re
from typing import Any, Final, cast

import pytest

from zuko.doctor.attack import TRIES, attack, attacks
from zuko.doctor.finding import Level
from zuko.errors import NoCapacityError, ZukoError
from zuko.execution.blocking import BlockingExecutor
from zuko.settings import Settings
from zuko.types import CpuSource, Execution, Reason, Status, Usage

USAGE: Final = Usage(20_000_000, 10_000_000, 8 << 20, CpuSource.CGROUP_V2)
BOTH: Final = frozenset({"python", "cpp"})
(MOUNT,) = attacks(BOTH, re.compile(r"^escape/mount$"))
CONTAINED: Final = MOUNT.stdout or ""
LEFTOVER: Final = next(iter(attacks(BOTH, re.compile("^leftovers/"))))


class Fake:
    """An executor of a host that contains what it runs, or does not."""

    def __init__(self, *ends: Execution | ZukoError, **settings: Any) -> None:
        self.settings = Settings(**settings)
        self.ends = list(ends)
        self.asked: list[Any] = []

    def execute(self, submission: object) -> Execution:
        self.asked.append(submission)
        end = self.ends.pop(0)
        if isinstance(end, ZukoError):
            raise end
        return end


def printed(text: str) -> Execution:
    return Execution(Status.OK, stdout=text, exit_code=0, usage=USAGE)


def found(program: Any, fake: Fake) -> tuple[Level, str]:
    (finding,) = attack(cast(BlockingExecutor, fake), [program])
    return finding.level, finding.found


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zuko.doctor.attack.PAUSE_S", 0)


def test_programs_are_chosen() -> None:
    """By language and name; those about input and output do not attack."""
    kinds = {program.kind for program in attacks(BOTH, re.compile(""))}
    assert {"escape", "leftovers"} < kinds
    assert "io" not in kinds
    assert {program.language for program in attacks(frozenset({"cpp"}), re.compile(""))} == {"cpp"}
    assert attacks(BOTH, re.compile("^nothing$")) == []


def test_contained_and_not() -> None:
    contained = printed(CONTAINED)
    assert found(MOUNT, Fake(contained)) == (Level.OK, MOUNT.claim)
    level, text = found(MOUNT, Fake(printed("BREACH: mounted\n")))
    assert (level, "BREACH: mounted" in text) == (Level.FAILURE, True)
    level, text = found(MOUNT, Fake(Execution(Status.TIMEOUT, usage=USAGE)))
    assert (level, "status is TIMEOUT" in text) == (Level.WARNING, True)


def test_one_that_waits_for_a_core_gets_more_time() -> None:
    """Only where a time limit is not what it claims to meet."""
    late = Execution(Status.TIMEOUT, Reason.WALL_TIME_LIMIT, "stopped", usage=USAGE)
    fake = Fake(late, printed(CONTAINED))
    assert found(MOUNT, fake)[0] is Level.OK
    assert [submission.limits.wall_time_ms for submission in fake.asked] == [2000, 1000 * fake.settings.timeout_max_s]
    assert found(MOUNT, Fake(late, late))[0] is Level.WARNING
    waits = next(each for each in attacks(BOTH, re.compile("")) if "wall_time_limit" in each.reason)
    fake = Fake(late)
    found(waits, fake)
    assert len(fake.asked) == 1


def test_what_is_left_is_looked_for_by_a_second_run() -> None:
    fake = Fake(printed("x"), printed("BREACH: what the first one left"))
    assert found(LEFTOVER, fake)[0] is Level.FAILURE
    assert fake.ends == []


def test_what_cannot_be_run_is_tried_again() -> None:
    busy = NoCapacityError("the host was too slow to compile it")
    assert found(MOUNT, Fake(busy, printed(CONTAINED)))[0] is Level.OK
    level, text = found(MOUNT, Fake(*[busy] * TRIES))
    assert (level, text) == (Level.FAILURE, "not run: the host was too slow to compile it")
    level, text = found(MOUNT, Fake(timeout_max_s=1, timeout_default_s=1))
    assert (level, "not run, by the limits" in text) == (Level.NOTE, True)
