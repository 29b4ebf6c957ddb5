"""A submission's events: each case as it ends, then the whole.

    retry: 1000                         how soon a client comes again after a break
    event: attempt   id: 1.0            an attempt has begun; a later one makes the cases before it void
    event: case      id: 1.1            as in the events of POST /api/v1/judge
    event: submission   id: 1.end       the whole, as GET has it; nothing comes after it

The id says how far a client has come. It sends the last one (`Last-Event-ID`) to any process that has the store, and
gets what came after it; after `1.end`, 204, at which a browser's EventSource stops.
"""

import contextlib
import json
import math
import re
import time
from collections.abc import AsyncIterator
from typing import Final

from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.types import Receive, Scope, Send

from zuko.api.begun import EVENT_HEADERS, KEEP_ALIVE_S
from zuko.api.errors import RefusedError
from zuko.api.reading import Reader
from zuko.submissions.model import Event, StoredSubmission

RETRY_MS: Final = 1000
NO_MORE: Final = 1 << 31  # number of the last event: of the whole
_ID: Final = re.compile(r"([0-9]{1,9})\.([0-9]{1,9}|end)")

type Position = tuple[int, int]  # attempt and number of the last event that a client has

START: Final[Position] = (0, 0)


def position_of(last_event_id: str | None) -> Position:
    """Return the position that the header Last-Event-ID names.

    Raises:
        RefusedError: it is not an id of these events.
    """
    if not last_event_id:
        return START
    found = _ID.fullmatch(last_event_id)
    if found is None:
        message = f"{last_event_id[:64]!r} is not an id of these events"
        raise RefusedError(422, "header", "Last-Event-ID", message=message, kind="out_of_bounds")
    attempt, number = found.groups()
    return int(attempt), NO_MORE if number == "end" else int(number)


class SubmissionEvents(EventSourceResponse):
    """The events of a submission after a position.

    Args:
        reader: reads the submission.
        after: the position.
        active: closed when the last event is sent.
    """

    def __init__(self, reader: Reader, after: Position, active: contextlib.ExitStack) -> None:
        super().__init__(self._events(), headers=EVENT_HEADERS)
        self._reader = reader
        self._seen = after
        self._active = active

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the response (ASGI)."""
        with self._active:
            await super().__call__(scope, receive, send)

    async def _events(self) -> AsyncIterator[bytes]:
        responses = self._reader.responses
        # Where all events are one response, those of the cases have half of it; the client asks again for the others.
        half = None if responses.streams else responses.limit_bytes // 2
        left: float = math.inf if half is None else half
        yield format_sse_event(retry=RETRY_MS, comment="events of a submission")
        sent_at = time.monotonic()
        async with contextlib.aclosing(self._reader.changes(lambda: self._seen)) as changes:
            async for stored, events in changes:
                for event in self._news(stored, events):
                    left -= responses.document_size(event.decode())
                    if left < 0:
                        return
                    yield event
                    sent_at = time.monotonic()
                if stored is None:
                    yield format_sse_event(event="removed", data_str="{}")
                    return
                if stored.state.is_final and stored.attempt == self._seen[0]:
                    document = await self._reader.document(stored, half)
                    yield format_sse_event(event="submission", data_str=document, id=f"{stored.attempt}.end")
                    return
                if time.monotonic() - sent_at >= KEEP_ALIVE_S:
                    sent_at = time.monotonic()
                    yield format_sse_event(comment=f"still {stored.state}")

    def _news(self, stored: StoredSubmission | None, events: list[Event]) -> list[bytes]:
        """Return what a client has not seen, and move its position."""
        news = []
        for event in events:
            news += self._announced(event.attempt)
            self._seen = (event.attempt, event.number)
            news.append(format_sse_event(event="case", data_str=event.data, id=f"{event.attempt}.{event.number}"))
        if stored is not None:
            news += self._announced(stored.attempt)
        return news

    def _announced(self, attempt: int) -> list[bytes]:
        if attempt <= self._seen[0]:
            return []
        self._seen = (attempt, 0)
        data = json.dumps({"attempt": attempt})
        return [format_sse_event(event="attempt", data_str=data, id=f"{attempt}.0")]
