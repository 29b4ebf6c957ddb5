"""The requests that a submission costs, as docs/how-to/choose-a-store.md counts them."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness.aws_place import new_place, opened
from tests.harness.moto_server import MotoServer
from tests.harness.store_claims.values import claim_one, submit_one
from zuko.submissions.aws import AwsStore
from zuko.submissions.aws.items import Item, submission_key
from zuko.submissions.model import State, StoredRequest
from zuko.submissions.parts import digest


@pytest.fixture
def store(moto_server: MotoServer) -> Iterator[AwsStore]:
    with new_place(moto_server) as place, opened(place) as store:
        yield store


@pytest.fixture
def asked(store: AwsStore, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the requests of the store."""
    counts: Counter[str] = Counter()
    ask = store._ask

    def counted(client: str, operation: str, **arguments: Any) -> dict[str, Any]:
        counts[operation] += 1
        return ask(client, operation, **arguments)

    monkeypatch.setattr(store, "_ask", counted)
    return counts


def size_bytes(value: Any) -> int:
    """Return the size of a value, about as DynamoDB counts it."""
    match value:
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case dict():
            return 3 + sum(1 + len(name) + size_bytes(each) for name, each in value.items())
    return 12


def units(item: Item) -> int:
    return math.ceil(size_bytes(item) / 1024)


def row(store: AwsStore, submission_id: str) -> Item:
    found = store._get(submission_key(submission_id))
    assert found is not None
    return found


RESULT = '{"status":"OK","reason":null,"stdout":"Hello\\n","stderr":"","exit_code":0,"time_used":12.5}' + " " * 400
RECEIPT = '{"host":"one"}' + " " * 300


def test_one_at_a_time(store: AwsStore, asked: Counter[str]) -> None:
    """The most expensive way: each request is for one submission."""
    submit_one(store)  # reads what is kept for a while, and makes the tenant
    store.finish(claim_one(store).hold, State.DONE, result=RESULT)
    code = b"x" * 2000
    written = 0
    asked.clear()

    assert store.missing_parts([digest(code)]) == {digest(code)}
    store.put_parts({digest(code): code})
    submission_id = submit_one(store, request=StoredRequest('{"code":null}', ((("code",), digest(code)),)))
    assert asked - Counter(get_item=1) == Counter(
        batch_get_item=1, head_object=1, put_item=2, query=1, update_item=1, send_message_batch=1
    )
    written += units(row(store, submission_id))
    asked.clear()

    hold = claim_one(store).hold
    assert store.get_part(digest(code)) == code
    claiming = Counter(query=1, get_item=2, update_item=1, receive_message=1, delete_message_batch=1)
    assert asked - Counter(update_item=1) in (claiming, claiming - Counter(update_item=1))  # the position, now and then
    written += units(row(store, submission_id))
    asked.clear()

    assert store.finish(hold, State.DONE, result=RESULT, receipt=RECEIPT)
    assert asked == Counter(update_item=1)
    written += units(row(store, submission_id))
    assert written == 4, "a row has one unit, and two with its result"
    asked.clear()

    found = store.get("", submission_id)
    assert found is not None
    assert found.result == RESULT
    assert asked == Counter(get_item=1)


def test_a_second_submission_to_a_problem_transfers_no_case(store: AwsStore, asked: Counter[str]) -> None:
    case = b"1" * 10_000_000
    store.put_parts({digest(case): case})
    assert asked["put_object"] == 1
    asked.clear()
    assert store.missing_parts([digest(case)]) == set()
    assert asked == Counter()
