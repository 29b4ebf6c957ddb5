"""Reads by clients."""

import base64
import binascii
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from zuko.errors import CursorError, StoreError
from zuko.submissions.aws.blobs import AwsBlobs
from zuko.submissions.aws.items import (
    Item,
    attempt_of,
    fits,
    id_of,
    item_of,
    marshal,
    newest_attempt,
    problem_of,
    read_request,
    submission_key,
    submission_of,
    tenant_of,
    tenant_value,
)
from zuko.submissions.model import (
    Attempt,
    Depth,
    Event,
    Filter,
    Kind,
    NewSubmission,
    Page,
    StoredRequest,
    StoredSubmission,
)

type _Listed[T] = list[T]  # the class has a method of that name

READ_MAX: Final = 20_000  # rows that one page looks at: a filter may find few
_KEYS_A_PAGE: Final = 100
_ID_MAX: Final = 100
_EVER: Final = 1e11  # s since the epoch


class ExpiredError(StoreError):
    """The request of a submission is no longer there."""


class AwsReading(AwsBlobs):
    """Reads by clients."""

    def get(self, tenant: str, submission_id: str) -> StoredSubmission | None:
        """Return a submission with its newest result."""
        row = self._row(tenant, submission_id)
        return None if row is None else submission_of(row, result=self._newest_result(row))

    def get_request(self, tenant: str, submission_id: str) -> tuple[NewSubmission, StoredSubmission] | None:
        """Return a submission as it was stored, too."""
        row = self._row(tenant, submission_id)
        if row is None:
            return None
        stored = submission_of(row, result=self._newest_result(row))
        new = NewSubmission(
            id=stored.id,
            tenant=stored.tenant,
            kind=Kind(row["kind"]),
            language=stored.language,
            needs=tuple(row["needs"].split(",")) if row["needs"] else (),
            request=self._request(row),
            fingerprint=row["fingerprint"],
            key=row.get("key"),
            priority=stored.priority,
            problem=problem_of(row),
            labels=stored.labels,
            webhook=row.get("webhook"),
            trace=row.get("trace"),
        )
        return new, stored

    def list(self, tenant: str, wanted: Filter, *, limit: int, cursor: str | None = None) -> Page:
        """Return a page of submissions, the newest first, without results.

        A page of a filter that fits few may have fewer than it could, and a cursor: `READ_MAX` rows were read for it.

        Raises:
            CursorError: the cursor is not one of this store's.
        """
        after = None if cursor is None else _read_cursor(tenant, cursor)
        found: list[Item] = []
        last: Item = {}
        read = 0
        for rows in self._newest(tenant, wanted, after):
            for row in rows:
                read += 1
                if len(found) == limit or read > max(READ_MAX, limit):
                    return Page(tuple(map(_listed, found)), _cursor(last))
                last = row
                if fits(row, wanted):
                    found.append(row)
        return Page(tuple(map(_listed, found)), None)

    def attempts(self, tenant: str, submission_id: str, *, results_max: int | None = None) -> _Listed[Attempt] | None:
        """Return the ended attempts of a submission, the oldest first.

        Args:
            tenant: owner of the submission.
            submission_id: its id.
            results_max: characters of all results together, of which the oldest are left out; None: all are wanted.
        """
        row = self._row(tenant, submission_id)
        if row is None:
            return None
        attempts = []
        left = math.inf if results_max is None else results_max
        for number, entry in sorted(row["attempts"].items(), key=lambda entry: int(entry[0]), reverse=True):
            result = self._result(row, number) if left > 0 else None
            left -= len(result or "")
            attempts.append(attempt_of(number, entry, result=result if left >= 0 else None))
        return attempts[::-1]

    def events(self, submission_id: str, after: tuple[int, int]) -> _Listed[Event]:
        """Return the events after an attempt and number, in their order; of the newest attempt only."""
        row = self._get(submission_key(submission_id)) if _may_be_id(submission_id) else None
        if row is None or not row["attempt"] or after[0] > row["attempt"]:
            return []
        attempt: int = row["attempt"]
        first = after[1] + 1 if after[0] == attempt else 0
        bounds = {"pk": f"E#{submission_id}", "first": event_key(attempt, first), "last": event_key(attempt + 1, 0)}
        items = self._query("#pk = :pk AND #sk BETWEEN :first AND :last", bounds)
        events = (Event(attempt, number, data) for item in items for number, data in json.loads(item["events"]))
        return sorted({event.number: event for event in events if event.number >= first}.values(), key=_number)

    def depth(self, tenant: str | None = None) -> Depth:
        """Return how much is queued and running; None: of all tenants."""
        queued, running, oldest = 0, 0, None
        for entry in self._work("queued", tenant):
            queued += 1
            oldest = entry["queued"] if oldest is None else min(oldest, entry["queued"])
        for _ in self._work("running", tenant):
            running += 1
        return Depth(queued, running, None if oldest is None else max(self.clock.now() - oldest, 0.0))

    def _work(self, state: str, tenant: str | None) -> Iterator[Item]:
        """Yield the entries of an index."""
        for shard in self._shards(state):
            if tenant is None:
                yield from self._query("#w = :w", {"w": shard}, index="work")
            else:
                values = {"w": shard, "tenant": tenant_value(tenant)}
                yield from self._query("#w = :w", values, index="work", where="#tenant = :tenant")

    def _row(self, tenant: str, submission_id: str) -> Item | None:
        """Return the row of a tenant's submission."""
        row = self._get(submission_key(submission_id)) if _may_be_id(submission_id) else None
        return row if row is not None and tenant_of(row) == tenant else None

    def _newest(self, tenant: str, wanted: Filter, after: dict[str, Any] | None) -> Iterator[_Listed[Item]]:
        """Yield the rows of a tenant in the time that a filter wants, the newest first, in lists."""
        times = {
            "tenant": tenant_value(tenant),
            "first": 0 if wanted.created_from is None else wanted.created_from,
            "last": _EVER if wanted.created_before is None else wanted.created_before,
        }
        pages = self._pages(
            "#tenant = :tenant AND #created BETWEEN :first AND :last",
            times,
            index="tenant",
            only=("pk", "sk"),
            limit=_KEYS_A_PAGE,
            newest_first=True,
            after=after,
        )
        for page in pages:
            for start in range(0, len(page["Items"]), _KEYS_A_PAGE):
                keys = [{"pk": each["pk"], "sk": each["sk"]} for each in page["Items"][start : start + _KEYS_A_PAGE]]
                rows = {id_of(row): row for row in self._get_many(keys)}
                ids = (id_of(item_of(each)) for each in keys)
                yield [rows[each] for each in ids if each in rows]

    def _request(self, row: Item) -> StoredRequest:
        """Return the request of a row.

        Raises:
            ExpiredError: it has expired.
        """
        content = row.get("request") or self._get_blob(f"requests/{id_of(row)}")
        if content is None:
            raise ExpiredError("the request of a submission is missing: the bucket's objects expire too early")
        return read_request(content)

    def _newest_result(self, row: Item) -> str | None:
        return self._result(row, str(row["attempt"])) if newest_attempt(row) else None

    def _result(self, row: Item, number: str) -> str | None:
        entry = row["attempts"][number]
        if "elsewhere" not in entry:
            result: str | None = entry.get("result")
            return result
        content = self._get_blob(entry["elsewhere"])
        return None if content is None else content.decode()


def _listed(row: Item) -> StoredSubmission:
    return replace(submission_of(row, result=None), receipt=None)


def event_key(attempt: int, number: int) -> str:
    """Return the sort key of events."""
    return f"{attempt:06d}.{number:08d}"


def _may_be_id(text: str) -> bool:
    """Return whether a text may be an id: the length of a key has a limit."""
    return len(text) <= _ID_MAX


def _number(event: Event) -> int:
    return event.number


def _cursor(last: Item) -> str:
    """Return the cursor of the page after a row. It is opaque, so that no one takes it apart."""
    return base64.urlsafe_b64encode(f"{last['created']!r} {id_of(last)}".encode()).decode().rstrip("=")


def _time(text: str) -> float:
    time = float(text)
    if not 0 <= time < _EVER:
        raise ValueError(text)
    return time


def _read_cursor(tenant: str, cursor: str) -> dict[str, Any]:
    """Return the key in the index that a cursor names."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        created, submission_id = text.split(" ")
        last = {"created": marshal(_time(created)), "tenant": marshal(tenant_value(tenant))}
    except (ValueError, binascii.Error) as error:
        raise CursorError from error
    return last | submission_key(submission_id)
