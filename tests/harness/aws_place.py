"""A stand-in for AWS: the variables that lead to it, and a table, a bucket and a queue of a test."""

import contextlib
import itertools
from collections.abc import Iterator
from typing import Final
from unittest.mock import patch

import pytest

from tests.harness.moto_server import MotoServer
from tests.harness.store_claims.values import submit_all
from zuko.submissions.aws import AwsStore
from zuko.submissions.aws.items import Item, marshal
from zuko.submissions.aws.place import Place
from zuko.submissions.model import NewSubmission

REGION: Final = "eu-central-1"
_NUMBERS: Final = itertools.count(1)


def variables(server: MotoServer) -> dict[str, str]:
    """Return the environment of a process that is to use the stand-in."""
    return {
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }


@contextlib.contextmanager
def opened(place: Place) -> Iterator[AwsStore]:
    """Yield a store of a place, as a process of its own has one."""
    store = AwsStore(place)
    store.open()
    yield store
    store.close()


def url_of(place: Place) -> str:
    return f"aws://{place.table}?bucket={place.bucket}&queue={place.queue}&shards={place.shards}"


def silence(store: AwsStore) -> None:
    """Delete all messages."""
    while heard := store._receive(0, 10):
        for receipt in heard.values():
            store._ask("_sqs", "delete_message", QueueUrl=store._queue(), ReceiptHandle=receipt)


def submit_very_many(store: AwsStore, submissions: list[NewSubmission]) -> None:
    """Store submissions of one tenant in one call, whose rows are written without a transaction and without messages.

    moto takes longer for a transaction than for its rows, and for a message it counts all that wait.
    """

    def put(rows: list[Item]) -> list[Item]:
        for start in range(0, len(rows), 25):
            items = [{name: marshal(value) for name, value in row.items()} for row in rows[start : start + 25]]
            requests = {store.place.table: [{"PutRequest": {"Item": item}} for item in items]}
            assert not store._ask("_dynamodb", "batch_write_item", RequestItems=requests)["UnprocessedItems"]
        return rows

    with patch.object(store, "_put_rows", put), patch.object(store, "_announce"):
        submit_all(store, submissions)


@contextlib.contextmanager
def new_place(server: MotoServer, *, shards: int = 1) -> Iterator[Place]:
    """Yield a place with a table of its own; this process reaches it meanwhile."""
    name = f"zuko-test-{next(_NUMBERS)}"
    place = Place(table=name, bucket=f"{name}-parts", queue=f"{name}-bell", shards=shards)
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in variables(server).items():
            patch.setenv(variable, value)
        store = AwsStore(place)
        store.migrate()
        store.close()
        yield place
