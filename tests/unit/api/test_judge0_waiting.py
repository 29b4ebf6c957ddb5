"""Judge0 clients that wait for the result, in a process with a worker: a program is run before it is stored."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.harness.executing import FakeExecutor, an_offer, make_worker, until, with_worker
from tests.harness.judge0 import Judge0
from zuko.submissions.model import Filter, State
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.worker import Worker

FIELDS = "token,status_id,stdin,finished_at"
PATH = f"/submissions?wait=true&fields={FIELDS}"


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor(1)


def with_idle_worker(
    judge0: Judge0, store: SqliteStore, executor: FakeExecutor, do: Callable[[Worker], Awaitable[None]]
) -> None:
    """Do something while the process has a worker that has nothing to do."""

    async def do_idle(worker: Worker) -> None:
        judge0.stored.app.state.service.station.worker = worker
        worker.withdraw(await an_offer(worker))
        await do(worker)

    with_worker(lambda: make_worker(store, executor), do_idle)


def states(store: SqliteStore) -> list[State]:
    return [each.state for each in store.list("", Filter(), limit=9).submissions]


def test_it_is_stored_once_with_its_end(store: SqliteStore, executor: FakeExecutor) -> None:
    judge0 = Judge0(store)
    long = "x" * 5000  # a part

    async def do(worker: Worker) -> None:
        sent = {"language_id": 71, "source_code": "sleep 0.2 MQ==", "stdin": long}
        running = asyncio.create_task(judge0.send("POST", PATH, json=sent))
        await until(lambda: executor.running == 1)
        assert states(store) == []
        found = (await running).json()
        assert (found["status_id"], found["stdin"]) == (3, long)
        again = await judge0.send("GET", f"/submissions/{found['token']}?fields={FIELDS}")
        assert again.json() == found
        assert [states(store), worker.running] == [[State.DONE], 0]

    with_idle_worker(judge0, store, executor, do)
    assert len(executor.executed) == 1


def test_a_callback_is_promised_before_the_program_runs(store: SqliteStore, executor: FakeExecutor) -> None:
    judge0 = Judge0(store, judge0_callback_hosts="hooks.example")

    async def do(_: Worker) -> None:
        sent = {"language_id": 71, "source_code": "sleep 0.2 MQ==", "callback_url": "http://hooks.example/"}
        running = asyncio.create_task(judge0.send("POST", PATH, json=sent))
        await until(lambda: executor.running == 1)
        assert states(store) == [State.RUNNING]
        await running

    with_idle_worker(judge0, store, executor, do)


def test_a_tenant_without_room_is_refused_before_its_program_runs(store: SqliteStore, executor: FakeExecutor) -> None:
    judge0 = Judge0(store, tenant_storage_mib=1)
    judge0.submit(stdin="x" * ((1 << 20) - 3000))
    judge0.finish()

    async def do(_: Worker) -> None:
        sent = {"language_id": 71, "source_code": "sleep 0 MQ=="}
        statuses = [
            (await judge0.send("POST", PATH, json={**sent, "stdin": "y" * size})).status_code for size in (1, 5000)
        ]
        assert (statuses, len(executor.executed)) == ([201, 413], 1)

    with_idle_worker(judge0, store, executor, do)


def test_what_could_not_be_run_is_queued(store: SqliteStore, executor: FakeExecutor) -> None:
    """And waited for: a worker elsewhere may do it."""
    judge0 = Judge0(store)

    async def do(_: Worker) -> None:
        executor.engine_is_there = False
        sent = {"language_id": 71, "source_code": "print 1"}
        waiting = asyncio.create_task(judge0.send("POST", PATH, json=sent))
        await until(lambda: states(store) == [State.QUEUED])
        await asyncio.to_thread(judge0.finish)
        found = (await waiting).json()
        assert (found["status_id"], found["stdin"]) == (3, None)

    with_idle_worker(judge0, store, executor, do)
