"""Steps of workers that claim what is queued."""

import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.aws.base import LostError
from zuko.submissions.aws.clock import SLACK
from zuko.submissions.aws.ends import AwsEnds
from zuko.submissions.aws.items import Item, claim_of, id_of, item_of, place_of, submission_key, tenant_of
from zuko.submissions.aws.place import Place
from zuko.submissions.aws.reading import ExpiredError
from zuko.submissions.model import Claim, FailureReason, Hold, State

log = logging.getLogger(__name__)

_CANDIDATES: Final = 25  # entries of the index that a claim reads at first
_GONE_MAX: Final = 1000
_MISSING: Final = "its request is no longer in the store"


class AwsClaims(AwsEnds):
    """Claims."""

    def __init__(self, place: Place, *, lease_s: float) -> None:
        super().__init__(place, lease_s=lease_s)
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
        is_away = False
        try:
            self._claim(worker, languages, limit, heard, rows)
        except StoreError:
            if not rows:
                raise  # else the next claim says so; what was claimed must not wait for the end of its lease
            is_away = True
        claimed = [claim for row in rows if (claim := self._claimed(row)) is not None]
        if not is_away:
            self._settle(heard, rows)
        self._wakes.found(enough=len(rows) == limit)
        return claimed

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
        with contextlib.suppress(StoreError):  # it is claimed: without these the order is worse, and nothing else
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
        self._hold(row)
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
                self._hint("delete_message_batch", Entries=entries)
        except StoreError as error:  # they come again
            log.warning("messages were not deleted: %s", error)

    def _is_gone(self, entry: Item) -> bool:
        return (entry["pk"], entry["attempt"]) in self._gone

    def _note_gone(self, entry: Item) -> None:
        with self._claiming:
            self._gone[entry["pk"], entry["attempt"]] = None
            while len(self._gone) > _GONE_MAX:
                self._gone.popitem(last=False)


def _can_do(entry: Item, languages: frozenset[str] | None) -> bool:
    return languages is None or languages.issuperset(filter(None, entry["needs"].split(",")))
