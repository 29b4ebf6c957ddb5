"""The connection: clients made when they are needed, conditional writes, pages of queries, and errors as ours."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from zuko.errors import StoreError
from zuko.submissions.aws.bell import AwsBell
from zuko.submissions.aws.clock import ServerClock
from zuko.submissions.aws.expression import Expression, names_of
from zuko.submissions.aws.items import Item, item_of, key, marshal
from zuko.submissions.aws.place import Place
from zuko.submissions.bell import Bell
from zuko.submissions.model import LEASE_S

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

log = logging.getLogger(__name__)

SCHEMA: Final = 1  # of the table, as items.py draws it
KEEP_S: Final = 30 * 86400.0  # of ended submissions, until a purge says otherwise
AT_A_TIME: Final = 16  # requests of one call
BATCH_GET_MAX: Final = 100
_CONFIG: Final = Config(
    connect_timeout=2,
    # A renewal may hang when AWS is back: its next try comes after this and 4 s at most, before leases count again.
    read_timeout=4,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=2 * AT_A_TIME,
)
_PATIENT: Final = _CONFIG.merge(Config(read_timeout=20))  # longer than a long poll
# What was claimed waits for its hints, and nothing renews its lease meanwhile.
_HINT: Final = _CONFIG.merge(Config(read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2}))
HINT_PAUSE_S: Final = 20.0  # without hints, after one that SQS has not taken
_CONDITION: Final = "ConditionalCheckFailedException"
_MISSING: Final = {
    "ResourceNotFoundException",
    "NoSuchBucket",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
}


_MAKING: Final = threading.Lock()


@cache
def _session() -> boto3.session.Session:
    """Return the session of the process: it has read what AWS's services are, which takes long."""
    return boto3.session.Session()


class LostError(Exception):
    """The condition of a write does not hold; `old` is the item as it is, empty: there is none."""

    def __init__(self, old: Item) -> None:
        super().__init__()
        self.old = old


class AwsBase:
    """A table, a bucket and a queue. Its clients are made when they are first needed: a function may need one only."""

    def __init__(self, place: Place, *, lease_s: float = LEASE_S) -> None:
        self.place = place
        self.lease_s = lease_s
        self.clock = ServerClock()
        self.keep_s = KEEP_S
        self._wakes = AwsBell(self._receive)
        self.bell: Bell = self._wakes
        self._queue_url: str | None = None
        self._hint_after = 0.0  # on the monotonic clock

    # --- the connection ---

    def open(self) -> None:
        """Connect, and check that the schema is this version's."""
        meta = self._get(key("META"))
        if meta is None:
            try:
                meta = {"pk": "META", "sk": "-", "schema": SCHEMA, "keep": KEEP_S}
                self._put(meta, new=True)
            except LostError as error:
                meta = error.old
        if meta["schema"] != SCHEMA:
            raise StoreError(f"the table of submissions has schema {meta['schema']}, and this version {SCHEMA}")
        self.keep_s = meta["keep"]

    def close(self) -> None:
        """Disconnect."""
        self._wakes.close()
        for client in ("_dynamodb", "_s3", "_sqs", "_sqs_wait"):
            if made := self.__dict__.pop(client, None):
                made.close()

    def _client(self, service: Any, config: Config) -> Any:
        with _MAKING:  # a session is not for several threads, its clients are
            client = _session().client(service, region_name=self.place.region, config=config)
        client.meta.events.register("before-call", self._before_call)
        client.meta.events.register("after-call", self._after_call)
        return client

    @cached_property
    def _dynamodb(self) -> "DynamoDBClient":
        client: DynamoDBClient = self._client("dynamodb", _CONFIG)
        return client

    @cached_property
    def _s3(self) -> "S3Client":
        client: S3Client = self._client("s3", _PATIENT)
        return client

    @cached_property
    def _sqs(self) -> "SQSClient":
        client: SQSClient = self._client("sqs", _HINT)
        return client

    @cached_property
    def _sqs_wait(self) -> "SQSClient":
        client: SQSClient = self._client("sqs", _PATIENT)
        return client

    def _before_call(self, *, context: dict[str, Any], **_: Any) -> None:
        context["zuko_sent"] = self.clock.local()

    def _after_call(self, *, context: dict[str, Any], parsed: dict[str, Any], **_: Any) -> None:
        date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if date is not None:
            self.clock.observe(date, sent=context["zuko_sent"], received=self.clock.local())

    def _ask(self, client: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Send a request.

        Raises:
            LostError: the condition of a write does not hold.
            StoreError: AWS does not answer, or refuses.
        """
        try:
            response: dict[str, Any] = getattr(getattr(self, client), operation)(**arguments)
        except ClientError as error:
            answer: Any = error.response  # with the item, which its type does not know
            code = answer.get("Error", {}).get("Code", "")
            if code == _CONDITION:
                raise LostError(item_of(answer.get("Item", {}))) from None
            raise StoreError(_explained(operation, code)) from error
        except BotoCoreError as error:
            raise StoreError(f"the store does not answer: {type(error).__name__}") from error
        return response

    # --- items ---

    def _get(self, item_key: dict[str, Any], *, consistent: bool = True) -> Item | None:
        found = self._ask(
            "_dynamodb", "get_item", TableName=self.place.table, Key=item_key, ConsistentRead=consistent
        ).get("Item")
        return None if found is None else item_of(found)

    def _get_many(self, keys: Sequence[dict[str, Any]], *, attributes: Sequence[str] = ()) -> Iterator[Item]:
        """Yield the items that exist of these keys, in any order."""
        asked: dict[str, Any] = {"ConsistentRead": True}
        if attributes:
            asked["ProjectionExpression"] = ", ".join(f"#{name}" for name in attributes)
            asked["ExpressionAttributeNames"] = {f"#{name}": name for name in attributes}
        for start in range(0, len(keys), BATCH_GET_MAX):
            wanted: Any = {self.place.table: asked | {"Keys": list(keys[start : start + BATCH_GET_MAX])}}
            while wanted:
                answer = self._ask("_dynamodb", "batch_get_item", RequestItems=wanted)
                yield from map(item_of, answer["Responses"].get(self.place.table, []))
                wanted = answer.get("UnprocessedKeys")

    def _put(self, item: Item, *, new: bool = False) -> None:
        """Write an item.

        Args:
            item: its values.
            new: only if there is none with its key.

        Raises:
            LostError: there is one.
        """
        arguments: dict[str, Any] = {}
        if new:
            item = item | {"op": uuid.uuid4().bytes}
            arguments = {
                "ConditionExpression": "attribute_not_exists(pk)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        marshalled = {name: marshal(value) for name, value in item.items()}
        try:
            self._ask("_dynamodb", "put_item", TableName=self.place.table, Item=marshalled, **arguments)
        except LostError as error:
            if error.old.get("op") != item["op"]:
                raise

    def _update(
        self,
        item_key: dict[str, Any],
        values: Mapping[str, Any],
        when: Mapping[str, Any],
        *,
        attempt: Mapping[str, Any] | None = None,
        forget: Iterable[str] = (),
    ) -> Item:
        """Change an item if it is as expected, and return it.

        A response may be lost, and the request is sent again then: the item shows by `op` that it was done.

        Args:
            item_key: of the item.
            values: what it gets; None: the attribute is removed.
            when: attributes that it must have; None: must not have.
            attempt: added to `attempts`, by its number.
            forget: attempts that are removed, by their numbers.

        Raises:
            LostError: it is not as expected.
        """
        operation = uuid.uuid4().bytes
        expression = Expression()
        sets = [f"{expression.name(name)} = {expression.value(value)}"
                for name, value in {**values, "op": operation}.items() if value is not None]  # fmt: skip
        removes = [expression.name(name) for name, value in values.items() if value is None]
        if attempt is not None:
            sets.append(f"{expression.name('attempts')}.{expression.name(str(attempt['number']))}"
                        f" = {expression.value({k: v for k, v in attempt.items() if k != 'number'})}")  # fmt: skip
        removes += [f"{expression.name('attempts')}.{expression.name(number)}" for number in forget]
        conditions = ["attribute_exists(pk)", *expression.conditions(when)]
        try:
            answer = self._ask(
                "_dynamodb",
                "update_item",
                TableName=self.place.table,
                Key=item_key,
                UpdateExpression=f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else ""),
                ConditionExpression=" AND ".join(conditions),
                ExpressionAttributeNames=expression.names,
                ExpressionAttributeValues=expression.values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except LostError as error:
            if error.old.get("op") == operation:
                return error.old
            raise
        return item_of(answer["Attributes"])

    def _delete(self, item_key: dict[str, Any], when: Mapping[str, Any] | None = None) -> bool:
        """Delete an item if it is as expected; False: it is not.

        Args:
            item_key: of the item.
            when: see `_update`; None: whatever it has.
        """
        arguments: dict[str, Any] = {}
        if when:
            expression = Expression()
            arguments["ConditionExpression"] = " AND ".join(expression.conditions(when))
            arguments["ExpressionAttributeNames"] = expression.names
            arguments["ExpressionAttributeValues"] = expression.values
        try:
            self._ask("_dynamodb", "delete_item", TableName=self.place.table, Key=item_key, **arguments)
        except LostError:
            return False
        return True

    def _pages(
        self,
        condition: str,
        values: Mapping[str, Any],
        *,
        index: str | None = None,
        where: str | None = None,
        only: Sequence[str] = (),
        count: bool = False,
        limit: int | None = None,
        newest_first: bool = False,
        after: dict[str, Any] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield the pages of a query, as they are asked for.

        Args:
            condition: on the key, with #name for names and :name for values.
            values: by their names; None: only its name is used.
            index: to be read; None: the table, with a consistent read.
            where: filter of what was read.
            only: attributes; none: all.
            count: the number of items alone.
            limit: items of a page, before the filter; each page has four times as many as the last.
            newest_first: by descending sort key.
            after: key of an item.
        """
        text = " ".join([condition, where or "", *(f"#{name}" for name in only)])
        arguments: dict[str, Any] = {
            "TableName": self.place.table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": {f":{name}": marshal(value) for name, value in values.items()},
            "ExpressionAttributeNames": {f"#{name}": name for name in names_of(text)},
            "ScanIndexForward": not newest_first,
        }
        arguments |= {"ConsistentRead": True} if index is None else {"IndexName": index}
        if where:
            arguments["FilterExpression"] = where
        if count:
            arguments["Select"] = "COUNT"
        elif only:
            arguments["ProjectionExpression"] = ", ".join(f"#{name}" for name in only)
        while True:
            if limit is not None:
                arguments["Limit"] = limit
                limit = min(4 * limit, 1000)
            if after is not None:
                arguments["ExclusiveStartKey"] = after
            answer = self._ask("_dynamodb", "query", **arguments)
            yield answer
            after = answer.get("LastEvaluatedKey")
            if after is None:
                return

    def _query(self, condition: str, values: Mapping[str, Any], **options: Any) -> Iterator[Item]:
        """Yield the items of a query; see `_pages`."""
        for page in self._pages(condition, values, **options):
            yield from map(item_of, page["Items"])

    def _shard(self, state: str, submission_id: str) -> str:
        """Return a submission's key in the index of its state."""
        return f"{state}#{int(submission_id.encode().hex()[-8:], 16) % self.place.shards}"

    def _shards(self, state: str) -> list[str]:
        """Return all keys of an index."""
        return [f"{state}#{number}" for number in range(self.place.shards)]

    def _each[Given, Got](self, work: Callable[[Given], Got], given: Sequence[Given]) -> list[Got]:
        """Do work that waits for AWS, several at a time; the threads end with it."""
        if len(given) < 2:
            return [work(each) for each in given]
        with ThreadPoolExecutor(min(len(given), AT_A_TIME), thread_name_prefix="zuko-aws") as threads:
            return list(threads.map(work, given))

    # --- the queue of SQS ---

    def _queue(self) -> str:
        if self._queue_url is None:
            self._queue_url = self._ask("_sqs", "get_queue_url", QueueName=self.place.queue)["QueueUrl"]
        return self._queue_url

    def _hint(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Ask SQS for something that no one needs; empty: it does not answer, and is left alone for a while."""
        if time.monotonic() < self._hint_after:
            return {}
        try:
            return self._ask("_sqs", operation, QueueUrl=self._queue(), **arguments)
        except StoreError as error:
            self._hint_after = time.monotonic() + HINT_PAUSE_S
            log.warning("no messages for %g s: %s", HINT_PAUSE_S, error)
            return {}

    def _receive(self, wait_s: int, count: int) -> dict[str, str]:
        """Return ids that were rung for, with what deletes their messages; no one else hears them for 10 s."""
        asked = {"WaitTimeSeconds": wait_s, "MaxNumberOfMessages": count, "VisibilityTimeout": 10}
        if wait_s:
            answer = self._ask("_sqs_wait", "receive_message", QueueUrl=self._queue(), **asked)
        else:
            answer = self._hint("receive_message", **asked)
        return {message["Body"]: message["ReceiptHandle"] for message in answer.get("Messages", [])}


def is_refused(error: StoreError, *codes: str) -> bool:
    """Return whether AWS has refused a request with one of these codes."""
    cause = error.__cause__
    return isinstance(cause, ClientError) and cause.response.get("Error", {}).get("Code") in codes


def _explained(operation: str, code: str) -> str:
    if code in _MISSING:
        return "the table, bucket or queue of submissions does not exist: `zuko store migrate` makes it"
    if code in {"AccessDeniedException", "AccessDenied", "AccessDeniedFault"}:
        return f"the role of this process may not do {operation} with the store"
    return f"the store refused {operation}: {code or 'unknown'}"
