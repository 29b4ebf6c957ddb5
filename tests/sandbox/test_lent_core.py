"""A sandbox whose core is lent to others while its program sleeps: what that program notices of it."""

import contextlib
import threading
import time
from collections.abc import Iterator

import pytest

from tests.sandbox.running import SPEC, run, waits_in
from zuko.engine.engine import Engine
from zuko.errors import ContainerEndedError
from zuko.sandbox.sandbox import LENT_CPUS, Sandbox
from zuko.types import Outcome

MS = 1_000_000
# Sleeps, then uses 120 ms of CPU time, which it prints. The interpreter's own end would take 4 to 40 ms more.
_PROGRAM = """
import os, time
time.sleep(0.35)
while time.process_time() < 0.12:
    pass
print(time.process_time(), flush=True)
os._exit(0)
"""


@pytest.fixture
def lending(sandbox: Sandbox) -> Iterator[Sandbox]:
    """Return a sandbox whose core is lent for 2 s as soon as its program sleeps."""
    timer = threading.Timer(2, sandbox.reclaim_core)
    lender = threading.Thread(target=sandbox.lend_core)

    def lend() -> None:
        if sandbox.is_asleep and not lender.ident:
            lender.start()
            timer.start()

    sandbox.on_sleep = lend
    yield sandbox
    sandbox.on_sleep = lambda: None
    timer.cancel()
    lender.join()
    timer.join()
    sandbox.reclaim_core()


@pytest.mark.alone
@waits_in
def test_time_stands_still_while_the_core_is_lent(lending: Sandbox, in_loop: bool) -> None:
    """A program that sleeps and then computes has the same figures and the same limit as on a core of its own.

    It ends after 2 s, when it has its core back; its limit is 1.5 s of wall time, and its result is due a moment later.
    """
    began = time.monotonic()
    result = run(lending, _PROGRAM, wall_time_ms=1500, silence_s=0.2, in_loop=in_loop)
    took_s = time.monotonic() - began
    assert result.outcome is Outcome.EXITED, result
    assert result.usage.cpu_time_ns is not None
    assert result.usage.cpu_time_ns / MS == pytest.approx(float(result.stdout) * 1000, abs=30)
    assert took_s > 1.9
    # The 100 ms in which it woke do not count either.
    assert (350 - 100) * MS < result.usage.wall_time_ns < (took_s - 1) * 1e9, took_s


def test_wall_time_passes_for_one_that_sleeps(lending: Sandbox) -> None:
    """The limit of a program that goes on sleeping comes when it would have come."""
    began = time.monotonic()
    result = run(lending, "import time; time.sleep(10)", wall_time_ms=800)
    assert result.outcome is Outcome.WALL_TIME
    assert time.monotonic() - began < 2.5
    assert 800 * MS <= result.usage.wall_time_ns < 1100 * MS


def test_the_share_is_that_of_the_engine(sandbox: Sandbox, engine: Engine) -> None:
    """The engine reports the small share, and the whole core afterwards."""
    for change, cpus in ((sandbox.lend_core, LENT_CPUS), (sandbox.reclaim_core, SPEC.cpus)):
        change()
        with engine._connection.call() as api:
            assert api.inspect_container(sandbox.container_id)["HostConfig"]["NanoCpus"] == int(cpus * 1e9)


def test_a_container_that_ends_is_no_failure_of_the_engine() -> None:
    """Its share is changed while the engine ends and removes it, as when a program ends just then."""
    calls: list[str] = []
    with contextlib.closing(Engine(on_call=calls.append)) as engine, engine.start_sandbox(SPEC) as sandbox:
        killer = threading.Thread(target=engine.remove, args=[sandbox.container_id])
        killer.start()
        answers = 0
        while killer.is_alive() or answers < 3:
            with contextlib.suppress(ContainerEndedError):
                sandbox.lend_core()
                continue
            answers += 1
        killer.join()
    assert set(calls) == {""}
