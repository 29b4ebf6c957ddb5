"""Upkeep, which any process may do: webhooks that are due, leases that are over, and the purge."""

import logging
import math
import time
from collections.abc import Mapping
from itertools import islice
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.aws.base import LostError
from zuko.submissions.aws.items import Item, id_of, item_of, key, submission_key, tenant_of
from zuko.submissions.aws.place import Place
from zuko.submissions.aws.problems import AwsProblems
from zuko.submissions.aws.workers import AwsWorkers
from zuko.submissions.model import NO_BOUND, WATCH_GAP_S, FailureReason, Hook, Outbox, State
from zuko.submissions.shares import shares
from zuko.submissions.store import NONE_BUSY

log = logging.getLogger(__name__)

HOOKS_READ_MAX: Final = 20_000  # webhooks that are due, of a shard: each read of so many costs a tenth of a cent
SWEEP_S: Final = 60.0  # between two sweeps, of all processes
UNRUNG_S: Final = 60.0  # what has been queued for this long may have no message
_SWEPT: Final = 10  # of each shard: those behind them are claimed after them, without a message
_LOST: Final = "its worker stopped answering"
KEEP_LEAST_S: Final = 60.0  # of the setting
_LATE_S: Final = 2 * 86400.0  # DynamoDB removes what has expired within a few days
_EVENTS_SOON_S: Final = 3600.0  # what is kept for so long expires by itself, within a day
_SCAN_PAUSE_S: Final = 5.0  # for each unit of a scan that was longer than this:
_SCAN_FREE: Final = 64  # units


class AwsUpkeep(AwsWorkers, AwsProblems):
    """Upkeep, which any process may do."""

    def __init__(self, place: Place, *, lease_s: float) -> None:
        super().__init__(place, lease_s=lease_s)
        self._watched_since = 0.0  # on the monotonic clock
        self._looked = 0.0, 0.0  # at the store, on the monotonic clock and on the store's
        self._scan_after = 0.0  # on the monotonic clock
        self._sweep_after = 0.0

    def watch(self) -> bool:
        """Record that this process looks at the store; return whether leases count: see `Store`.

        Each process knows of its own looks alone: to share them would cost a write a second.
        """
        self._get(key("QUEUE"), consistent=False)
        looked = time.monotonic(), self.clock.now()
        if any(abs(now - before) > WATCH_GAP_S for now, before in zip(looked, self._looked, strict=True)):
            self._watched_since = looked[0]
        self._looked = looked
        return looked[0] - self._watched_since >= self.lease_s

    def reclaim(self) -> int:
        """Take back what workers hold whose leases are over: a loss for each. Return how many."""
        over = self.clock.now()
        count = 0
        for shard in self._shards("running"):
            entries = self._query("#w = :w AND #at < :over", {"w": shard, "over": over}, index="work")
            for entry in entries:
                row = self._get(submission_key(id_of(entry)))
                if row is None or row["state"] != State.RUNNING or row["lease"] != entry["at"]:
                    continue  # the index was late
                # The lease is a part of the fence: the worker may renew it at this moment.
                when = {"state": row["state"], "attempt": row["attempt"], "lease": row["lease"]}
                count += self._give_back(row, when, FailureReason.WORKER_LOST, _LOST, counted=True)
        self._sweep()
        return count

    def purge(self, *, keep_s: float, keep_events_s: float) -> int:
        """Remove what has ended longer ago than that, and parts that nothing uses; return how many submissions.

        DynamoDB does so by itself, for nothing, by the time that a row gets when it ends, and the lifecycle of the
        bucket by the age of its objects. A scan finds the rest: rows that got another time, as the setting was another.
        It costs a unit for 8 KB, so a long one is not repeated for a while.
        """
        if keep_s != self.keep_s and keep_s >= KEEP_LEAST_S:
            self.keep_s = keep_s
            self._update(key("META"), {"keep": keep_s}, {})
        self._renew_problems()
        if time.monotonic() < self._scan_after:
            return 0
        return self._purge(keep_s, keep_events_s if keep_events_s < _EVENTS_SOON_S else math.inf)

    def due_hooks(
        self,
        limit: int,
        lease_s: float,
        *,
        busy: Mapping[str, int] = NONE_BUSY,
        tenant_max: int = NO_BOUND,
        outbox: Outbox | None = None,
    ) -> list[Hook]:
        """Return webhooks that are due, in fair shares: see `Store`. Of very many, those behind the first are not."""
        due: dict[str, list[Item]] = {}
        for shard in [shard for each in ([outbox] if outbox else Outbox) for shard in self._shards(each)]:
            values = {"h": shard, "now": self.clock.now()}
            entries = self._query("#h = :h AND #due <= :now", values, index="hooks", limit=limit)
            for entry in islice(entries, HOOKS_READ_MAX):
                own = due.setdefault(tenant_of(entry), [])
                if len(own) < limit:
                    own.append(entry)
        given = shares({tenant: len(entries) for tenant, entries in due.items()}, busy, limit, tenant_max)
        hooks: list[Hook] = []
        for entry in [entry for tenant, count in given.items() for entry in due[tenant][:count]]:
            when = {"hook": "due", "due": entry["due"]}
            try:
                row = self._update(submission_key(id_of(entry)), {"due": self.clock.now() + lease_s}, when)
            except LostError:
                continue
            hooks.append(
                Hook(id_of(row), tenant_of(row), row["hook_attempt"], row["webhook"], row["tries"], row["due"])
            )
        return hooks

    def hook_delivered(self, hook: Hook) -> None:
        """Record that a webhook was delivered, or is no longer wanted."""
        self._tried(hook, {"hook": "delivered", "hook_error": None, "due": None, "h": None})

    def hook_failed(self, hook: Hook, error: str, retry_s: float | None) -> None:
        """Record a failed try, and when the next one is due; None: it is undelivered."""
        if retry_s is None:
            self._tried(hook, {"hook": "undelivered", "hook_error": error, "due": None, "h": None})
        else:
            self._tried(hook, {"hook_error": error, "due": self.clock.now() + retry_s})

    def resend_hook(self, tenant: str, submission_id: str) -> bool:
        """Make the webhook of an ended submission due again; False: it has none."""
        row = self._row(tenant, submission_id)
        if row is None or "hook" not in row:
            return False
        values = {
            "hook": "due",
            "tries": 0,
            "due": self.clock.now(),
            "h": self._shard(Outbox.of(row["webhook"]), submission_id),
        }
        try:
            self._update(submission_key(submission_id), values, {name: row[name] for name in ("hook", "hook_attempt")})
        except LostError:  # it is queued again, or was tried at this moment
            return False
        return True

    def _tried(self, hook: Hook, values: Item) -> None:
        when = {"hook": "due", "hook_attempt": hook.attempt, "tries": hook.tries, "due": hook.due_at}
        try:
            self._update(submission_key(hook.id), values | {"tries": hook.tries + 1}, when)
        except LostError:  # someone has asked for it again, or for another judging
            return

    def _sweep(self) -> None:
        """Ring again for the first of the queue, once a minute: their messages may be lost."""
        if time.monotonic() < self._sweep_after:
            return
        self._sweep_after = time.monotonic() + SWEEP_S
        now = self.clock.now()
        try:
            self._ask(
                "_dynamodb",
                "update_item",
                TableName=self.place.table,
                Key=key("SWEEP"),
                UpdateExpression="SET #at = :now",
                ConditionExpression="attribute_not_exists(#at) OR #at < :before",
                ExpressionAttributeNames={"#at": "swept"},
                ExpressionAttributeValues={":now": {"N": repr(now)}, ":before": {"N": repr(now - SWEEP_S)}},
            )
        except LostError:
            return
        for shard in self._shards("queued"):
            page = next(self._pages("#w = :w", {"w": shard}, index="work", limit=_SWEPT))
            self._announce([entry for entry in map(item_of, page["Items"]) if entry["queued"] < now - UNRUNG_S])

    def _purge(self, keep_s: float, keep_events_s: float) -> int:
        """Look at the whole table, and remove what is old."""
        now = self.clock.now()
        silent: set[str] = set()  # ended so long ago that their events go
        with_events: set[str] = set()
        old: list[str] = []
        units = 0.0
        names = ("pk", "ended", "hook", "expires")
        arguments = {
            "TableName": self.place.table,
            "ProjectionExpression": ", ".join(f"#{name}" for name in names),
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
            "FilterExpression": "attribute_exists(#ended) OR begins_with(#pk, :events)",
            "ExpressionAttributeValues": {":events": {"S": "E#"}},
            "ReturnConsumedCapacity": "TOTAL",
        }
        while True:
            answer = self._ask("_dynamodb", "scan", **arguments)
            units += answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)
            for item in map(item_of, answer["Items"]):
                if item["pk"].startswith("E#"):
                    with_events.add(id_of(item))
                    continue
                if item["ended"] < now - keep_events_s:
                    silent.add(id_of(item))
                # What is to be delivered stays until it was: to read the submission is a part of it.
                is_expiring = now - _LATE_S < item["expires"] <= now
                if item["ended"] < now - keep_s and item.get("hook") != "due" and not is_expiring:
                    old.append(id_of(item))
            if "LastEvaluatedKey" not in answer:
                break
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        if units > _SCAN_FREE:
            self._scan_after = time.monotonic() + units * _SCAN_PAUSE_S
        self._each(self._remove_events, list(with_events & silent))
        return sum(self._each(lambda each: self._remove_old(each, now - keep_s), old))

    def _remove_old(self, submission_id: str, before: float) -> bool:
        row = self._get(submission_key(submission_id))
        if row is None or not State(row["state"]).is_final or row["ended"] >= before:
            return False  # judged again meanwhile
        return self._remove(row)

    def _renew_problems(self) -> None:
        try:
            self._renew_problem_parts()
        except StoreError as error:  # the next purge tries again: there are weeks
            log.warning("parts of problems were not renewed: %s", error)
