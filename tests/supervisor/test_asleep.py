"""Reports that the program of a run sleeps, or works again.

As in test_init.py the real binary runs under ASan and UBSan, as PID 1 of its own namespaces.
"""

from collections.abc import Iterator

import pytest

from tests.harness.supervisor import PROBE, Supervisor
from tests.supervisor.test_account import V1_WHOLE_CORE, tree
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType

SLEEPS, WORKS, RESULT = FrameType.SLEEPS, FrameType.WORKS, FrameType.RESULT
COUNT = "printf 95000000 >/dev/pts/cpuacct/cpuacct.usage"  # of CPU time, ns


@pytest.fixture(scope="module")
def init() -> Iterator[Supervisor]:
    """Return one with a core of its own and a counter that programs move by themselves, and only so."""
    setup = f"taskset -p -c 0 $$ >/dev/null\nexport TELL_SLEEP=1\n{tree(V1_WHOLE_CORE)}"
    with Supervisor(setup=setup, cgroup_root="/mnt/cgroup") as init:
        init.hello()
        yield init


def reports(init: Supervisor, script: str, **options: object) -> list[FrameType]:
    """Return the frames that come of a run of the shell."""
    init.start("/bin/sh", "-c", script, **options)  # type: ignore[arg-type]
    kinds = []
    while RESULT not in kinds:
        kind, _ = init.frame()
        kinds.append(kind)
    return kinds


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param("sleep 0.35", [SLEEPS, WORKS], id="sleeps"),
        pytest.param(f"sleep 0.35; {COUNT}; sleep 0.35", [SLEEPS, WORKS, SLEEPS, WORKS], id="sleeps, works, sleeps"),
        pytest.param("sleep 0.02", [], id="ends soon"),
        pytest.param(f"{PROBE} spin 350", [], id="wants a core, and gets none"),
    ],
)
def test_sleep_is_reported(init: Supervisor, script: str, expected: list[FrameType]) -> None:
    """A program sleeps that has used no CPU time for 100 ms, and does not wait for any. Its end is work again."""
    init.path("/mnt/cgroup/cpuacct/cpuacct.usage").write_text("1000")
    assert reports(init, script) == [*expected, RESULT]


def test_one_that_is_ended_in_its_sleep_works(init: Supervisor) -> None:
    """To end it and to clear up after it takes the core, which may be lent."""
    init.path("/mnt/cgroup/cpuacct/cpuacct.usage").write_text("1000")
    assert reports(init, "sleep 30", wall_ms=300) == [SLEEPS, WORKS, RESULT]


def test_a_report_keeps_its_place_among_outputs(init: Supervisor) -> None:
    """Outputs that are sent as they come are whole, whatever is reported in between."""
    init.path("/mnt/cgroup/cpuacct/cpuacct.usage").write_text("1000")
    kinds = reports(init, "echo one; sleep 0.35; echo two", streams=True)
    assert kinds == [FrameType.OUTPUT, SLEEPS, FrameType.OUTPUT, WORKS, RESULT]


def test_one_that_waits_for_words_sleeps(init: Supervisor) -> None:
    init.path("/mnt/cgroup/cpuacct/cpuacct.usage").write_text("1000")
    init.start("/bin/sh", "-c", "read word", interactive=True)
    assert init.frame() == (SLEEPS, b"")
    init.send(protocol.encode_frame(FrameType.TALK, b"word\n"))
    assert [init.frame() for _ in range(2)] == [(WORKS, b""), (FrameType.OUTPUT, b"")]
    assert init.result().exit_code == 0


@pytest.mark.parametrize(
    "setup",
    [
        pytest.param("taskset -p -c 0 $$ >/dev/null", id="not asked for"),
        pytest.param("export TELL_SLEEP=1; taskset -p -c 0,1 $$ >/dev/null", id="several cores"),
    ],
)
def test_sleep_is_not_reported(setup: str) -> None:
    """An older service does not know the report; and where the wall time cannot stand still, no core is to be lent."""
    with Supervisor(setup=f"{setup}\n{tree(V1_WHOLE_CORE)}", cgroup_root="/mnt/cgroup") as init:
        init.hello()
        assert reports(init, "sleep 0.35") == [RESULT]
