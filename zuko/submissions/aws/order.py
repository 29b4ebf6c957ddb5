"""The order of the queue: ranks, the position, and the bounds.

Start-time fair queueing as the port has it, without a row that everyone writes. The position is one below the lowest
queued rank; while nothing is queued, it is what the claims have noted, which they do four times a second at most: a
tenant that comes into an empty queue may be ahead by what was claimed in that time.

A tenant's item gives out its ranks, and has an upper bound of what it has queued: it is raised by each submit, lowered
by nothing, and counted again once it is reached. So a bound costs no write of a claim, and is exact for few. A count of
many, which costs a read for each 30, serves all processes for a time that grows with it.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any, Final

from zuko.errors import QueueFullError, StoreError
from zuko.submissions.aws.base import LostError
from zuko.submissions.aws.blobs import AwsBlobs
from zuko.submissions.aws.items import Item, item_of, key, tenant_value
from zuko.submissions.aws.place import Place

EXACT_MAX: Final = 200  # submissions that are counted each time
COUNTED_A_SECOND: Final = 2000  # beyond that: a count serves for as long as this allows
POSITION_S: Final = 0.25  # between two notes of the position
_TRIES: Final = 50


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue as a submit finds it."""

    position: int
    queued: int  # of all tenants


@dataclass(frozen=True, slots=True)
class Ranks:
    """Ranks that a tenant got."""

    first: int
    has_priorities: bool  # of the tenant: it has used another than 0


class AwsOrder(AwsBlobs):
    """Gives out places in the queue."""

    def __init__(self, place: Place, *, lease_s: float) -> None:
        super().__init__(place, lease_s=lease_s)
        self._position = 0  # the highest rank that this process has seen claimed
        self._position_noted = 0.0  # on the monotonic clock
        self._position_read = 0.0
        self._full: dict[str, tuple[float, int]] = {}  # tenants: when they were counted, and how much
        self._ordering = threading.Lock()

    def _look(self) -> Queue:
        """Return the position, and how much is queued."""
        lowest, queued, is_all = None, 0, True
        for shard in self._shards("queued"):
            pages = self._pages("#w = :w", {"w": shard}, index="work", only=("at",), limit=EXACT_MAX + 1)
            page = next(pages)
            ranks = [item_of(each)["at"] for each in page["Items"]]
            queued += len(ranks)
            is_all = is_all and "LastEvaluatedKey" not in page
            if ranks:
                lowest = ranks[0] if lowest is None else min(lowest, ranks[0])
        if lowest is None:
            return Queue(self._noted_position(), 0)
        if not is_all:
            queued = self._shared_count()
        return Queue(max(self._position, lowest - 1), queued)

    def _look_for_room(self, count: int, queued_max: int) -> Queue:
        """Return the queue.

        Raises:
            QueueFullError: it has no place for so many.
        """
        queue = self._look()
        if queue.queued + count > queued_max:
            raise QueueFullError(queued_max, of_tenant=False)
        return queue

    def _noted_position(self) -> int:
        now = time.monotonic()
        if now - self._position_read > POSITION_S:
            self._position_read = now
            noted = self._get(key("QUEUE"), consistent=False) or {}
            with self._ordering:
                self._position = max(self._position, noted.get("position", 0))
        return self._position

    def _note_position(self, rank: int) -> None:
        """Note that a rank was claimed."""
        now = time.monotonic()
        with self._ordering:
            self._position = max(self._position, rank)
            if now - self._position_noted < POSITION_S:
                return
            self._position_noted = now
            rank = self._position
        self._change_queue(
            "SET #position = :position",
            "attribute_not_exists(#position) OR #position < :position",
            {"position": rank},
        )

    def _shared_count(self) -> int:
        """Return how much is queued, about: the count of any process."""
        noted = self._get(key("QUEUE"), consistent=False) or {}
        queued: int = noted.get("queued", 0)
        if self.clock.now() - noted.get("counted", 0.0) < queued / COUNTED_A_SECOND:
            return queued
        queued = self._count(None)
        values = {"queued": queued, "counted": self.clock.now()}
        self._change_queue("SET #queued = :queued, #counted = :counted", None, values)
        return queued

    def _change_queue(self, update: str, condition: str | None, values: dict[str, Any]) -> None:
        try:
            self._ask(
                "_dynamodb",
                "update_item",
                TableName=self.place.table,
                Key=key("QUEUE"),
                UpdateExpression=update,
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues={f":{name}": {"N": repr(value)} for name, value in values.items()},
                **({"ConditionExpression": condition} if condition else {}),
            )
        except LostError:  # another process has noted a higher one
            return

    def _count(self, tenant: str | None) -> int:
        """Return how much is queued; None: of all tenants."""
        count = 0
        for shard in self._shards("queued"):
            values = {"w": shard}
            where = None
            if tenant is not None:
                values["tenant"] = tenant_value(tenant)
                where = "#tenant = :tenant"
            for page in self._pages("#w = :w", values, index="work", where=where, count=True):
                count += page["Count"]
        return count

    def _ranks(self, tenant: str, count: int, *, position: int, tenant_max: int, prioritized: bool) -> Ranks:
        """Return ranks for submissions of a tenant that are queued now: so many from the first.

        Raises:
            QueueFullError: the bound is reached.
        """
        room = tenant_max - count
        if room < 0:
            raise QueueFullError(tenant_max, of_tenant=True)
        mark = ", #priorities = :yes" if prioritized else ""
        fits = "(attribute_not_exists(#queued) OR #queued <= :room)"
        for _ in range(_TRIES):
            try:
                new = self._change_tenant(
                    tenant,
                    f"SET #last = #last + :count, #queued = #queued + :count{mark}",
                    f"#last >= :position AND {fits}",
                    {"count": count, "position": position, "room": room},
                )
            except LostError as error:
                last, queued = error.old.get("last"), error.old.get("queued", 0)
            else:
                return _ranks_of(new, count)
            if queued > room:
                self._count_again(tenant, queued, count, tenant_max)
                continue
            try:  # it was away, and begins where the queue is
                new = self._change_tenant(
                    tenant,
                    f"SET #last = :last, #queued = :queued{mark}",
                    "attribute_not_exists(#last)" if last is None else f"#last = :old AND {fits}",
                    {"last": position + count, "queued": queued + count}
                    | ({} if last is None else {"old": last, "room": room}),
                )
            except LostError:
                continue
            return _ranks_of(new, count)
        raise StoreError("too many submissions of one tenant at a time")

    def _count_again(self, tenant: str, believed: int, count: int, tenant_max: int) -> None:
        """Count what a tenant has queued, as it may be less than its item has.

        Raises:
            QueueFullError: it is not, or not by enough.
        """
        now = time.monotonic()
        with self._ordering:
            counted_at, queued = self._full.get(tenant, (0.0, 0))
        if queued <= EXACT_MAX or now - counted_at > queued / COUNTED_A_SECOND:
            queued = self._count(tenant)
            with self._ordering:
                self._full[tenant] = now, queued
        if queued + count > tenant_max:
            raise QueueFullError(tenant_max, of_tenant=True)
        try:
            self._change_tenant(tenant, "SET #queued = :queued", "#queued = :old", {"queued": queued, "old": believed})
        except LostError:  # another process has counted, or submitted
            return

    def _has_priorities(self, tenant: str) -> bool:
        item = self._get(key(f"T#{tenant}"), consistent=False)
        return item is not None and "priorities" in item

    def _change_tenant(self, tenant: str, update: str, condition: str, values: dict[str, int]) -> Item:
        names = {"last", "queued"} | ({"priorities"} if "#priorities" in update else set())
        numbers: dict[str, Any] = {f":{name}": {"N": str(value)} for name, value in values.items()}
        answer = self._ask(
            "_dynamodb",
            "update_item",
            TableName=self.place.table,
            Key=key(f"T#{tenant}"),
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeNames={f"#{name}": name for name in names if f"#{name}" in update + condition},
            ExpressionAttributeValues=numbers | ({":yes": {"BOOL": True}} if "priorities" in names else {}),
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return item_of(answer["Attributes"])


def _ranks_of(item: Item, count: int) -> Ranks:
    return Ranks(first=item["last"] - count + 1, has_priorities="priorities" in item)
