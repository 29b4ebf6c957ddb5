"""Changes by clients of what is stored: cancel, remove, rejudge."""

import contextlib
import json
from collections.abc import Sequence
from functools import partial
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.aws.base import LostError
from zuko.submissions.aws.items import (
    ATTEMPTS_BYTES,
    Item,
    fits,
    id_of,
    key,
    key_name,
    problem_name,
    submission_key,
    tenant_of,
)
from zuko.submissions.aws.reading import ExpiredError
from zuko.submissions.aws.submitting import MICROSECOND, AwsSubmitting
from zuko.submissions.model import (
    ATTEMPTS_MAX,
    NO_BOUND,
    Filter,
    Outbox,
    ProblemRef,
    State,
)

_TRIES: Final = 10
# What only an ended submission has.
_ENDED: Final = (
    *("started", "ended", "expires", "reason", "message", "worker", "cancel"),
    *("hook", "hook_attempt", "hook_error", "tries", "h", "due"),
)


class AwsClients(AwsSubmitting):
    """Changes by clients."""

    def cancel(self, tenant: str, submission_id: str) -> State | None:
        """Cancel a submission; a running one ends within the time in which its worker renews its lease.

        Returns:
            its state afterwards; None: there is no such submission.
        """
        for _ in range(_TRIES):
            row = self._row(tenant, submission_id)
            if row is None:
                return None
            state = State(row["state"])
            if state.is_final:
                return state
            try:
                if state is State.RUNNING:
                    self._update(submission_key(submission_id), {"cancel": True}, _fence(row))
                    self.bell.ring(submission_id)
                    return state
                self._end(row, State.CANCELLED, {"reason": None, "message": None}, _fence(row))
            except LostError:
                continue
            return State.CANCELLED
        raise StoreError("a submission changes faster than it can be cancelled")

    def remove(self, tenant: str, submission_id: str) -> bool:
        """Remove a submission that has ended, with all its attempts; False: there is none, or it has not ended."""
        row = self._row(tenant, submission_id)
        if row is None or not State(row["state"]).is_final:
            return False
        is_removed = self._remove(row)
        self.bell.ring(submission_id)
        return is_removed

    def rejudge(
        self,
        tenant: str,
        wanted: Filter,
        *,
        ids: Sequence[str] | None = None,
        problem: ProblemRef | None = None,
        queued_max: int = NO_BOUND,
        tenant_max: int = NO_BOUND,
    ) -> list[str]:
        """Queue ended submissions again: see `Store`."""
        if ids is None:
            rows = [row for page in self._newest(tenant, wanted, None) for row in page]
        else:
            rows = [
                row for row in self._get_many([submission_key(each) for each in {*ids}]) if tenant_of(row) == tenant
            ]
        rows = [row for row in rows if State(row["state"]).is_final and fits(row, wanted)]
        rows.sort(key=lambda row: (row["created"], row["pk"]))
        if not rows:
            return []
        queue = self._look_for_room(len(rows), queued_max)
        ranks = self._ranks(tenant, len(rows), position=queue.position, tenant_max=tenant_max, prioritized=False)
        now = self.clock.now()
        jury = None if problem is None else self._jury(tenant, problem)
        again = partial(self._queue_again, problem=problem, jury=jury, has_priorities=ranks.has_priorities)
        places = [(row, ranks.first + number, now + number * MICROSECOND) for number, row in enumerate(rows)]
        queued = [row for row in self._each(lambda place: again(*place), places) if row is not None]
        self._announce(queued)
        return [id_of(row) for row in queued]

    def _end(self, row: Item, state: State, values: Item, when: Item, attempt: Item | None = None) -> Item:
        """End a submission.

        Args:
            row: as it was read.
            state: the final one.
            values: in addition to the state.
            when: the fence.
            attempt: that ends with it.

        Raises:
            LostError: the fence does not hold.
        """
        now = self.clock.now() if attempt is None else attempt["ended"]
        values = values | {
            "state": state.value,
            "ended": now,
            "expires": int(now + self.keep_s),
            **dict.fromkeys(("w", "at", "turn", "place", "lease", "cancel")),
        }
        if "webhook" in row:
            values |= {
                "hook": "due",
                "hook_attempt": row["attempt"],
                "hook_error": None,
                "tries": 0,
                "h": self._shard(Outbox.of(row["webhook"]), id_of(row)),
                "due": now,
            }
        ended = self._update(submission_key(id_of(row)), values, when, attempt=attempt, forget=forgotten(row))
        self.bell.ring(id_of(row))
        return ended

    def _remove(self, row: Item) -> bool:
        """Remove a submission; what else belongs to it would expire by itself. False: it is no longer as it was."""
        submission_id = id_of(row)
        if not self._delete(submission_key(submission_id), _fence(row)):  # it is judged again
            return False
        if "request" not in row:
            self._delete_blob(f"requests/{submission_id}")
        for entry in row["attempts"].values():
            if "elsewhere" in entry:
                self._delete_blob(entry["elsewhere"])
        self._remove_events(submission_id)
        if "key" in row:
            self._delete(key(key_name(tenant_of(row), row["key"])), {"id": submission_id})
        return True

    def _remove_events(self, submission_id: str) -> None:
        for page in self._pages("#pk = :pk", {"pk": f"E#{submission_id}"}, only=("pk", "sk")):
            self._each(self._delete, page["Items"])

    def _jury(self, tenant: str, problem: ProblemRef) -> Sequence[str] | None:
        """Return the languages of the programs of a problem's version; None: there is no such version."""
        item = self._get(key(problem_name(tenant, problem.name), f"{problem.version:08d}"))
        return None if item is None else json.loads(item["languages"])

    def _queue_again(
        self,
        row: Item,
        rank: int,
        now: float,
        *,
        problem: ProblemRef | None,
        jury: Sequence[str] | None,
        has_priorities: bool,
    ) -> Item | None:
        """Queue an ended submission; None: something else has happened to it."""
        if "request" not in row:
            self._renew_blob(f"requests/{id_of(row)}")
        with contextlib.suppress(ExpiredError):  # who claims it reports that
            self.missing_parts(self._request(row).hashes)
        values: Item = {"state": State.QUEUED.value, "rank": rank, "queued": now, "losses": 0}
        if has_priorities:
            values["turns"] = True
        if problem is not None:
            values |= {"problem": problem.name, "version": problem.version}
        if jury is not None:
            values["needs"] = ",".join(sorted({row["language"], *jury}))
        values |= dict.fromkeys(_ENDED)
        values |= self._queued(row | {name: value for name, value in values.items() if value is not None})
        try:
            return self._update(submission_key(id_of(row)), values, _fence(row))
        except LostError:
            return None


def _fence(row: Item) -> Item:
    """Return what a row must still be."""
    return {"state": row["state"], "attempt": row["attempt"]}


def forgotten(row: Item) -> list[str]:
    """Return the attempts that a row has no place for, when it gets another one."""
    numbers = sorted(row["attempts"], key=int, reverse=True)
    size_bytes = 0
    for place, number in enumerate(numbers, 1):
        size_bytes += sum(len(f"{name}{value}".encode()) for name, value in row["attempts"][number].items())
        if place >= ATTEMPTS_MAX or size_bytes > ATTEMPTS_BYTES:
            return numbers[place - 1 :]
    return []
