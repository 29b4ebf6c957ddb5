"""The store in AWS keeps the port's claims, against moto's DynamoDB, S3 and SQS."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from tests.harness.aws_place import new_place
from tests.harness.moto_server import MotoServer
from tests.harness.outage_claims import OutageClaims
from tests.harness.store_claims import StoreClaims, Stores
from tests.harness.store_claims.content_claims import problem
from zuko.submissions.aws import AwsStore
from zuko.submissions.aws.blobs import RENEWED_S, SLACK_S
from zuko.submissions.aws.items import INLINE_BYTES, key
from zuko.submissions.aws.place import Place
from zuko.submissions.model import NewProblem, ProblemFile, StoredProblem
from zuko.submissions.parts import digest


def of_many_files(kind: str) -> NewProblem:
    """Return a problem whose list of files is too long for an item."""
    return problem(files=tuple(ProblemFile(f"data/{n:03}.in", digest(f"{kind}{n}".encode()), n) for n in range(400)))


def before_it_writes(store: AwsStore, monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Have another process do something after this one has read, and before it writes."""
    ask, waiting = store._ask, [do]

    def delayed(client: str, operation: str, **arguments: Any) -> dict[str, Any]:
        if operation in ("put_item", "put_object", "update_item") and waiting:
            waiting.pop()()
        return ask(client, operation, **arguments)

    monkeypatch.setattr(store, "_ask", delayed)


class TestClaims(StoreClaims, OutageClaims):
    flood = 100  # moto takes some milliseconds for each request
    crowd = 24
    turns = 2  # each item is written by itself: there is no lock that two could want in either order
    hook_lease_s = 1.0
    hands_over = False
    takes_ended = False

    @pytest.fixture
    def place(self, moto_server: MotoServer) -> Iterator[Place]:
        with new_place(moto_server) as place:
            yield place

    @pytest.fixture
    def stores(self, place: Place) -> Iterator[Stores]:
        opened: list[AwsStore] = []

        def open_one(*, lease_s: float = 10.0, keep_part_s: float = 3600.0) -> AwsStore:
            store = AwsStore(place, lease_s=lease_s)
            store.open()
            opened.append(store)
            return store

        yield open_one
        for store in opened:
            store.close()

    def test_parts_go_with_the_last_that_uses_them(self, stores: Stores) -> None:
        """By time: each use renews them, and what was not renewed expires long after the last that used it."""
        store = stores()
        assert isinstance(store, AwsStore)
        small, large = b"s", b"l" * (INLINE_BYTES + 1)
        store.put_parts({digest(small): small, digest(large): large})

        def end() -> float:
            item = store._get(key(f"B#parts/{digest(small)}"))
            assert item is not None
            return float(item["expires"])

        assert end() >= time.time() + store.keep_s + SLACK_S - 60
        rules = boto3.client("s3").get_bucket_lifecycle_configuration(Bucket=store.place.bucket)["Rules"]
        (days,) = [rule["Expiration"]["Days"] for rule in rules if rule["ID"] == "parts"]
        assert days * 86400 >= store.keep_s + RENEWED_S
        before = time.time() - RENEWED_S - 60  # as if they were that old
        store._update(key(f"B#parts/{digest(small)}"), {"expires": int(before + store.keep_s + SLACK_S)}, {})
        other = stores()  # which has not seen them
        assert other.missing_parts([digest(small), digest(large), digest(b"")]) == {digest(b"")}
        assert end() >= time.time() + store.keep_s + SLACK_S - 60

    def test_accounts_of_former_days_go(self, stores: Stores) -> None:
        """By time: one expires when no process can be in its day any more."""
        store = stores()
        assert isinstance(store, AwsStore)
        day = int(time.time() // 86400)
        store.charge(day, {"ann": 1.0}, ())
        item = store._get(key(f"A#{day}#ann"))
        assert item is not None
        assert item["expires"] == (day + 2) * 86400

    def test_two_processes_that_store_one_version_have_their_own_files(
        self, stores: Stores, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither writes over the list of files that the other one's version names."""
        one, other = stores(), stores()
        assert isinstance(one, AwsStore)
        mine, theirs = of_many_files("mine"), of_many_files("theirs")
        first: list[StoredProblem] = []
        before_it_writes(one, monkeypatch, lambda: first.append(other.put_problem(theirs)))
        second = one.put_problem(mine)
        assert (first[0].ref.version, second.ref.version) == (1, 2)
        assert one.problem_files("", first[0].ref) == theirs.files
        assert one.problem_files("", second.ref) == mine.files
        lists = boto3.client("s3").list_objects_v2(Bucket=one.place.bucket, Prefix="problems/")
        assert lists["KeyCount"] == 2  # nothing is left that would never expire

    def test_a_version_whose_process_was_killed_does_not_stand_in_the_way(
        self, stores: Stores, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It was stored, and not counted: the next process counts it."""

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        killed, other = stores(), stores()
        assert isinstance(killed, AwsStore)
        monkeypatch.setattr(killed, "_number", die)
        with pytest.raises(KeyboardInterrupt):
            killed.put_problem(of_many_files("a"))
        assert other.put_problem(of_many_files("b")).ref.version == 2

    def test_a_number_is_not_given_twice_although_a_problem_is_deleted_meanwhile(
        self, stores: Stores, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deleting, other = stores(), stores()
        assert isinstance(deleting, AwsStore)
        other.put_problem(problem(files=()))
        before_it_writes(deleting, monkeypatch, lambda: other.put_problem(problem()))
        assert deleting.delete_problem("", "sum")
        assert other.problem_versions("", "sum") == []
        assert other.put_problem(problem()).ref.version == 3
