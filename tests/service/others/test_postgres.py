"""The store in PostgreSQL, on a real server: the claims of every store, and what a server of its own brings."""

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any, Final

import psycopg
import pytest

from tests.harness.outage_claims import OutageClaims
from tests.harness.postgres import Postgres
from tests.harness.store_claims import StoreClaims, Stores, new_submission
from tests.harness.store_process import start
from tests.harness.waiting import wait_for
from zuko.errors import StoreError
from zuko.submissions.model import State
from zuko.submissions.postgres import PostgresStore, line, store
from zuko.submissions.sql.schema import VERSION
from zuko.submissions.store import Store

MANY: Final[dict[str, Any]] = {"queued_max": 10**6, "tenant_max": 10**6}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


class TestClaims(StoreClaims, OutageClaims):
    @pytest.fixture
    def stores(self, postgres: Postgres) -> Iterator[Stores]:
        with postgres.schema() as url, ExitStack() as stack:
            PostgresStore(url).migrate()

            def make(*, lease_s: float = 10.0, keep_part_s: float = 3600.0) -> Store:
                store = PostgresStore(url, lease_s=lease_s, keep_part_s=keep_part_s)
                store.open()
                stack.callback(store.close)
                return store

            yield make


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    """Return the address of a store with a schema."""
    with postgres.schema() as url:
        PostgresStore(url).migrate()
        yield url


@pytest.fixture
def opened(url: str) -> Iterator[PostgresStore]:
    with closing(PostgresStore(url)) as store:
        store.open()
        yield store


_END: Final = "select pid, pg_terminate_backend(pid) from pg_stat_activity where application_name = 'zuko'"
_LEFT: Final = "select pid from pg_stat_activity where pid = any(%s)"


def heard_after_s(listener: PostgresStore, submitter: PostgresStore) -> float:
    """Return how long a ring takes from one store to another."""
    new = new_submission()

    async def listen() -> float:
        with listener.bell.listening(new.id, "queue") as wakeup:
            await wakeup.wait(0.05)
            started = time.monotonic()
            await asyncio.to_thread(submitter.submit, [new], **MANY)
            assert await wakeup.wait(20)
            return time.monotonic() - started

    return asyncio.run(listen())


def test_a_schema_that_does_not_fit_is_refused_with_the_command(postgres: Postgres) -> None:
    with postgres.schema() as url:
        empty = PostgresStore(url)
        with pytest.raises(StoreError, match="no schema yet: `zuko store migrate`"):
            empty.open()
        assert len(empty.migrate()) == VERSION
        assert empty.migrate() == []
        for version, message in ((VERSION - 1, r"older Zuko .*: `zuko store migrate`"), (99, "newer Zuko")):
            with psycopg.connect(url) as connection:
                connection.execute("update schema_version set version = %s", (version,))
            with pytest.raises(StoreError, match=message):
                empty.open()
        with pytest.raises(StoreError, match="newer Zuko"):
            empty.migrate()


def test_several_may_migrate_at_once(postgres: Postgres) -> None:
    with postgres.schema() as url:
        done: list[int] = []
        threads = [threading.Thread(target=lambda: done.append(len(PostgresStore(url).migrate()))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(done) == [0, 0, 0, VERSION]


def test_processes_claim_what_no_other_has(opened: PostgresStore, url: str) -> None:
    ids = []
    for _ in range(3):
        batch = [new_submission(tenant=str(number % 3)) for number in range(100)]
        opened.submit(batch, **MANY)
        ids += [each.id for each in batch]
    processes = [start("claim", url) for _ in range(3)]
    did = [process.communicate(timeout=120)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(each for own in did for each in own) == sorted(ids)


def test_sigkill_of_writers_loses_nothing_that_was_acknowledged(opened: PostgresStore, url: str) -> None:
    processes = [start("submit", url) for _ in range(2)]
    acknowledged = []
    for process in processes:
        assert process.stdout is not None
        acknowledged.append(process.stdout.readline().strip())
    time.sleep(0.3)
    for process in processes:
        process.send_signal(signal.SIGKILL)
    for process in processes:
        acknowledged += [line.strip() for line in process.communicate()[0].splitlines(keepends=True) if "\n" in line]
    assert not [each for each in acknowledged if opened.get("", each) is None]


def test_a_process_that_stops_within_a_claim_keeps_no_one_waiting(opened: PostgresStore, url: str) -> None:
    """It has locked a row: others claim the next one, and this one when the server has ended its transaction."""
    first, second = new_submission(), new_submission()
    opened.submit([first, second], **MANY)
    with start("hold", url) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "holds\n"
            started = time.monotonic()
            assert [claim.hold.id for claim in opened.claim("worker", None, 5)] == [second.id]
            assert time.monotonic() - started < 5
            wait_for(lambda: opened.claim("worker", None, 1), store._STUCK_S + 10, "the lock to be lost")
        finally:
            process.send_signal(signal.SIGKILL)
    assert opened.depth().running == 2


def test_a_ring_reaches_other_processes_at_once(opened: PostgresStore, url: str) -> None:
    with closing(PostgresStore(url)) as other:
        other.open()
        assert min(heard_after_s(other, opened) for _ in range(5)) < 0.2


def test_a_ring_that_is_lost_costs_two_seconds(
    opened: PostgresStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a pooler that gives each transaction another connection."""
    monkeypatch.setattr(line.Line, "send", lambda *_: None)
    with closing(PostgresStore(url)) as other:
        other.open()
        assert heard_after_s(other, opened) < line.POLL_S + 0.5


def test_a_listener_that_loses_its_connection_listens_again(
    opened: PostgresStore, url: str, postgres: Postgres
) -> None:
    with closing(PostgresStore(url)) as other:
        other.open()
        heard_after_s(other, opened)
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            ended = [pid for pid, _ in connection.execute(_END)]
            assert len(ended) >= 2
            wait_for(lambda: not connection.execute(_LEFT, (ended,)).fetchall(), 10, "connections to end")
        assert opened.depth().queued == 1  # connections that have ended are replaced without an error
        assert heard_after_s(other, opened) < line.POLL_S + 2


def test_many_topics_are_one_ring_for_everything(opened: PostgresStore, url: str) -> None:
    with closing(PostgresStore(url)) as other:
        other.open()

        async def listen() -> bool:
            with other.bell.listening("one") as wakeup:
                await wakeup.wait(0.1)
                assert opened._line is not None
                opened._line.send([f"topic {number} of a name that is long" for number in range(1000)])
                return await wakeup.wait(5)

        assert asyncio.run(listen())


def test_strings_of_postgresql_have_no_nul(opened: PostgresStore) -> None:
    new = new_submission()
    opened.submit([new], **MANY)
    (claim,) = opened.claim("worker", None, 1)
    assert opened.finish(claim.hold, State.FAILED, reason="internal_error", message="a\0b")
    found = opened.get("", new.id)
    assert found is not None
    assert found.message == "a\N{REPLACEMENT CHARACTER}b"


def test_settings_of_the_database_do_not_matter(postgres: Postgres) -> None:
    """Another isolation than the usual one would make claims fail, and other date styles times."""
    with postgres.schema() as url:
        PostgresStore(url).migrate()
        odd = f"{url}%20-cdefault_transaction_isolation%3Dserializable%20-ctimezone%3DAsia/Tokyo"
        with closing(PostgresStore(odd)) as store:
            store.open()
            new = new_submission()
            store.submit([new], **MANY)
            found = store.get("", new.id)
            assert found is not None
            assert abs(found.created_at - time.time()) < 60


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://user:hunter2@127.0.0.1:1/zuko", "does not answer"),
        ("postgresql://user:hunter2@/zuko?host=/nowhere", "does not answer"),
    ],
)
def test_a_server_that_is_not_there_is_an_error_at_once(url: str, message: str) -> None:
    """Without an address or a password in it."""
    started = time.monotonic()
    with pytest.raises(StoreError, match=message) as refused:
        PostgresStore(url).open()
    assert time.monotonic() - started < 2
    assert not any(secret in str(refused.value) for secret in ("hunter2", "127.0.0.1", "nowhere", "user"))


def test_a_server_that_is_killed_has_what_it_acknowledged() -> None:
    """With its own settings: its commits wait for the disk. Stores work on when it is back, by themselves."""
    with Postgres("max_connections=50") as own:
        first = PostgresStore(own.url)
        first.migrate()
        with closing(first):
            first.open()
            acknowledged: list[str] = []
            stop = threading.Event()

            def submit() -> None:
                while not stop.is_set():
                    new = new_submission()
                    try:
                        first.submit([new], **MANY)
                    except StoreError:
                        time.sleep(0.01)
                    else:
                        acknowledged.append(new.id)

            thread = threading.Thread(target=submit)
            thread.start()

            def wait_for_more() -> None:
                enough = len(acknowledged) + 20
                wait_for(lambda: len(acknowledged) > enough, 60, "submissions")

            for _ in range(2):
                wait_for_more()
                own.stop(signal.SIGQUIT)
                with pytest.raises(StoreError):
                    first.depth()
                own.start()
            wait_for_more()
            stop.set()
            thread.join()
            assert not [each for each in acknowledged if first.get("", each) is None]
