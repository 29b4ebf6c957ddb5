"""Steps of workers that end an attempt: finish, and release."""

import json
import os
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from zuko.submissions.aws.base import LostError
from zuko.submissions.aws.clients import AwsClients, forgotten
from zuko.submissions.aws.items import (
    MESSAGE_MAX,
    RECEIPT_BYTES,
    RESULT_BYTES,
    RESULTS_IN_ROW,
    Item,
    id_of,
    submission_key,
)
from zuko.submissions.aws.place import Place
from zuko.submissions.model import LOSSES_MAX, End, Hold, State

_HELD_MAX: Final = 1000


class AwsEnds(AwsClients):
    """Ends of attempts."""

    def __init__(self, place: Place, *, lease_s: float) -> None:
        super().__init__(place, lease_s=lease_s)
        self._held: OrderedDict[str, Item] = OrderedDict()  # rows that this process has claimed

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

    def finish_all(self, ends: Sequence[End]) -> list[bool]:
        """End several attempts, each by itself, at a time."""

        def finish(end: End) -> bool:
            return self.finish(
                end.hold, end.state, result=end.result, reason=end.reason, message=end.message, receipt=end.receipt
            )

        return self._each(finish, ends)

    def release(self, hold: Hold, *, reason: str | None = None, message: str | None = None, counted: bool) -> bool:
        """Give a submission back to the queue, in its old place: see `Store`."""
        row = self._get(submission_key(hold.id))  # not as it was claimed: it may be cancelled
        self._held.pop(hold.id, None)
        if row is None or not is_held(row, hold):
            return False
        return self._give_back(row, fence(hold), reason, message, counted=counted)

    def _hold(self, row: Item) -> None:
        """Keep a row that was claimed, for its end."""
        self._held[id_of(row)] = row
        while len(self._held) > _HELD_MAX:
            self._held.popitem(last=False)

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


def is_held(row: Item, hold: Hold) -> bool:
    """Return whether an attempt is its worker's."""
    return all(row.get(name) == value for name, value in fence(hold).items())


def _fitting(receipt: str | None) -> str | None:
    """Return a receipt that an item has room for."""
    if receipt is None or len(receipt.encode()) <= RECEIPT_BYTES:
        return receipt
    fields = json.loads(receipt)
    fields.get("raw", {}).pop("cases", None)
    return json.dumps(fields, separators=(",", ":"))


def _given(**values: str | None) -> Item:
    return {name: value for name, value in values.items() if value is not None}
