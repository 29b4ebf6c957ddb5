"""A worker beside a store or an engine that is away, and with submissions that fail."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, cast

import pytest

from tests.harness.away import Away
from tests.harness.executing import FakeExecutor, judged, make_worker, program, until, with_worker
from tests.harness.results import result, state, stored
from tests.harness.store_claims.values import submit_all
from zuko.errors import DrainingError, ImageMissingError, NoCapacityError, ZukoError
from zuko.execution.submission import Submission
from zuko.submissions import health
from zuko.submissions import worker as workers
from zuko.submissions.model import Hold, Renewal, State
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.store import Store
from zuko.submissions.worker import Worker
from zuko.types import Execution


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


class SlowToEnd(FakeExecutor):
    """One whose executions take a while to be cancelled."""

    async def execute(self, submission: Submission, *, is_counted: bool = True) -> Execution:
        try:
            return await super().execute(submission, is_counted=is_counted)
        except asyncio.CancelledError:
            await asyncio.sleep(0.5)
            raise


def test_a_cancellation_is_stored_although_its_execution_ends_slowly(store: SqliteStore) -> None:
    """Renewals go on meanwhile, and each says that it is cancelled."""
    one, executor = program("sleep 30"), SlowToEnd()
    submit_all(store, [one])

    async def do(worker: Worker) -> None:
        await until(lambda: executor.running == 1)
        store.cancel("", one.id)
        await until(lambda: worker.running == 0)
        assert state(store, one) is State.CANCELLED

    with_worker(lambda: make_worker(store, executor), do)


def test_one_that_a_worker_has_lost_to_itself(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of its first attempt does not end that the second one is listened for, nor do both have a lease."""
    one, executor = program("sleep 30"), SlowToEnd()
    submit_all(store, [one])
    renew, renewed = store.renew, list[list[int]]()

    def noted(worker: str, holds: Sequence[Hold]) -> Renewal:
        renewed.append(sorted(hold.attempt for hold in holds))
        return renew(worker, holds)

    monkeypatch.setattr(store, "renew", noted)

    async def do(worker: Worker) -> None:
        await until(lambda: executor.running == 1)
        (job,) = worker._held.jobs
        assert store.release(job.claim.hold, counted=False)  # as a keeper would
        await until(lambda: len(executor.executed) == 2 and worker.running == 1)
        assert store.bell.is_heard(one.id)
        store.cancel("", one.id)
        await until(lambda: state(store, one) is State.CANCELLED)
        assert not store.bell.is_heard(one.id)

    with_worker(lambda: make_worker(store, executor), do)
    assert [2] in renewed
    assert [1, 2] not in renewed


def test_nothing_is_claimed_while_the_engine_is_away(
    store: SqliteStore, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PAUSES_S", (0.2,))
    many = [program(f"print {n}") for n in range(3)]

    async def do(worker: Worker) -> None:
        await until(lambda: worker._health.languages)
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
    monkeypatch.setattr(health, "PAUSES_S", (0.05,))
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


def test_what_was_claimed_slowly_is_renewed_soon(store: SqliteStore, executor: FakeExecutor) -> None:
    """The store took a part of its lease to answer."""
    submit_all(store, [program("sleep 4")])
    renewed_after: list[float] = []

    class Slow(Away):
        def claim(self, *arguments: Any) -> Any:
            claims = store.claim(*arguments)
            time.sleep(2.2 if claims else 0)
            self.claimed_at = time.monotonic()
            return claims

        def renew(self, *arguments: Any) -> Any:
            renewed_after.append(time.monotonic() - self.claimed_at)
            return store.renew(*arguments)

    async def do(_: Worker) -> None:
        await until(lambda: renewed_after)

    with_worker(lambda: make_worker(cast(Store, Slow(store)), executor, renew_s=2.0), do)
    assert renewed_after[0] < 1.2
