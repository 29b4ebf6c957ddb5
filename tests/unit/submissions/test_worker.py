"""A worker: what it claims, what it ends, what it gives back, and what it keeps while the store is away."""

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

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
from tests.harness.store_claims.values import submit_all
from zuko.errors import DrainingError, ImageMissingError, NoCapacityError, ZukoError
from zuko.problem import Judgement, Verdict
from zuko.submissions import worker as workers
from zuko.submissions.model import NewSubmission, State, StoredSubmission
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.store import Store
from zuko.submissions.worker import Worker


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "submissions.db", lease_s=1.0)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()


def stored(store: Store, submission: NewSubmission) -> StoredSubmission:
    found = store.get(submission.tenant, submission.id)
    assert found is not None
    return found


def state(store: Store, submission: NewSubmission) -> State:
    return stored(store, submission).state


def result(store: Store, submission: NewSubmission) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stored(store, submission).result or "null")
    return found


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
        await until(lambda: worker._languages)
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
        (job,) = worker._jobs
        assert store.release(job.claim.hold, counted=False)  # as a keeper would
        executor.languages = frozenset()
        worker._languages = frozenset()
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


def test_a_result_waits_for_a_store_that_is_away(store: SqliteStore, executor: FakeExecutor) -> None:
    one, two = program("sleep 0.3"), program("print 2")
    submit_all(store, [one])
    away = Away(store)

    async def do(worker: Worker) -> None:
        await until(lambda: executor.running == 1)
        away.is_away.set()
        submit_all(store, [two])
        await until(lambda: executor.running == 0)
        await until(lambda: worker.store_problem)
        await asyncio.sleep(0.3)
        assert state(store, one) is State.RUNNING
        away.is_away.clear()
        await until(lambda: state(store, two) is State.DONE)
        assert state(store, one) is State.DONE
        assert worker.store_problem is None

    with_worker(lambda: make_worker(cast(Store, away), executor), do)
    assert stored(store, one).attempt == 1


def test_a_result_that_comes_too_late_is_thrown_away(store: SqliteStore, executor: FakeExecutor) -> None:
    one = program("sleep 0.1")
    submit_all(store, [one])
    away = Away(store)

    async def do(_: Worker) -> None:
        await until(lambda: executor.running == 1)
        away.is_away.set()
        await asyncio.sleep(1.3)
        assert store.reclaim() == 1
        (claim,) = store.claim("another", None, 1)
        away.is_away.clear()
        await asyncio.sleep(1.5)
        assert state(store, one) is State.RUNNING
        assert store.finish(claim.hold, State.DONE, result='{"by":"another"}')

    with_worker(lambda: make_worker(cast(Store, away), executor), do)
    assert result(store, one) == {"by": "another"}


def test_nothing_is_claimed_while_the_engine_is_away(
    store: SqliteStore, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PAUSES_S", (0.2,))
    many = [program(f"print {n}") for n in range(3)]

    async def do(worker: Worker) -> None:
        await until(lambda: worker._languages)
        executor.engine_is_there = False
        submit_all(store, many)
        await until(lambda: worker.problem)
        tried = len(executor.executed)
        await asyncio.sleep(0.5)
        assert len(executor.executed) == tried <= 2
        assert {state(store, each) for each in many} == {State.QUEUED}
        executor.engine_is_there = True
        await until(lambda: all(state(store, each) is State.DONE for each in many))

    with_worker(lambda: make_worker(store, executor), do)


@pytest.mark.parametrize("error", [NoCapacityError("busy"), ImageMissingError("gone"), DrainingError("down")])
def test_our_failures_are_not_results(
    store: SqliteStore, executor: FakeExecutor, error: ZukoError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PAUSES_S", (0.05,))
    one = program("print 1")
    executor.error = error
    submit_all(store, [one])

    async def do(_: Worker) -> None:
        await until(lambda: len(executor.executed) >= 4)  # more often than losses are allowed
        executor.error = None
        await until(lambda: state(store, one) is State.DONE)

    with_worker(lambda: make_worker(store, executor), do)


@pytest.mark.parametrize(("code", "reason"), [("break", "sandbox_error"), ("bug here", "internal_error")])
def test_a_submission_that_breaks_its_sandboxes_fails(
    store: SqliteStore, executor: FakeExecutor, code: str, reason: str
) -> None:
    one = program(code)
    submit_all(store, [one])

    async def do(_: Worker) -> None:
        await until(lambda: state(store, one) is State.FAILED)

    with_worker(lambda: make_worker(store, executor), do)
    assert stored(store, one).reason == reason
    assert stored(store, one).attempt == 3
    assert "Traceback" not in (stored(store, one).message or "")


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
    monkeypatch.setattr(workers, "PAUSES_S", (0.1,))
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


def test_an_error_that_no_one_expects_ends_no_worker(
    store: SqliteStore, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a driver: a worker that ends would leave a process that looks well and does nothing."""
    monkeypatch.setattr(workers, "BUG_S", 0.1)
    one = program("print 1")
    submit_all(store, [one])

    class Odd(Away):
        def claim(self, *arguments: Any) -> Any:
            if self.is_away.is_set():
                raise ValueError("from a driver")
            return store.claim(*arguments)

    odd = Odd(store)
    odd.is_away.set()

    async def do(worker: Worker) -> None:
        await until(lambda: worker.problem)
        assert "ValueError" in (worker.problem or "")
        odd.is_away.clear()
        await until(lambda: state(store, one) is State.DONE)
        assert worker.problem is None

    with_worker(lambda: make_worker(cast(Store, odd), executor), do)


def test_a_part_that_is_lost_fails_its_submission(store: SqliteStore, executor: FakeExecutor) -> None:
    """It comes first in the queue again and again, and stops the worker each time, if it is given back for ever."""
    one, parts = judged(cases=[{"input": "x" * 5000, "output": "1"}])
    assert parts
    submit_all(store, [one])

    async def do(_: Worker) -> None:
        await until(lambda: state(store, one) is State.FAILED)

    with_worker(lambda: make_worker(store, executor), do)
    failed = stored(store, one)
    assert (failed.attempt, failed.reason) == (3, "part_lost")
    assert "missing" in (failed.message or "")


def test_what_cannot_be_stored_is_not_collected(store: SqliteStore, executor: FakeExecutor) -> None:
    """As while a bucket refuses results, and the table gives submissions: they would fill the memory."""
    many = [program(f"print {number}") for number in range(40)]
    submit_all(store, many)

    class Refusing(Away):
        def claim(self, *arguments: Any) -> Any:
            return store.claim(*arguments)

        def renew(self, *arguments: Any) -> Any:
            return store.renew(*arguments)

    refusing = Refusing(store)
    refusing.is_away.set()

    async def do(worker: Worker) -> None:
        await until(lambda: len(executor.executed) >= executor.slots)
        await asyncio.sleep(1)
        assert worker.running <= 2 * executor.slots + workers.HELD_SPARE
        refusing.is_away.clear()
        await until(lambda: all(state(store, each) is State.DONE for each in many), 20)

    with_worker(lambda: make_worker(cast(Store, refusing), executor), do)
    assert len(executor.executed) == 40


async def an_offer(worker: Worker) -> workers.Offer:
    """Return an offer, once the worker has looked for what may be queued."""
    offers: list[workers.Offer] = []

    def is_made() -> bool:
        offers.extend(each for each in (worker.offer(),) if each is not None)
        return bool(offers)

    await until(is_made)
    return offers[0]


async def handed_over(store: Store, worker: Worker, new: NewSubmission) -> bool:
    """Store a submission as the API of the worker's process does; return whether the worker got it with that."""
    offer = worker.offer()
    if offer is None:
        submit_all(store, [new])
        return False

    def submit() -> bool:
        (submitted,) = store.submit([new], queued_max=100, tenant_max=100, claimer=offer.claimer)
        if submitted.claim is not None:
            offer.accept(submitted.claim)
        return submitted.claim is not None

    is_claimed = await asyncio.to_thread(submit)
    worker.withdraw(offer)
    return is_claimed


def test_a_free_slot_is_offered_to_what_is_being_stored(store: SqliteStore, executor: FakeExecutor) -> None:
    many = [program("sleep 1") for _ in range(3)]
    counting = Away(store)

    async def do(worker: Worker) -> None:
        assert worker.offer() is None  # it has not looked for what may be queued
        worker.withdraw(await an_offer(worker))
        await asyncio.sleep(0.3)  # the first listener of a file is rung for once for nothing
        looks = counting.calls.count("claim")
        assert [await handed_over(store, worker, each) for each in many] == [True, True, False]  # of two slots
        await until(lambda: executor.running == 2)
        assert worker.is_doing("", many[0].id)
        assert not worker.is_doing("another tenant", many[0].id)
        assert counting.calls.count("claim") == looks
        await until(lambda: all(state(store, each) is State.DONE for each in many))
        assert not worker.is_doing("", many[0].id)

    with_worker(lambda: make_worker(cast(Store, counting), executor), do)
    assert executor.most_running == 2
    assert [stored(store, each).attempt for each in many] == [1, 1, 1]


def test_an_offer_takes_a_slot_and_keeps_a_worker_that_drains(store: SqliteStore, executor: FakeExecutor) -> None:
    one, queued = program("print 1"), program("print 2")

    async def do(worker: Worker) -> None:
        offer = await an_offer(worker)
        assert worker.offer() is None  # it has one slot
        submit_all(store, [queued])
        await asyncio.sleep(0.2)
        assert state(store, queued) is State.QUEUED
        worker.drain()
        (submitted,) = store.submit([one], queued_max=9, tenant_max=9, claimer=offer.claimer)
        assert submitted.claim is None  # the other one waits
        worker.withdraw(offer)

    with_worker(lambda: make_worker(store, executor, slots=1), do)
    assert (state(store, queued), state(store, one)) == (State.QUEUED, State.QUEUED)


def test_a_slot_that_was_offered_in_vain_claims_what_waits(store: SqliteStore, executor: FakeExecutor) -> None:
    one = program("print 1")

    async def do(worker: Worker) -> None:
        offer = await an_offer(worker)
        submit_all(store, [one])
        await asyncio.sleep(0.1)
        begun = time.monotonic()
        worker.withdraw(offer)
        await until(lambda: state(store, one) is State.DONE)
        assert time.monotonic() - begun < workers.POLL_S

    with_worker(lambda: make_worker(store, executor, slots=1), do)
