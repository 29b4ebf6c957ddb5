"""Steps of workers: claim, renew, events, finish, release; and the workers themselves."""

import contextlib
import json
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.aws.base import LostError
from zuko.submissions.aws.clients import AwsClients, forgotten
from zuko.submissions.aws.clock import SLACK
from zuko.submissions.aws.items import (
    MESSAGE_MAX,
    RECEIPT_BYTES,
    RESULT_BYTES,
    RESULTS_IN_ROW,
    Item,
    claim_of,
    id_of,
    item_of,
    key,
    place_of,
    submission_key,
    tenant_of,
)
from zuko.submissions.aws.place import Place
from zuko.submissions.aws.reading import ExpiredError, event_key
from zuko.submissions.model import (
    LOSSES_MAX,
    Claim,
    Event,
    FailureReason,
    Hold,
    Renewal,
    State,
    WorkerInfo,
)

log = logging.getLogger(__name__)

EVENTS_S: Final = 86400.0  # that events are kept
WORKER_S: Final = 60.0
_CANDIDATES: Final = 25  # entries of the index that a claim reads at first
_SEEN_MAX: Final = 1000
_MISSING: Final = "its request is no longer in the store"


class AwsWorkers(AwsClients):
    """Steps of workers."""

    def __init__(self, place: Place, *, lease_s: float) -> None:
        super().__init__(place, lease_s=lease_s)
        self._held: OrderedDict[str, Item] = OrderedDict()  # rows that this process has claimed
        # Entries that the index still has although they were claimed: it follows the table by some milliseconds.
        self._gone: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._spread = 0  # entries that are left to others, as several claim the same ones
        self._claiming = threading.Lock()

    def claim(self, worker: str, languages: frozenset[str] | None, limit: int) -> list[Claim]:
        """Claim queued submissions, by rank; each has a lease of LEASE_S.

        Args:
            worker: name of the worker.
            languages: that it has; None: all.
            limit: at most so many.
        """
        if limit < 1:
            return []
        heard = self._wakes.take_heard()
        rows: list[Item] = []
        try:
            self._claim(worker, languages, limit, heard, rows)
        except StoreError:
            if not rows:
                raise  # else the next claim says so; what was claimed must not wait for the end of its lease
        claimed = [claim for row in rows if (claim := self._claimed(row)) is not None]
        self._settle(heard, rows)
        self._wakes.found(enough=len(rows) == limit)
        return claimed

    def renew(self, worker: str, holds: Sequence[Hold]) -> Renewal:
        """Renew the leases of a worker, and report what it is to end."""
        lost, cancelled = set(), set()

        def renew(hold: Hold) -> None:
            lease = self.clock.now() + self.lease_s * SLACK
            try:
                row = self._update(submission_key(hold.id), {"lease": lease, "at": lease}, fence(hold))
            except LostError:
                lost.add(hold.id)
                return
            if row.get("cancel"):
                cancelled.add(hold.id)

        mine = [hold for hold in holds if hold.worker == worker]
        self._each(renew, mine)
        return Renewal(frozenset(lost) | {hold.id for hold in holds if hold not in mine}, frozenset(cancelled))

    def add_events(self, hold: Hold, events: Sequence[Event]) -> bool:
        """Store events of a running attempt.

        They are not in one transaction with the look at the row, which would double the price: what a worker that has
        just lost the attempt adds is of that attempt, and gone with the next one.
        """
        row = self._get(submission_key(hold.id))
        if row is None or not _is_held(row, hold):
            return False
        expires = int(self.clock.now() + EVENTS_S)
        for pack in _packs(sorted(events, key=attrgetter("number"))):
            self._put(
                {
                    "pk": f"E#{hold.id}",
                    "sk": event_key(hold.attempt, pack[-1].number),
                    "events": json.dumps([(event.number, event.data) for event in pack], ensure_ascii=False),
                    "expires": expires,
                }
            )
        if events:
            self.bell.ring(hold.id)
        return True

    def finish(
        self,
        hold: Hold,
        state: State,
        *,
        result: str | None = None,
        reason: str | None = None,
        message: str | None = None,
        receipt: str | None = None,
    ) -> bool:
        """End an attempt and its submission: done with a result, cancelled, or failed with a reason."""
        row = self._row_of(hold)
        if row is None:
            return False
        attempt = self._attempt(row, state, reason, message) | _given(receipt=_fitting(receipt))
        if result is not None:
            content = result.encode()
            if len(content) > RESULT_BYTES or hold.attempt > RESULTS_IN_ROW:
                # Another name each time: what a worker has lost must not write over what was accepted.
                attempt["elsewhere"] = f"results/{hold.id}/{hold.attempt}-{os.urandom(8).hex()}"
                self._put_blob(attempt["elsewhere"], content)
            else:
                attempt["result"] = result
        values = {"reason": reason, "message": attempt.get("message")}
        try:
            self._end(row, state, values, fence(hold), attempt)
        except LostError:
            return False
        finally:
            self._held.pop(hold.id, None)
        return True

    def release(self, hold: Hold, *, reason: str | None = None, message: str | None = None, counted: bool) -> bool:
        """Give a submission back to the queue, in its old place: see `Store`."""
        row = self._get(submission_key(hold.id))  # not as it was claimed: it may be cancelled
        self._held.pop(hold.id, None)
        if row is None or not _is_held(row, hold):
            return False
        return self._give_back(row, fence(hold), reason, message, counted=counted)

    def beat(self, worker: WorkerInfo) -> None:
        """Record that a worker is there."""
        now = self.clock.now()
        item: Item = {
            "pk": "W",
            "sk": worker.name,
            "host": worker.host,
            "slots": worker.slots,
            "languages": ",".join(worker.languages),
            "factor": worker.factor,
            "version": worker.version,
            "draining": worker.draining,
            "seen": now,
            "expires": int(now + 3600),
        }
        self._put(item)

    def leave(self, name: str) -> None:
        """Record that a worker has ended."""
        self._delete(key("W", name))

    def workers(self) -> list[WorkerInfo]:
        """Return the workers that have reported within a minute."""
        since = self.clock.now() - WORKER_S
        return [
            WorkerInfo(
                name=item["sk"],
                host=item["host"],
                slots=item["slots"],
                languages=tuple(filter(None, item["languages"].split(","))),
                factor=item["factor"],
                version=item["version"],
                draining=item["draining"],
                seen_at=item["seen"],
            )
            for item in self._query("#pk = :pk", {"pk": "W"})
            if item["seen"] > since
        ]

    # --- claim ---

    def _claim(
        self, worker: str, languages: frozenset[str] | None, limit: int, heard: dict[str, str], rows: list[Item]
    ) -> None:
        """Claim submissions: those of the index by rank, and among them those that it does not show yet.

        Args:
            worker: name of the worker.
            languages: that it has; None: all.
            limit: at most so many.
            heard: ids that were rung for.
            rows: get what was claimed, also if the store fails in between.
        """
        prioritized: dict[str, bool] = {}
        skip, self._spread = self._spread, 0
        for batch in self._candidates(languages, heard):
            for number, entry in enumerate(batch):
                if skip and number % (skip + 1) != skip and len(batch) > skip:
                    continue
                tenant = tenant_of(entry)
                if tenant not in prioritized:
                    prioritized[tenant] = self._has_priorities(tenant)
                row = self._start(entry, worker, languages, prioritized=prioritized[tenant])
                if row is None:  # another worker was faster; its next ones are probably taken, too
                    skip = min(2 * skip + 1, _CANDIDATES // 2)
                    continue
                rows.append(row)
                if len(rows) == limit:
                    self._spread = skip // 2
                    return

    def _candidates(self, languages: frozenset[str] | None, heard: dict[str, str]) -> Iterator[list[Item]]:
        """Yield entries of queued submissions that a worker can do, by rank, in lists that get longer."""
        unseen = set(heard)
        shards = [
            self._pages("#w = :w", {"w": shard}, index="work", limit=_CANDIDATES) for shard in self._shards("queued")
        ]
        while shards:
            entries = []
            for pages in list(shards):
                page = next(pages, None)
                if page is None:
                    shards.remove(pages)
                    continue
                entries += [item_of(each) for each in page["Items"]]
            unseen -= {id_of(entry) for entry in entries}
            if not entries and unseen:
                entries = [row for row in self._get_many([*map(submission_key, unseen)]) if row["state"] == "queued"]
                unseen = set()
            fitting = [entry for entry in entries if _can_do(entry, languages) and not self._is_gone(entry)]
            yield sorted(fitting, key=lambda entry: (entry["at"], entry["pk"]))

    def _start(self, entry: Item, worker: str, languages: frozenset[str] | None, *, prioritized: bool) -> Item | None:
        """Claim a submission, or the one of its tenant that has a higher priority and gets its place in the queue.

        Returns:
            its row; None: it is queued no longer.
        """
        better = self._better(entry, languages) if prioritized else None
        chosen = better or entry
        now = self.clock.now()
        lease = now + self.lease_s * SLACK
        values: Item = {
            "state": State.RUNNING.value,
            "rank": entry["at"],
            "attempt": chosen["attempt"] + 1,
            "worker": worker,
            "started": now,
            "lease": lease,
            "w": self._shard("running", id_of(chosen)),
            "at": lease,
            "turn": None,
            "place": None,
        }
        when = {"state": State.QUEUED.value, "attempt": chosen["attempt"], "at": chosen["at"]}
        try:
            row = self._update(submission_key(id_of(chosen)), values, when)
        except LostError as error:
            if error.old.get("state") != State.QUEUED or error.old["attempt"] != chosen["attempt"]:
                self._note_gone(chosen)
            return None
        self._note_gone(chosen)
        if better is not None:
            self._move(entry, better["at"])
        self._note_position(entry["at"])
        return row

    def _better(self, entry: Item, languages: frozenset[str] | None) -> Item | None:
        """Return the queued submission of an entry's tenant that comes before it, by priority and age; None: it is."""
        own = place_of(entry)
        turns = self._pages(
            "#turn = :turn AND #place < :place",
            {"turn": entry["tenant"], "place": own},
            index="turn",
            limit=_CANDIDATES,
        )
        for page in turns:
            for other in map(item_of, page["Items"]):
                if _can_do(other, languages) and not self._is_gone(other):
                    return other
        return None

    def _move(self, entry: Item, rank: int) -> None:
        """Give a queued submission another rank; by its age, it is now the first of its priority."""
        when = {"state": State.QUEUED.value, "attempt": entry["attempt"], "at": entry["at"]}
        values = {"rank": rank, "at": rank, "turns": True, "turn": entry["tenant"], "place": place_of(entry)}
        try:
            self._update(submission_key(id_of(entry)), values, when)
        except LostError:  # another worker has claimed it: this tenant was served twice
            return

    def _claimed(self, row: Item) -> Claim | None:
        """Return what a worker gets; None: its request cannot be read, and it has been given back."""
        hold = Hold(id_of(row), row["attempt"], row["worker"])
        try:
            claim = claim_of(row, self._request(row))
        except ExpiredError:
            # A later try would find as little; so it is lost LOSSES_MAX times, and then fails.
            self.release(hold, reason=FailureReason.INTERNAL_ERROR, message=_MISSING, counted=True)
            return None
        except StoreError as error:
            log.warning("a submission is given back: %s", error)
            with contextlib.suppress(StoreError):
                self.release(hold, counted=False)
            return None
        self._held[claim.hold.id] = row
        while len(self._held) > _SEEN_MAX:
            self._held.popitem(last=False)
        return claim

    def _settle(self, heard: dict[str, str], rows: list[Item]) -> None:
        """Delete messages of what is not queued: of what was claimed now, and as many others that anyone has claimed.

        A busy worker waits for no message, but receives as many as it claims, so that they do not pile up.
        """
        claimed = {id_of(row) for row in rows}
        try:
            if rows and not heard:
                heard = self._receive(0, min(len(rows), 10))
            others = [submission_key(each) for each in heard if each not in claimed]
            waiting = {id_of(row) for row in self._get_many(others) if row["state"] == "queued"}
            receipts = [receipt for each, receipt in heard.items() if each not in waiting]
            for start in range(0, len(receipts), 10):
                entries = [
                    {"Id": str(number), "ReceiptHandle": receipt}
                    for number, receipt in enumerate(receipts[start : start + 10])
                ]
                self._ask("_sqs", "delete_message_batch", QueueUrl=self._queue(), Entries=entries)
        except StoreError as error:  # they come again
            log.warning("messages were not deleted: %s", error)

    def _is_gone(self, entry: Item) -> bool:
        return (entry["pk"], entry["attempt"]) in self._gone

    def _note_gone(self, entry: Item) -> None:
        with self._claiming:
            self._gone[entry["pk"], entry["attempt"]] = None
            while len(self._gone) > _SEEN_MAX:
                self._gone.popitem(last=False)

    # --- the end of an attempt ---

    def _row_of(self, hold: Hold) -> Item | None:
        """Return the row of an attempt, as it was claimed; what a fence protects has not changed since."""
        row = self._held.get(hold.id)
        if row is not None and row["attempt"] == hold.attempt:
            return row
        row = self._get(submission_key(hold.id))
        return row if row is not None and row["attempt"] == hold.attempt and "started" in row else None

    def _attempt(self, row: Item, state: State, reason: str | None, message: str | None) -> Item:
        """Return the record of an attempt that ends now."""
        ended = {"number": row["attempt"], "state": state.value, "started": row["started"], "ended": self.clock.now()}
        return ended | _given(reason=reason, message=None if message is None else message[:MESSAGE_MAX])

    def _give_back(self, row: Item, when: Item, reason: str | None, message: str | None, *, counted: bool) -> bool:
        """End an attempt without a result: the submission is queued again, or has ended.

        Args:
            row: of the submission, as it is now.
            when: the fence.
            reason: why.
            message: the reason as a sentence.
            counted: whether it is a loss.

        Returns:
            False: the fence does not hold.
        """
        losses = row.get("losses", 0) + counted
        when = when | {"cancel": row.get("cancel")}
        try:
            if row.get("cancel"):
                attempt = self._attempt(row, State.CANCELLED, reason, message)
                self._end(row, State.CANCELLED, {"losses": losses, "reason": None, "message": None}, when, attempt)
            elif losses >= LOSSES_MAX:
                attempt = self._attempt(row, State.FAILED, reason, message)
                values = {"losses": losses, "reason": reason, "message": attempt.get("message")}
                self._end(row, State.FAILED, values, when, attempt)
            else:
                attempt = self._attempt(row, State.QUEUED, reason, message)
                values = {"state": State.QUEUED.value, "losses": losses, **self._queued(row)}
                values |= dict.fromkeys(("worker", "lease", "started"))
                queued = self._update(submission_key(id_of(row)), values, when, attempt=attempt, forget=forgotten(row))
                self._announce([queued])
        except LostError as error:
            if error.old.get("cancel") and not row.get("cancel"):
                return self._give_back(error.old, when, reason, message, counted=counted)
            return False
        return True


def fence(hold: Hold) -> Item:
    """Return what a row is while an attempt is its worker's."""
    return {"state": State.RUNNING.value, "attempt": hold.attempt, "worker": hold.worker}


def _is_held(row: Item, hold: Hold) -> bool:
    return all(row.get(name) == value for name, value in fence(hold).items())


def _can_do(entry: Item, languages: frozenset[str] | None) -> bool:
    return languages is None or languages.issuperset(filter(None, entry["needs"].split(",")))


def _fitting(receipt: str | None) -> str | None:
    """Return a receipt that an item has room for."""
    if receipt is None or len(receipt.encode()) <= RECEIPT_BYTES:
        return receipt
    fields = json.loads(receipt)
    fields.get("raw", {}).pop("cases", None)
    return json.dumps(fields, separators=(",", ":"))


def _given(**values: str | None) -> Item:
    return {name: value for name, value in values.items() if value is not None}


def _packs(events: Sequence[Event]) -> list[list[Event]]:
    """Divide events into items: an item may have 400 KB, and a character six bytes, as JSON."""
    packs: list[list[Event]] = []
    size = _PACK_BYTES
    for event in events:
        if size + 6 * len(event.data) > _PACK_BYTES:
            packs.append([])
            size = 0
        packs[-1].append(event)
        size += 6 * len(event.data)
    return packs


_PACK_BYTES: Final = 200 * 1024
