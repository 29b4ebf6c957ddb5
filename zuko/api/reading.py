"""Reads of one submission: as it is, at its end, and at each change.

A reader listens to the store's bell, looks, then waits. What changes in another process may ring no bell here, so it
looks again after a pause; pauses grow, as most programs end soon and the others take long. Or it rings for everything,
so a reader that was rung for nothing rests for a while before it looks: a thousand of them would keep the store busy.
"""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from pydantic import ValidationError

from zuko.api.responses import Responses
from zuko.api.service import Service
from zuko.errors import StoreError
from zuko.submissions.documents import submission_json
from zuko.submissions.model import Event, Kind, StoredSubmission
from zuko.submissions.store import Store
from zuko.wire.execute import ExecuteResponse
from zuko.wire.judge import JudgeResponse
from zuko.wire.truncate import truncate_judgement, truncate_outputs

PAUSE_MIN_S: Final = 0.1
PAUSE_MAX_S: Final = 2.0
REST_MIN_S: Final = 0.02
REST_MAX_S: Final = 0.5
LIGHT_CHARACTERS: Final = 1 << 16  # of a result: an event loop handles them in no noticeable time


class Reader:
    """Reads a submission of a tenant.

    Args:
        service: that has received the request.
        store: of submissions.
        tenant: of the request.
        submission_id: of the submission; it may be any text.
        deadline: when a response is due, on the monotonic clock.
    """

    def __init__(self, service: Service, store: Store, tenant: str, submission_id: str, deadline: float) -> None:
        self._service = service
        self._store = store
        self._tenant = tenant
        self._id = submission_id
        self._deadline = deadline

    @property
    def responses(self) -> Responses:
        """The limits of what is sent."""
        return self._service.responses

    async def get(self) -> StoredSubmission | None:
        """Return the submission; None: the tenant has none with this id."""
        return await self._service.in_store(self._store.get, self._tenant, self._id)

    async def ended(self, wait_s: float) -> StoredSubmission | None:
        """Return the submission when it has ended, or as it is after `wait_s`, at the deadline, or at a drain."""
        stored = None
        looks = self._looks(
            self._get, time.monotonic() + wait_s, read_news=self._own, is_known=lambda: self._is_running_here
        )
        async with aclosing(looks):
            async for stored in looks:
                if stored is None or stored.state.is_final:
                    break
        return stored

    async def changes(
        self, position: Callable[[], tuple[int, int]]
    ) -> AsyncGenerator[tuple[StoredSubmission | None, list[Event]]]:
        """Yield the submission and its events after a position, now and again; to the deadline, or to a drain.

        A store that does not answer is asked again: the client has a response, and its status cannot be changed.
        """

        def look() -> tuple[StoredSubmission | None, list[Event]]:
            # In this order: a submission that has ended has no further events.
            stored = self._get()
            return stored, [] if stored is None else self._store.events(self._id, position())

        async with aclosing(self._looks(look, self._deadline, patient=True)) as looks:
            async for found in looks:
                yield found

    async def document(self, stored: StoredSubmission, limit_bytes: int | None = None) -> str:
        """Return the JSON of the submission, with outputs or messages cut if it is larger than a response may be."""
        limit_bytes = limit_bytes or self.responses.limit_bytes
        if stored.result is None or len(stored.result) <= LIGHT_CHARACTERS:
            return fitting(stored, self.responses, limit_bytes)
        return await self._service.in_store(fitting, stored, self.responses, limit_bytes)

    @property
    def _is_running_here(self) -> bool:
        """True if this process's worker runs the submission: its end is not stored yet, and will bring news."""
        worker = self._service.station.worker
        return worker is not None and worker.is_doing(self._tenant, self._id)

    def _own(self, news: StoredSubmission) -> StoredSubmission | None:
        return news if news.tenant == self._tenant else None

    def _get(self) -> StoredSubmission | None:
        return self._store.get(self._tenant, self._id)

    async def _looks[T](
        self,
        look: Callable[[], T],
        until: float,
        *,
        patient: bool = False,
        read_news: Callable[[StoredSubmission], T | None] = lambda _: None,
        is_known: Callable[[], bool] = lambda: False,
    ) -> AsyncGenerator[T]:
        """Yield what a look finds, at first, and after each ring and each pause, or instead what a ring has brought.

        Args:
            look: called in a thread.
            until: on the monotonic clock.
            patient: go on while the store does not answer.
            read_news: returns what a ring has brought as a look would have found it; None: it needs a look.
            is_known: whether the first look would find nothing of interest.
        """
        until = min(until, self._deadline)
        before: T | None = None
        pause_s, rest_s = PAUSE_MIN_S, 0.0
        with self._store.bell.listening(self._id) as wakeup:
            if is_known():
                await wakeup.wait(min(PAUSE_MIN_S, max(until - time.monotonic(), 0.0)))
            while True:
                try:
                    ended = wakeup.take_news()
                    found = None if ended is None else read_news(ended)
                    if found is None:
                        found = await self._service.in_store(look)
                    news, before = found != before, found
                    yield found
                except StoreError:
                    if not patient:
                        raise
                    news = False
                looked_at = time.monotonic()
                if looked_at >= until or self._service.is_draining:
                    return
                rung = await wakeup.wait(min(pause_s, until - looked_at))
                if news:
                    pause_s, rest_s = PAUSE_MIN_S, 0.0
                elif rung:
                    rest_s = min(max(rest_s * 2, REST_MIN_S), REST_MAX_S)
                else:
                    pause_s = min(pause_s * 2, PAUSE_MAX_S)
                while (
                    not self._service.is_draining
                    and not wakeup.has_news
                    and (left_s := looked_at + rest_s - time.monotonic()) > 0
                ):
                    await wakeup.wait(left_s)


def fitting(stored: StoredSubmission, responses: Responses, limit_bytes: int) -> str:
    """Return the JSON of a submission, with its result cut to fit into a response and flagged as truncated."""
    document = submission_json(stored)
    if stored.result is None or responses.document_size(document) <= limit_bytes:
        return document
    without = submission_json(replace(stored, result=None))
    try:
        result = _cut(stored.kind, stored.result, limit_bytes - responses.document_size(without), responses)
    except ValidationError:  # it is of an older version
        return without
    return submission_json(replace(stored, result=result))


def _cut(kind: Kind, result: str, left: int, responses: Responses) -> str:
    if kind is Kind.JUDGE:
        return truncate_judgement(JudgeResponse.model_validate_json(result), left, responses.document_size)
    execution = ExecuteResponse.model_validate_json(result)
    rest = execution.model_copy(update={"stdout": "", "stderr": ""}).to_json()
    left = max(left - responses.document_size(rest), 0)
    return truncate_outputs(execution, left, responses.encoded_size).to_json()
