"""Programs that sleep do not keep cores from those that compute, and no figure becomes wrong by that."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from tests.harness.server import MakeServer
from tests.harness.waiting import wait_for
from zuko.caller import CALLER, Caller
from zuko.engine.engine import Engine
from zuko.execution.admission import admit
from zuko.execution.executor import Executor
from zuko.execution.live import Live, Words
from zuko.languages.table import LANGUAGES, PYTHON
from zuko.sandbox.sandbox import LENT_CPUS
from zuko.settings import Settings
from zuko.types import Execution, SourceFile, Status

pytestmark = pytest.mark.alone

HELLO = "print('hello')"
# What comes after a program has printed its CPU time, the interpreter's own end, would take 4 to 40 ms more.
END = "print(time.process_time(), flush=True)\nos._exit(0)\n"
BURN = "import os, time\ndef burn(s):\n    end = time.process_time() + s\n    while time.process_time() < end: pass\n"


@pytest.fixture
def one_core(engine: Engine) -> Iterator[Executor]:
    """Return an executor with sandboxes on one core, all of them ready."""
    executor = Executor(Settings(concurrency=1, sleeping_runs=2), engine)
    executor.open()
    wait_for(lambda: executor.status().ready == 2, 20, "ready sandboxes")
    yield executor
    executor.close(0)


async def execute(executor: Executor, caller: str, code: str, live: Live | None = None) -> Execution:
    """Execute a program of a caller, with 20 s of wall time and a wait for as long."""
    CALLER.set(Caller(caller))
    submission = admit(executor.settings, PYTHON, (SourceFile("main.py", code.encode()),), wall_time_ms=20_000)
    return await executor.execute(submission, wait_s=20, live=live)


@contextlib.asynccontextmanager
async def asleep(executor: Executor, code: str, live: Live | None = None) -> AsyncIterator[asyncio.Task[Execution]]:
    """Execute a program beside the block; begin with that when it sleeps."""
    task = asyncio.create_task(execute(executor, "sleeper", code, live))
    leases = executor._source.leases
    await asyncio.to_thread(
        wait_for, lambda: any(lease.sandbox.is_asleep for lease in leases.leases()), 10, "a program that sleeps"
    )
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


def own_s(execution: Execution) -> float:
    """Return the CPU time that a program has printed, s."""
    assert execution.status is Status.OK, execution
    return float(execution.stdout.split()[-1])


def cpu_s(execution: Execution) -> float:
    assert execution.result
    assert execution.result.usage.cpu_time_ns is not None
    return execution.result.usage.cpu_time_ns / 1e9


def wall_s(execution: Execution) -> float:
    assert execution.result
    return execution.result.usage.wall_time_ns / 1e9


def test_sleepers_of_one_leave_answers_of_others_where_they_were(own_server: MakeServer) -> None:
    """Two dozen programs that sleep for long, on two slots; each program of another tenant is answered within 1 s."""
    server = own_server(ZUKO_CONCURRENCY="2", ZUKO_TENANT_HEADER="X-Tenant", ZUKO_SLEEPING_RUNS="2")

    async def post(client: httpx2.AsyncClient, tenant: str, code: str) -> float:
        began = time.monotonic()
        body = {"language": "python", "code": code, "timeout": 20}
        response = await client.post("/api/v1/execute", json=body, headers={"X-Tenant": tenant})
        assert response.json()["stdout"] == "hello\n"
        return time.monotonic() - began

    def busy() -> int:
        return int(server.client.get("/readyz").json()["sandboxes_busy"])

    async def both() -> list[float]:
        async with httpx2.AsyncClient(base_url=server.url, timeout=60) as client:
            sleep = "import time; time.sleep(19); print('hello')"
            sleepers = [asyncio.create_task(post(client, "sleepy", sleep)) for _ in range(24)]
            await asyncio.to_thread(wait_for, lambda: busy() >= 4, 10, "programs that sleep")
            took = [await post(client, "awake", HELLO) for _ in range(5)]
            for each in sleepers:
                each.cancel()
            await asyncio.wait(sleepers)
        return took

    assert max(asyncio.run(both())) < 1
    wait_for(lambda: busy() == 0, 10, "the sleepers to end with their clients")


def test_one_that_wakes_beside_another(one_core: Executor) -> None:
    """It pretends to sleep, and computes when its core is lent: it gets a small share, and the other is not the worse.

    It has its core back when the other has ended. Its wall time does not have the time between, and both CPU times are
    those that the programs read.
    """
    seen = {"now": 0.0, "then": 0.0, "took": 0.0}

    def on_output(_: bool, part: bytes) -> None:
        seen["now"] = float(part.split()[-1])

    async def both() -> tuple[Execution, Execution]:
        burner = f"{BURN}print(time.process_time(), flush=True)\ntime.sleep(0.4)\n"
        burner += f"for _ in range(250):\n    burn(0.002)\n    print(time.process_time(), flush=True)\n{END}"
        began = time.monotonic()
        async with asleep(one_core, burner, Live(on_output=on_output)) as task:
            start = seen["now"]
            other = await execute(one_core, "other", f"{BURN}burn(1)\n{END}")
            seen["then"] = seen["now"] - start
            burner_execution = await task
            seen["took"] = time.monotonic() - began
            return other, burner_execution

    other, burner = asyncio.run(both())
    assert seen["then"] < 2 * LENT_CPUS * wall_s(other) + 0.03
    assert seen["took"] - wall_s(burner) > (wall_s(other) - 0.4) / 2
    for execution in (other, burner):
        assert cpu_s(execution) == pytest.approx(own_s(execution), rel=0.002, abs=0.02)


def test_a_compiled_one_is_not_charged_for_its_wait(one_core: Executor) -> None:
    """It wakes beside another that computes for 1.5 s: its caller pays for what it and its compiler have computed."""
    code = """
        #include <time.h>
        int main(void) {
            nanosleep(&(struct timespec){.tv_nsec = 400000000}, 0);
            while (clock() < CLOCKS_PER_SEC / 5) ;
        }
    """
    c = LANGUAGES["c"]
    sleeper = admit(one_core.settings, c, (SourceFile(c.source_name, code.encode()),), wall_time_ms=20_000)

    async def both() -> tuple[Execution, float]:
        CALLER.set(Caller("compiled"))
        began = time.monotonic()
        task = asyncio.create_task(one_core.execute(sleeper, wait_s=20))
        leases = one_core._source.leases
        await asyncio.to_thread(
            wait_for, lambda: any(lease.sandbox.is_asleep for lease in leases.leases()), 20, "a program that sleeps"
        )
        await execute(one_core, "other", f"{BURN}burn(1.5)\n{END}")
        return await task, time.monotonic() - began

    execution, took_s = asyncio.run(both())
    assert execution.status is Status.OK
    waited_s = took_s - wall_s(execution)
    charged_s = one_core.accounts.used_s(Caller("compiled"))
    assert 0.2 <= charged_s < cpu_s(execution) + waited_s - 0.7, (charged_s, waited_s)


def test_one_that_waits_for_words_lends_its_core(one_core: Executor) -> None:
    """A program that is talked to sleeps until something is said; then it answers, and another runs beside it."""

    async def both() -> tuple[Execution, Execution]:
        with Words() as words:
            async with asleep(one_core, "print(input())", Live(words=words)) as task:
                other = await execute(one_core, "other", HELLO)
                words.say(b"hello\n")
                return other, await task

    assert [each.stdout for each in asyncio.run(both())] == ["hello\n", "hello\n"]


def test_a_sleeper_whose_client_leaves(one_core: Executor) -> None:
    """Its sandbox ends, and its slot is there once: the next programs run one after another, in sandboxes as good."""

    async def one_leaves() -> list[Execution]:
        async with asleep(one_core, "import time; time.sleep(15)"):
            first = await execute(one_core, "other", HELLO)
        return [first, await execute(one_core, "other", HELLO)]

    assert [each.stdout for each in asyncio.run(one_leaves())] == ["hello\n", "hello\n"]
    wait_for(lambda: (one_core.status().busy, one_core.status().ready) == (0, 2), 10, "ready sandboxes")
