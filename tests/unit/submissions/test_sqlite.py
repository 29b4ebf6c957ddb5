"""The store in a file of SQLite: the claims of every store, and the file's own."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from tests.harness.outage_claims import OutageClaims
from tests.harness.store_claims import StoreClaims, Stores, new_submission
from tests.harness.store_process import start
from tests.harness.waiting import wait_for
from zuko.errors import QueueFullError, StoreError
from zuko.submissions import sqlite, sqlite_words
from zuko.submissions.model import End, Filter, Hold, State, StoredRequest
from zuko.submissions.sql.base import STATEMENTS_MAX, Transaction
from zuko.submissions.sql.bounds import EXACT_MAX
from zuko.submissions.sql.schema import STEPS
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.store import Store

MANY: Final[dict[str, Any]] = {"queued_max": 10**6, "tenant_max": 10**6}


class TestClaims(StoreClaims, OutageClaims):
    takes_ended_now = True

    @pytest.fixture
    def stores(self, tmp_path: Path) -> Iterator[Stores]:
        with ExitStack() as stack:

            def make(*, lease_s: float = 10.0, keep_part_s: float = 3600.0) -> Store:
                store = SqliteStore(tmp_path / "own" / "store.db", lease_s=lease_s, keep_part_s=keep_part_s)
                store.open()
                stack.callback(store.close)
                return store

            yield make


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(path)) as store:
        store.open()
        yield store


def count(store: Store) -> int:
    return store.depth().queued


def test_the_file_is_its_users_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(SqliteStore(path)) as store:
            store.open()
            store.submit([new_submission()], **MANY)
            modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm"), 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_processes_share_a_file(store: SqliteStore, path: Path) -> None:
    """Three processes do what this one has stored: each submission once."""
    ids = []
    for _ in range(3):
        batch = [new_submission(tenant=str(number % 3)) for number in range(100)]
        store.submit(batch, **MANY)
        ids += [each.id for each in batch]
    processes = [start("claim", f"sqlite:///{path}") for _ in range(3)]
    did = [process.communicate(timeout=120)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(each for own in did for each in own) == sorted(ids)
    assert (store.depth().queued, store.depth().running) == (0, 0)


def test_sigkill_loses_nothing_that_was_acknowledged(path: Path) -> None:
    """Writers are killed in the middle of it, three times over: one that waits for the disk, and one that does not."""
    acknowledged: list[str] = []
    for _ in range(3):
        processes = [start(what, f"sqlite:///{path}") for what in ("submit", "keep")]
        for process in processes:
            assert process.stdout is not None
            acknowledged.append(process.stdout.readline().strip())  # it is at work
        time.sleep(0.2)
        for process in processes:
            process.send_signal(signal.SIGKILL)
        for process in processes:
            # A line that was cut off is not an acknowledgement.
            acknowledged += [
                line.strip() for line in process.communicate()[0].splitlines(keepends=True) if "\n" in line
            ]
    with closing(SqliteStore(path)) as store:
        store.open()
        assert len(acknowledged) > 10
        found = [store.get("", each) for each in acknowledged]
        assert {each and each.state for each in found} == {State.QUEUED, State.DONE}
        assert all(each and (each.result == "{}") is (each.state is State.DONE) for each in found)
        queued = sum(1 for each in found if each and each.state is State.QUEUED)
        assert queued <= count(store) <= queued + 3  # one each may lack its answer
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)


def test_only_a_durable_commit_waits_for_the_disk(store: SqliteStore) -> None:
    """Full: SQLite writes its log to the disk in each commit. Normal: it does not."""
    full, normal = 2, 1
    for durable in (True, False, True, False):
        with store._write(durable=durable) as transaction:
            assert transaction.rows("pragma synchronous")[0]["synchronous"] == (full if durable else normal)
    with pytest.raises(KeyError), store._write():
        raise KeyError
    with store._write_now() as now:
        assert now is not None
        assert now.rows("pragma synchronous")[0]["synchronous"] == normal


def test_what_does_not_wait_for_the_disk_is_on_it_soon(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fdatasync

    def sync(descriptor: int) -> None:
        real(descriptor)
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))

    monkeypatch.setattr(os, "fdatasync", sync)
    new = new_submission()
    store.keep_ended(new, {}, End(Hold(new.id, 1, "here"), State.DONE, "{}"), ran_s=0.0)
    wait_for(lambda: synced, 5, "the disk")
    time.sleep(3 * sqlite.POLL_S)
    assert synced == [f"{path}-wal"]


def test_an_event_loop_does_not_wait_for_others_that_write(store: SqliteStore, path: Path) -> None:
    """Neither for another process, nor for a thread of this one, nor for the disk."""

    def keep() -> bool:
        new = new_submission()
        began = time.monotonic()
        kept = store.keep_ended_now(new, {}, End(Hold(new.id, 1, "here"), State.DONE, "{}"), ran_s=0.0)
        assert time.monotonic() - began < 0.5
        assert store.get("", new.id) == kept
        return kept is not None

    assert keep()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        assert not keep()
        other.execute("rollback")
    assert keep()
    with store._write():
        assert not keep()
    assert keep()


@pytest.mark.parametrize("readers", [0, 1])
def test_the_log_goes_into_the_file_soon_and_stays_short(store: SqliteStore, path: Path, readers: int) -> None:
    """Although no writer takes it there in its commit, and while others read: the log begins again without a reader."""
    log = path.with_name(f"{path.name}-wal")
    kept, longest = 0, 0
    has_ended = threading.Event()

    def read() -> None:
        while not has_ended.is_set():
            store.list("", Filter(), limit=50)

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    while kept < 1200:  # with indexes, 70 MB
        new = new_submission(request=StoredRequest("{" + " " * 20_000 + "}"))
        found = store.keep_ended_now(new, {}, End(Hold(new.id, 1, "here"), State.DONE, "{}"), ran_s=0.0)
        kept += found is not None
        longest = max(longest, log.stat().st_size)
        time.sleep(0.0005)  # else the thread hardly ever has the lock
    has_ended.set()
    for thread in threads:
        thread.join()
    assert longest < 3 * 4096 * sqlite._LOG_PAGES_MAX

    def in_the_file() -> int:
        with (
            closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as alone,  # without the log
            suppress(sqlite3.DatabaseError),  # in the middle of it
        ):
            return int(alone.execute("select count(*) from submission").fetchone()[0])
        return 0

    wait_for(lambda: in_the_file() == kept, 5 * sqlite.CHECKPOINT_S, "the log to be in the file")


def test_a_worker_that_is_killed_loses_its_lease(store: SqliteStore, path: Path) -> None:
    store.submit([new_submission()], **MANY)
    with start("hold", f"sqlite:///{path}") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holds\n"
        process.send_signal(signal.SIGKILL)
    (claim,) = store.claim("worker", None, 1)  # its transaction was undone
    assert claim.hold.attempt == 1


def test_a_process_that_holds_the_file_for_long_is_an_error(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_S", 0.1)
    with closing(SqliteStore(path)) as impatient:
        impatient.open()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("begin immediate")
            with pytest.raises(StoreError, match="locked by another process"):
                impatient.submit([new_submission()], **MANY)
            assert impatient.list("", Filter(), limit=1).submissions == ()  # readers do not wait
            other.execute("rollback")
        impatient.submit([new_submission()], **MANY)


def test_many_processes_may_open_it_first(path: Path) -> None:
    """All find no file, and each makes it or waits for the one that does."""
    opened: list[Store] = []
    together = threading.Barrier(8)

    def make() -> None:
        store = SqliteStore(path)
        together.wait()
        store.open()
        opened.append(store)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    opened[0].submit([new_submission()], **MANY)
    assert [count(store) for store in opened] == [1] * 8
    for store in opened:
        store.close()


def test_a_full_disk_refuses_writes_and_goes_on_reading(store: SqliteStore) -> None:
    kept = new_submission()
    store.submit([kept], **MANY)
    writer = store._writer
    assert writer is not None
    pages = writer.execute("pragma page_count").fetchone()[0]
    writer.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk is full"):
        store.put_parts({"a" * 64: bytes(1 << 20)})
    assert store.get_part("a" * 64) is None
    assert store.get("", kept.id) is not None
    writer.execute("pragma max_page_count = 1000000")
    store.put_parts({"a" * 64: bytes(1 << 20)})
    assert store.get_part("a" * 64) is not None


def test_a_file_that_was_removed_takes_nothing_that_would_be_lost(store: SqliteStore, path: Path) -> None:
    """Nor one that another took the place of. All goes on when it is put back."""
    store.submit([new_submission()], **MANY)
    aside = path.with_name("aside.db")
    path.rename(aside)
    for _ in range(2):
        with pytest.raises(StoreError, match="was removed or replaced"):
            store.submit([new_submission()], **MANY)
        with pytest.raises(StoreError, match="was removed or replaced"):  # no one has read yet: it would make a file
            count(store)
        path.touch()
    aside.rename(path)
    store.submit([new_submission()], **MANY)
    assert count(store) == 2


def test_a_store_whose_files_were_removed_is_closed(path: Path) -> None:
    """Also where its log was still to be written to the disk."""
    store = SqliteStore(path)
    store.open()
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
    store._is_closed.set()  # the thread that writes it does not come first
    store._sync_soon()
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        count(store)


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be looked at " * 40, b"SQLite format 3\0" * 99]
)
def test_a_damaged_file_is_an_error_without_its_path(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StoreError) as refused:
        SqliteStore(path).open()
    assert "made" not in str(refused.value)
    assert path.read_bytes() == content


def test_a_path_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for wrong in (tmp_path / "file" / "store.db", tmp_path):
        with pytest.raises(StoreError, match="cannot be opened") as refused:
            SqliteStore(wrong).open()
        assert str(tmp_path) not in str(refused.value)


def test_hooks_of_an_older_schema_get_their_tenants(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else they would be found to be of no one, and never be sent."""
    with monkeypatch.context() as before:
        before.setattr("zuko.submissions.sql.base.STEPS", STEPS[:2])
        before.setattr("zuko.submissions.sql.base.VERSION", 2)
        with closing(SqliteStore(path)) as old:
            old.open()
            new = new_submission(tenant="a", webhook="https://example.org")
            old.submit([new], **MANY)
            with old._write() as transaction:
                transaction.run(
                    "insert into hook (submission, attempt, url, state, tries, error, due)"
                    " values (:id, 1, 'https://example.org', 'due', 0, null, clock())",
                    {"id": new.id},
                )
    with closing(SqliteStore(path)) as store:
        assert len(store.migrate()) == len(STEPS) - 2
        store.open()
        assert [(hook.id, hook.tenant) for hook in store.due_hooks(9, 10)] == [(new.id, "a")]


def test_a_schema_of_a_newer_version_is_refused(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.open()
        with store._write() as transaction:
            transaction.run("update schema_version set version = 99")
    with pytest.raises(StoreError, match="newer Zuko"):
        SqliteStore(path).open()


def test_a_store_that_is_closed_or_not_open_is_an_error(path: Path) -> None:
    store = SqliteStore(path)
    before = set(threading.enumerate())  # of other tests
    for _ in range(2):
        with pytest.raises(StoreError, match="closed"):
            store.depth()
        with pytest.raises(StoreError, match="closed"):
            store.submit([new_submission()], **MANY)
        store.open()
        assert count(store) == 0
        store.close()
        store.close()
    assert set(threading.enumerate()) <= before


def test_a_large_bound_is_kept_by_one_process_exactly(store: SqliteStore, path: Path) -> None:
    """And by two, except for the submissions of a second."""
    bound = EXACT_MAX + 100
    for _ in range(bound // 100):
        store.submit([new_submission() for _ in range(100)], queued_max=bound, tenant_max=bound)
    with pytest.raises(QueueFullError):
        store.submit([new_submission()], queued_max=bound, tenant_max=bound)
    with closing(SqliteStore(path)) as other:
        other.open()
        other.claim("worker", None, 60)
        with pytest.raises(QueueFullError):
            store.submit([new_submission() for _ in range(61)], queued_max=bound, tenant_max=bound)
        time.sleep(1.1)
        store.submit([new_submission() for _ in range(60)], queued_max=bound, tenant_max=bound)
        assert count(store) == bound


def test_a_tenant_of_twice_the_weight_is_served_twice_as_often(store: SqliteStore) -> None:
    store.set_weight("b", 2)
    store.set_weight("b", 2)
    batches = {tenant: [new_submission(tenant=tenant) for _ in range(60)] for tenant in "ab"}
    for batch in batches.values():
        store.submit(batch, **MANY)
    heavy = {each.id for each in batches["b"]}
    claims = [claim for _ in range(60) for claim in store.claim("worker", None, 1)]
    assert sum(claim.hold.id in heavy for claim in claims) in (39, 40, 41)


def test_tenants_that_the_queue_has_passed_are_forgotten(store: SqliteStore) -> None:
    """Else each user of a service that ever was would stay."""
    store.set_weight("heavy", 2)
    for tenant in ("first", "heavy", "last", "waiting"):
        store.submit([new_submission(tenant=tenant)], **MANY)
    store.submit([new_submission(tenant="last")], **MANY)
    assert len(store.claim("worker", None, 4)) == 4
    store.purge(keep_s=60, keep_events_s=60)
    with store._read() as transaction:
        assert [row["name"] for row in transaction.rows("select name from tenant order by name")] == ["heavy", "last"]


def test_a_clock_that_was_set_back_holds_up_no_lost_submission(store: SqliteStore) -> None:
    """Its lease would end in hours."""
    store.submit([new_submission()], **MANY)
    (claim,) = store.claim("worker", None, 1)
    with store._write() as transaction:
        transaction.run("update submission set lease = lease + 50")
    assert store.reclaim() == 0
    with store._write() as transaction:
        transaction.run("update submission set lease = lease + 3600")
        transaction.run("update watch set since = clock() - 99 + 3600, seen = clock() + 3600")
    assert not store.watch()  # its worker has time to renew it
    assert store.renew("worker", [claim.hold]).lost == frozenset()
    assert store.reclaim() == 0
    with store._write() as transaction:
        transaction.run("update submission set lease = lease + 3600")
    assert store.reclaim() == 1


def test_statements_of_lists_are_not_kept_without_end(store: SqliteStore) -> None:
    """Each page size and set of filters has one of its own, and clients choose them."""
    for limit in range(1, 201):
        for labels in ((), (("a", "b"),)):
            store.list("", Filter(labels=labels), limit=limit)
    assert sqlite_words._own.cache_info().currsize <= STATEMENTS_MAX


def test_many_are_judged_again_in_several_transactions(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that keep their leases would wait for one of all."""
    monkeypatch.setattr("zuko.submissions.sql.clients.REJUDGED_AT_ONCE", 3)
    new = [new_submission() for _ in range(8)]
    store.submit(new, **MANY)
    for each in new:
        store.cancel("", each.id)
    writes = 0
    write = store._write

    def counted(**named: bool) -> AbstractContextManager[Transaction]:
        nonlocal writes
        writes += 1
        return write(**named)

    monkeypatch.setattr(store, "_write", counted)
    assert store.rejudge("", Filter()) == [each.id for each in new]
    assert writes == 3
    for each in new:
        store.cancel("", each.id)
    writes = 0
    with pytest.raises(QueueFullError):
        store.rejudge("", Filter(), queued_max=7)
    assert (writes, store.depth().queued) == (1, 0)  # none of them, although the first ones would fit
    assert len(store.rejudge("", Filter(), queued_max=8)) == 8
    assert [claim.hold.id for claim in store.claim("worker", None, 9)] == [each.id for each in new]


def test_the_last_attempts_are_kept(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who has it judged again and again, or a host that gives it back, does not fill the disk."""
    monkeypatch.setattr("zuko.submissions.sql.ending.ATTEMPTS_MAX", 3)
    new = new_submission()
    store.submit([new], **MANY)
    for _ in range(5):
        (claim,) = store.claim("worker", None, 1)
        assert store.release(claim.hold, counted=False)
    attempts = store.attempts("", new.id)
    assert attempts is not None
    assert [each.number for each in attempts] == [3, 4, 5]
