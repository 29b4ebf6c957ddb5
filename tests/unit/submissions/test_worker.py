"""A worker: what it claims, what it ends, and what it gives back."""

import asyncio
import json
import logging
import time
from typing import cast

import pytest

from tests.harness.away import Away
from tests.harness.executing import (
    FakeExecutor,
    case_result,
    judged,
    make_worker,
    program,
    until,
    with_worker,
)
from tests.harness.results import result, state, stored
from tests.harness.store_claims.values import submit_all
from zuko.problem import Judgement, Verdict
from zuko.submissions import health
from zuko.submissions.model import State
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.store import Store
from zuko.submissions.worker import Worker


def test_a_program_is_run_and_its_result_is_that_of_the_route(store: SqliteStore, executor: FakeExecutor) -> None:
    one = program("print 7")

    async def do(worker: Worker) -> None:
        submit_all(store, [one])
        await until(lambda: state(store, one) is State.DONE)
        assert worker.problem is None

    with_worker(lambda: make_worker(store, executor), do)
    assert result(store, one) == {
        "status": "OK",
        "stdout": "7",
        "stderr": "",
        "exit_code": 0,
        "time_used": 20.0,
        "memory_used": 8192,
        "time_used_ms": 20.0,
        "memory_used_kb": 8192,
        "wall_time_ms": 30.0,
        "reason": None,
        "message": None,
        "stdout_truncated": False,
        "stderr_truncated": False,
    }
    receipt = json.loads(stored(store, one).receipt or "")
    assert receipt["host"] == "host"
    assert receipt["versions"]["engine"] == "1"
    assert receipt["time_scale"] is None
    assert store.workers() == []  # it has left


def test_no_more_is_claimed_than_there_are_slots(store: SqliteStore, executor: FakeExecutor) -> None:
    many = [program("sleep 0.15") for _ in range(6)]
    submit_all(store, many)

    async def do(worker: Worker) -> None:
        await until(lambda: executor.running == 2)
        # One whose result is being stored may still be held beside those that run.
        assert store.depth().queued == 4
        await until(lambda: all(state(store, each) is State.DONE for each in many))

    with_worker(lambda: make_worker(store, executor), do)
    assert executor.most_running == 2


def test_slots_can_be_fewer_than_those_of_the_host(store: SqliteStore, executor: FakeExecutor) -> None:
    many = [program("sleep 0.02") for _ in range(4)]
    submit_all(store, many)

    async def do(_: Worker) -> None:
        await until(lambda: all(state(store, each) is State.DONE for each in many))

    with_worker(lambda: make_worker(store, executor, slots=1), do)
    assert executor.most_running == 1


def test_only_languages_with_an_image_are_claimed(store: SqliteStore, executor: FakeExecutor) -> None:
    executor.languages = frozenset({"cpp"})
    one = program("print 1")
    submit_all(store, [one])

    async def do(worker: Worker) -> None:
        await until(lambda: worker._health.languages)
        await asyncio.sleep(0.2)
        assert state(store, one) is State.QUEUED

    with_worker(lambda: make_worker(store, executor), do)


def test_a_host_without_images_claims_nothing(store: SqliteStore, executor: FakeExecutor) -> None:
    executor.languages = frozenset()

    async def do(worker: Worker) -> None:
        await until(lambda: worker.problem)
        assert "no image" in (worker.problem or "")

    with_worker(lambda: make_worker(store, executor), do)


def test_cases_are_events_before_the_result(store: SqliteStore, executor: FakeExecutor) -> None:
    executor.judgement = Judgement(Verdict.AC, "", None, None, cases=tuple(case_result(str(n)) for n in range(5)))
    one, _ = judged()
    submit_all(store, [one])

    async def do(_: Worker) -> None:
        await until(lambda: state(store, one) is State.DONE)

    counting = Away(store)
    with_worker(lambda: make_worker(cast(Store, counting), executor), do)
    events = store.events(one.id, (0, 0))
    assert [(event.number, json.loads(event.data)["name"]) for event in events] == [(n + 1, str(n)) for n in range(5)]
    assert counting.calls.count("add_events") == 1  # together
    assert result(store, one)["verdict"] == "AC"
    assert json.loads(events[0].data) == result(store, one)["cases"][0]


def test_a_cancelled_submission_ends_at_once(store: SqliteStore, executor: FakeExecutor) -> None:
    one = program("sleep 30")
    submit_all(store, [one])

    async def do(_: Worker) -> None:
        await until(lambda: executor.running == 1)
        begun = time.monotonic()
        store.cancel("", one.id)
        await until(lambda: state(store, one) is State.CANCELLED)
        assert executor.running == 0
        assert time.monotonic() - begun < 3

    with_worker(lambda: make_worker(store, executor, renew_s=60.0), do)  # the ring is what tells it


def test_what_is_lost_ends_and_its_result_is_not_stored(store: SqliteStore, executor: FakeExecutor) -> None:
    one = program("sleep 30")
    submit_all(store, [one])

    async def do(worker: Worker) -> None:
        await until(lambda: executor.running == 1)
        (job,) = worker._held.jobs
        assert store.release(job.claim.hold, counted=False)  # as a keeper would
        executor.languages = frozenset()
        worker._health.languages = frozenset()
        await until(lambda: executor.running == 0)
        assert state(store, one) is State.QUEUED

    with_worker(lambda: make_worker(store, executor), do)


def test_leases_are_renewed_while_a_program_runs(store: SqliteStore, executor: FakeExecutor) -> None:
    one = program("sleep 2.5")
    submit_all(store, [one])

    async def do(_: Worker) -> None:
        await until(lambda: executor.running == 1)
        while state(store, one) is not State.DONE:
            assert store.reclaim() == 0
            await asyncio.sleep(0.1)

    with_worker(lambda: make_worker(store, executor), do)
    assert stored(store, one).attempt == 1


def test_a_drain_lets_what_runs_finish(store: SqliteStore, executor: FakeExecutor) -> None:
    one, two = program("sleep 0.3"), program("print 2")
    submit_all(store, [one])

    async def do(worker: Worker) -> None:
        await until(lambda: executor.running == 1)
        worker.drain()
        submit_all(store, [two])

    with_worker(lambda: make_worker(store, executor), do)
    assert state(store, one) is State.DONE
    assert state(store, two) is State.QUEUED


def test_a_cut_gives_back_what_runs_and_counts_nothing(store: SqliteStore, executor: FakeExecutor) -> None:
    one = program("sleep 30")
    submit_all(store, [one])

    async def do(worker: Worker) -> None:
        await until(lambda: executor.running == 1)
        worker.cut()

    for _ in range(4):  # more often than losses are allowed
        with_worker(lambda: make_worker(store, executor), do)
        assert state(store, one) is State.QUEUED
    assert executor.running == 0


def test_a_worker_whose_task_ends_gives_back_what_it_holds(store: SqliteStore, executor: FakeExecutor) -> None:
    one = program("sleep 30")
    submit_all(store, [one])

    async def run() -> None:
        running = asyncio.create_task(make_worker(store, executor).run())
        await until(lambda: executor.running == 1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())
    assert state(store, one) is State.QUEUED
    assert executor.running == 0


def test_a_worker_reports_itself(store: SqliteStore, executor: FakeExecutor) -> None:
    async def do(_: Worker) -> None:
        await until(lambda: store.workers() and store.workers()[0].languages)
        (info,) = store.workers()
        assert (info.name, info.slots, info.languages, info.draining) == ("one", 2, ("python",), False)

    with_worker(lambda: make_worker(store, executor), do)


def test_a_worker_leaves_the_host_to_another(
    store: SqliteStore, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(health, "PAUSES_S", (0.1,))
    one = program("print 1")
    submit_all(store, [one])
    refusals: list[str | None] = ["another has its cores"]

    async def do(worker: Worker) -> None:
        await until(lambda: worker.problem == "another has its cores")
        assert state(store, one) is State.QUEUED
        refusals[0] = None
        await until(lambda: state(store, one) is State.DONE)

    with_worker(lambda: make_worker(store, executor, refusal=lambda: refusals[0]), do)
    assert "submissions are claimed again" in caplog.text


def test_times_of_the_reference_machine(store: SqliteStore, executor: FakeExecutor) -> None:
    one = program("print 1", time_limit_ms=100, wall_time_limit_ms=1000)
    submit_all(store, [one])

    async def do(_: Worker) -> None:
        await until(lambda: state(store, one) is State.DONE)

    with_worker(lambda: make_worker(store, executor, scaled=True), do)
    receipt = json.loads(stored(store, one).receipt or "")
    factor = receipt["time_scale"]
    assert 0 < factor < 1  # the reference program takes 20 ms here
    assert receipt["raw"] == {"time_used_ms": 20.0, "wall_time_ms": 30.0}
    assert result(store, one)["time_used_ms"] == pytest.approx(20.0 / factor, rel=0.01)
    limits = executor.executed[0].limits
    assert limits.cpu_time_ms == pytest.approx(100 * factor, abs=1)
    assert limits.wall_time_ms == pytest.approx(1000 * factor, abs=1)
