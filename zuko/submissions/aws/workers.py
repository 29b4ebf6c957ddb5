"""Steps of workers that hold something: leases and events; and the workers themselves."""

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from zuko.submissions.aws.base import LostError
from zuko.submissions.aws.claims import AwsClaims
from zuko.submissions.aws.clock import SLACK
from zuko.submissions.aws.ends import fence, is_held
from zuko.submissions.aws.items import Item, key, submission_key
from zuko.submissions.aws.reading import event_key
from zuko.submissions.model import Event, Hold, Renewal, WorkerInfo

EVENTS_S: Final = 86400.0  # that events are kept
WORKER_S: Final = 60.0


class AwsWorkers(AwsClaims):
    """Steps of workers."""

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
        if row is None or not is_held(row, hold):
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
