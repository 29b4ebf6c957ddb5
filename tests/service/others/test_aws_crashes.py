"""Each point at which a process may end, or a message or an answer be lost: no submission is, none is done twice."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.harness.aws_place import new_place, opened, silence
from tests.harness.moto_server import MotoServer
from tests.harness.store_claims import new_submission
from tests.harness.store_claims.values import claim_one, state_of, submit_all, submit_one
from zuko.errors import KeyConflictError, StoreError
from zuko.submissions.aws import AwsStore
from zuko.submissions.aws.items import submission_key
from zuko.submissions.aws.place import Place
from zuko.submissions.aws.upkeep import UNRUNG_S
from zuko.submissions.model import LEASE_S, RENEW_S, Filter, ProblemRef, State, StoredRequest


class Killed(BaseException):
    """The process ends here."""


def killed(*_: object, **__: object) -> None:
    raise Killed


@pytest.fixture
def place(moto_server: MotoServer) -> Iterator[Place]:
    with new_place(moto_server) as place:
        yield place


@pytest.fixture
def store(place: Place) -> Iterator[AwsStore]:
    with opened(place) as store:
        yield store


@pytest.fixture
def other(place: Place) -> Iterator[AwsStore]:
    with opened(place) as store:
        yield store


def messages(store: AwsStore) -> list[str]:
    """Return what is rung for, and leave it as it was."""
    heard: list[str] = []
    while got := store._ask(
        "_sqs", "receive_message", QueueUrl=store._queue(), MaxNumberOfMessages=10, VisibilityTimeout=0
    ).get("Messages"):
        new = [message["Body"] for message in got if message["Body"] not in heard]
        if not new:
            return heard
        heard += new
    return heard


def left(store: AwsStore) -> int:
    """Return how many messages there are, those included that someone has heard."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = store._ask("_sqs", "get_queue_attributes", QueueUrl=store._queue(), AttributeNames=names)
    return sum(int(found["Attributes"][name]) for name in names)


def test_a_message_is_the_id_and_goes_with_the_claim(store: AwsStore) -> None:
    submission_id = submit_one(store, tenant="school ü")
    assert messages(store) == [submission_id]
    claim_one(store)
    assert left(store) == 0


def test_a_lost_message(store: AwsStore, other: AwsStore) -> None:
    submission_id = submit_one(store)
    silence(store)
    assert claim_one(other).hold.id == submission_id


def test_killed_between_row_and_message(store: AwsStore, other: AwsStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(store, "_announce", killed)
        with pytest.raises(Killed):
            submit_one(store)
    assert left(other) == 0
    assert other.depth().queued == 1
    claim_one(other)


def test_a_sweep_rings_for_what_has_no_message(store: AwsStore, other: AwsStore) -> None:
    old, new = submit_one(store), submit_one(store)
    store._update(submission_key(old), {"queued": time.time() - UNRUNG_S - 1}, {})
    silence(store)
    store.reclaim()
    assert messages(store) == [old]
    silence(store)
    other.reclaim()  # a minute has one sweep, of all processes
    assert messages(store) == []
    assert store.depth().queued == len([old, new])


def test_the_queue_is_away(place: Place, other: AwsStore) -> None:
    """What is stored is stored."""
    with opened(Place(place.table, place.bucket, "no-such-queue")) as store:
        submission_id = submit_one(store)
        assert claim_one(store).hold.id == submission_id
    assert state_of(other, submission_id) is State.RUNNING


def test_a_queue_that_hangs_costs_no_lease(place: Place, other: AwsStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections, and answers nothing. A claim comes before its lease needs it, and the next one at once."""
    ids = [submit_one(other) for _ in range(2)]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with opened(place) as store:
            began = time.monotonic()
            assert claim_one(store).hold.id == ids[0]
            first_s = time.monotonic() - began
            assert claim_one(store).hold.id == ids[1]
            submit_one(store)
            rest_s = time.monotonic() - began - first_s
    assert 2 < first_s < LEASE_S - RENEW_S  # else it did not hang
    assert rest_s < 2


def test_a_claim_is_kept_when_the_store_goes_away_behind_it(store: AwsStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its lease would end with no one who knows of it, and count as a loss."""
    submission_id = submit_one(store)
    ask = store._ask

    def ask_until_claimed(client: str, operation: str, **arguments: Any) -> dict[str, Any]:
        if state_of_row["S"] == "running":
            raise StoreError("it does not answer")
        answer = ask(client, operation, **arguments)
        if operation == "update_item" and "state" in answer.get("Attributes", {}):
            state_of_row.update(answer["Attributes"]["state"])
        return answer

    state_of_row = {"S": "queued"}
    with monkeypatch.context() as patch:
        patch.setattr(store, "_ask", ask_until_claimed)
        (claim,) = store.claim("worker", None, 2)
    assert claim.hold.id == submission_id
    assert store.renew("worker", [claim.hold]).lost == frozenset()


def test_a_table_that_is_being_made_by_another_process(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or by this one, whose request was sent again, as its response was lost."""
    with opened(place) as store:
        ask = store._ask
        answers = [StoreError("no table yet")]
        answers[0].__cause__ = ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeTable")

        def ask_too_early(client: str, operation: str, **arguments: Any) -> dict[str, Any]:
            if operation == "describe_table" and answers:
                raise answers.pop()
            return ask(client, operation, **arguments)

        monkeypatch.setattr(store, "_ask", ask_too_early)
        assert store.migrate() == [f"made the table {place.table}, schema 1"]


def test_a_message_that_comes_twice(store: AwsStore, other: AwsStore) -> None:
    submission_id = submit_one(store)
    entry = {"Id": "0", "MessageBody": submission_id, "MessageGroupId": "-"}
    store._ask("_sqs", "send_message_batch", QueueUrl=store._queue(), Entries=[entry])
    assert claim_one(store).hold.id == submission_id
    other._wakes._heard = other._receive(0, 10)  # as its thread does
    assert other.claim("other", None, 1) == []
    assert left(store) == 0


@pytest.mark.parametrize("is_finished", [True, False])
def test_killed_before_the_message_is_deleted(
    store: AwsStore, other: AwsStore, monkeypatch: pytest.MonkeyPatch, *, is_finished: bool
) -> None:
    submission_id = submit_one(store)
    with monkeypatch.context() as patch:
        patch.setattr(store, "_settle", lambda *_: None)
        claim = claim_one(store)
    if is_finished:
        assert store.finish(claim.hold, State.DONE, result="{}")
    assert left(store) == 1
    other._wakes._heard = other._receive(0, 10)
    assert other.claim("other", None, 1) == []
    assert left(store) == 0
    assert state_of(other, submission_id) is (State.DONE if is_finished else State.RUNNING)


def test_killed_between_key_and_row(store: AwsStore, other: AwsStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends the same again stores it, once."""
    first = new_submission(key="k")
    with monkeypatch.context() as patch:
        patch.setattr(store, "_store", killed)
        with pytest.raises(Killed):
            submit_all(store, [first])
    with pytest.raises(KeyConflictError):
        submit_all(other, [new_submission(key="k", fingerprint="1" * 64)])
    (again,) = submit_all(other, [new_submission(key="k")])
    assert again.is_new
    assert submit_all(store, [first])[0] == type(again)(again.id, is_new=False)
    assert store.depth().queued == 1


def test_killed_before_the_result_is_accepted(
    store: AwsStore, other: AwsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes are there, its row is not: another attempt has its own."""
    submission_id = submit_one(store)
    hold = claim_one(store).hold
    large = "x" * 50_000
    with monkeypatch.context() as patch:
        patch.setattr(store, "_end", killed)
        with pytest.raises(Killed):
            store.finish(hold, State.DONE, result=large)
    assert other.release(hold, counted=True)
    assert other.finish(claim_one(other).hold, State.DONE, result="y" * 50_000)
    found = store.get("", submission_id)
    assert found is not None
    assert found.result == "y" * 50_000


@pytest.mark.parametrize("operation", ["put_item", "update_item", "transact_write_items"])
def test_an_answer_that_is_lost(store: AwsStore, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    """The library sends the request again, whose condition fails then: the item shows that it was done."""
    ask = store._ask

    def ask_twice(client: str, asked: str, **arguments: Any) -> dict[str, Any]:
        answer = ask(client, asked, **arguments)
        # A tenant's ranks may have a gap.
        return ask(client, asked, **arguments) if asked == operation and "#last" not in str(arguments) else answer

    monkeypatch.setattr(store, "_ask", ask_twice)
    batch = [new_submission(), new_submission()]
    answers = submit_all(store, batch if operation == "transact_write_items" else batch[:1])
    assert all(each.is_new for each in answers)
    claim = claim_one(store)
    assert claim.hold.id == batch[0].id
    assert claim.hold.attempt == 1
    assert store.renew("worker", [claim.hold]).lost == frozenset()
    assert store.finish(claim.hold, State.DONE, result="{}")
    assert state_of(store, batch[0].id) is State.DONE


def test_a_request_that_has_expired_fails_and_holds_up_no_one(store: AwsStore) -> None:
    large = StoredRequest("x" * 5000)
    lost, good = submit_one(store, request=large), submit_one(store)
    store._delete_blob(f"requests/{lost}")
    ids = [claim.hold.id for _ in range(4) for claim in store.claim("worker", None, 1)]
    assert ids == [good]
    found = store.get("", lost)
    assert found is not None
    assert (found.state, found.reason) == (State.FAILED, "internal_error")


def test_the_longest_of_everything(store: AwsStore) -> None:
    """Requests, results and lists of files that no item has room for are objects."""
    request = StoredRequest("x" * 1_000_000, ((("a", 1), "f" * 64),))
    submission_id = submit_one(store, request=request, problem=ProblemRef("p", 1))
    claim = claim_one(store)
    assert claim.request == request
    result = "é" * 500_000
    assert store.finish(claim.hold, State.DONE, result=result, message="m" * 10_000)
    found = store.get_request("", submission_id)
    assert found is not None
    assert (found[0].request, found[1].result) == (request, result)
    assert store.rejudge("", Filter()) == [submission_id]
    attempts = store.attempts("", submission_id)
    assert attempts is not None
    assert attempts[0].result == result
    store.cancel("", submission_id)
    assert store.remove("", submission_id)
    objects = store._ask("_s3", "list_objects_v2", Bucket=store.place.bucket)
    assert objects.get("Contents", []) == []


def test_many_attempts_stay_within_an_item(store: AwsStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zuko.submissions.aws.clients.ATTEMPTS_MAX", 3)
    submission_id = submit_one(store)
    for _ in range(5):
        assert store.release(claim_one(store).hold, counted=False)
    attempts = store.attempts("", submission_id)
    assert attempts is not None
    assert [each.number for each in attempts] == [3, 4, 5]


@pytest.mark.parametrize(("cases", "judgings"), [(10_000, 1), (500, 25)])
def test_large_receipts_stay_within_an_item(store: AwsStore, cases: int, judgings: int) -> None:
    """Else the end of an attempt is refused, again and again, and the submission never ends."""
    times = [{"name": f"secret/{number:05d}", "time_used_ms": 1.234, "wall_time_ms": 5.678} for number in range(cases)]
    receipt = json.dumps({"host": "one", "raw": {"time_used_ms": 9.5, "wall_time_ms": 9.9, "cases": times}})
    submission_id = submit_one(store)
    for _ in range(judgings):
        assert store.finish(claim_one(store).hold, State.DONE, result="{}", message="m" * 2000, receipt=receipt)
        store.rejudge("", Filter())
    attempts = store.attempts("", submission_id)
    assert attempts is not None
    assert attempts[-1].number == judgings
    kept = json.loads(attempts[-1].receipt or "")
    assert (kept["host"], kept["raw"]["time_used_ms"]) == ("one", 9.5)


def test_a_divided_queue_keeps_its_order(moto_server: MotoServer) -> None:
    with new_place(moto_server, shards=3) as place, ExitStack() as stack:
        store, other = (stack.enter_context(opened(place)) for _ in range(2))
        ids = [submit_one(store) for _ in range(8)]
        claims = [claim for number in range(8) for claim in (store, other)[number % 2].claim("w", None, 1)]
        assert [claim.hold.id for claim in claims] == ids
        assert store.depth().running == 8
        assert store.reclaim() == 0


def test_a_store_that_is_not_there_is_an_error_of_the_store(moto_server: MotoServer) -> None:
    with new_place(moto_server) as place:
        store = AwsStore(Place("no-such-table", place.bucket, place.queue))
        with pytest.raises(StoreError, match="zuko store migrate"):
            store.open()
        store.close()


def test_another_schema_is_refused(store: AwsStore, place: Place) -> None:
    store._update({"pk": {"S": "META"}, "sk": {"S": "-"}}, {"schema": 2}, {})
    later = AwsStore(place)
    with pytest.raises(StoreError, match="schema 2"):
        later.open()
    later.close()


def test_a_second_migration_does_nothing(store: AwsStore) -> None:
    assert store.migrate() == []
