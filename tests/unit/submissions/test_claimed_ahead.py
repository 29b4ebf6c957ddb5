"""Claims ahead of the slots: begun in their turn, or given back."""

import asyncio
from typing import cast

import pytest

from tests.harness.away import Away
from tests.harness.executing import FakeExecutor, make_worker, program, until, with_worker
from tests.harness.results import result, state, stored
from tests.harness.store_claims.values import submit_all
from zuko.submissions import ahead, ends, health, held
from zuko.submissions.model import NewSubmission, State
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.store import Store
from zuko.submissions.worker import Worker

QUICK = 16  # runs after which the worker claims ahead, for certain


def quick(count: int = QUICK) -> list[NewSubmission]:
    return [program(f"print {number}") for number in range(count)]


async def claimed_ahead(store: Store, executor: FakeExecutor, worker: Worker, *, count: int = 4) -> None:
    """Wait until a long run has begun, and some wait for it."""
    await until(lambda: executor.executed and b"sleep" in executor.executed[-1].files[0].content)
    await until(lambda: worker._held.waiting >= count)
    assert store.depth().running >= count + 1


def test_short_ones_are_claimed_ahead_and_their_ends_stored_together(
    store: SqliteStore, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "BEGIN_S", 30.0)
    monkeypatch.setattr(ahead, "AHEAD_S", 0.5)  # on a slow machine each takes longer
    monkeypatch.setattr(ends, "GATHER_S", 0.4)
    many = [program(f"sleep 0.002 {number}") for number in range(120)]
    submit_all(store, many)
    counting = Away(store)

    async def do(_: Worker) -> None:
        await until(lambda: all(state(store, each) is State.DONE for each in many))

    with_worker(lambda: make_worker(cast(Store, counting), executor, slots=1), do)
    assert executor.most_running == 1
    assert [each.files[0].content.decode().split()[2] for each in executor.executed] == [str(n) for n in range(120)]
    assert counting.calls.count("claim") < 60
    assert counting.calls.count("finish_all") < 60
    assert {stored(store, each).attempt for each in many} == {1}


def test_what_waits_behind_a_long_run_is_given_back(
    store: SqliteStore, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other workers get it, and no loss is counted; nothing is claimed ahead again meanwhile."""
    monkeypatch.setattr(held, "BEGIN_S", 0.5)
    long, behind = program("sleep 2.5"), quick(12)
    submit_all(store, [*quick(), long, *behind])

    async def do(worker: Worker) -> None:
        await claimed_ahead(store, executor, worker)
        await until(lambda: store.depth().running == 1)
        assert executor.running == 1
        await until(lambda: worker.running == 1)
        await asyncio.sleep(0.4)
        assert store.depth().running == 1
        (other,) = store.claim("other", None, 1)
        assert other.hold.id == behind[0].id  # it has its old place
        assert store.finish(other.hold, State.DONE, result="{}")
        await until(lambda: all(state(store, each) is State.DONE for each in (long, *behind)))

    with_worker(lambda: make_worker(store, executor, slots=1), do)
    attempts = {each.id: store.attempts("", each.id) or [] for each in behind}
    assert all([each.state for each in of] in ([State.QUEUED, State.DONE], [State.DONE]) for of in attempts.values())
    assert [each.message for each in attempts[behind[0].id]] == ["its worker had no time for it", None]
    assert [each.reason for each in attempts[behind[0].id]] == [None, None]
    assert {len(of) for of in attempts.values()} == {1, 2}


def test_what_was_lost_before_does_not_wait_behind_another(
    store: SqliteStore, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one that kills three workers would make those fail that each of them has claimed ahead with it."""
    monkeypatch.setattr(held, "BEGIN_S", 30.0)
    before, long, lost, behind = quick(), program("sleep 1"), program("print lost"), quick(40)
    submit_all(store, [*before, long, lost, *behind])
    claims = {claim.hold.id: claim.hold for claim in store.claim("killed", None, QUICK + 2)}
    for each in (*before, long):
        assert store.release(claims[each.id], counted=False)
    assert store.release(claims[lost.id], reason="worker_lost", counted=True)

    async def do(worker: Worker) -> None:
        await claimed_ahead(store, executor, worker, count=2)
        await until(lambda: state(store, lost) is State.QUEUED)
        assert executor.running == 1
        await until(lambda: state(store, lost) is State.DONE)

    with_worker(lambda: make_worker(store, executor, slots=1), do)
    attempts = store.attempts("", lost.id) or []
    assert [(each.state, each.reason) for each in attempts] == [
        (State.QUEUED, "worker_lost"),
        (State.QUEUED, None),
        (State.DONE, None),
    ]


def test_one_that_was_claimed_ahead_may_be_cancelled_and_lost(
    store: SqliteStore, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "BEGIN_S", 30.0)
    long, behind = program("sleep 2"), [program(f"print behind{number}") for number in range(12)]
    submit_all(store, [*quick(), long, *behind])

    async def do(worker: Worker) -> None:
        await claimed_ahead(store, executor, worker)
        assert store.reclaim() == 0
        store.cancel("", behind[1].id)
        await until(lambda: state(store, behind[1]) is State.CANCELLED)
        (hold,) = [job.claim.hold for job in worker._held.jobs if job.claim.hold.id == behind[2].id]
        assert store.release(hold, counted=False)  # as a keeper would
        (other,) = store.claim("other", None, 1)
        await until(lambda: hold not in {job.claim.hold for job in worker._held.jobs})
        assert executor.running == 1
        assert store.finish(other.hold, State.DONE, result='{"by":"other"}')
        rest = [each for each in behind if each is not behind[1]]
        await until(lambda: all(state(store, each) is State.DONE for each in rest))

    with_worker(lambda: make_worker(store, executor, slots=1), do)
    assert result(store, behind[2]) == {"by": "other"}
    ran = [each.files[0].content for each in executor.executed]
    assert {b"print behind1", b"print behind2"}.isdisjoint(ran)


def test_a_worker_that_ends_gives_back_what_it_has_claimed_ahead(
    store: SqliteStore, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "BEGIN_S", 30.0)
    long, behind = program("sleep 30"), quick(12)
    submit_all(store, [*quick(), long, *behind])

    async def do(worker: Worker) -> None:
        await claimed_ahead(store, executor, worker)
        worker.cut()

    with_worker(lambda: make_worker(store, executor, slots=1), do)
    assert {state(store, each) for each in (long, *behind)} == {State.QUEUED}
    assert store.depth().running == 0


def test_an_engine_that_fails_fails_only_what_was_begun(
    store: SqliteStore, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was claimed ahead goes back to the queue, for workers whose engine is well."""
    monkeypatch.setattr(held, "BEGIN_S", 30.0)
    monkeypatch.setattr(health, "PAUSES_S", (30.0,))
    long, behind = program("sleep 0.5"), quick(12)
    submit_all(store, [*quick(), long, *behind])

    async def do(worker: Worker) -> None:
        await claimed_ahead(store, executor, worker)
        executor.engine_is_there = False
        await until(lambda: worker.running == 0)
        assert state(store, long) is State.DONE
        assert {state(store, each) for each in behind} == {State.QUEUED}

    with_worker(lambda: make_worker(store, executor, slots=1), do)
    assert len(executor.executed) == QUICK + 2
