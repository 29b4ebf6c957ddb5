"""Judge0's routes of submissions."""

import asyncio
import math
import time
from collections.abc import Sequence
from typing import Any, Final

from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route

from zuko.api.compat.judge0.asked import Asked, InvalidError, read
from zuko.api.compat.judge0.errors import json_response
from zuko.api.compat.judge0.options import BATCH_MAX, limits_of
from zuko.api.compat.judge0.requests import fields_of, is_on, read_object, sender_of, wants_files, whole
from zuko.api.compat.judge0.statuses import STATUSES
from zuko.api.compat.judge0.storing import LISTED_MAX, Ready, admit, find, keep, listed, remove
from zuko.api.compat.judge0.tokens import authenticate, authorize
from zuko.api.compat.judge0.view import FILES, NotTextError, View
from zuko.api.reading import LIGHT_CHARACTERS, Reader
from zuko.api.service import DEADLINE, Service, WhileConnected, service_of, store_of
from zuko.api.submitting import Sender
from zuko.settings import Settings
from zuko.submissions.model import End, Hold, StoredSubmission
from zuko.submissions.store import EndedStore, Store, takes_ended
from zuko.submissions.storing import take_room
from zuko.submissions.work import Ended
from zuko.submissions.worker import Offer, Running

WAIT_MAX_S: Final = 600.0
PAGE: Final = 20
PAGE_MAX: Final = 100
_HEAVY_BYTES: Final = 1 << 18  # of a request: it is checked in a thread
_GONE: Final = "there is no submission with this token"


def _may_begin(asked: Asked) -> bool:
    """Return whether a program may be run before it is stored, with its end: one small run without a callback.

    Its client has no token before that, so nothing that it knows of is lost if this process ends.
    """
    sent = (asked.source_code, asked.stdin, asked.expected_output, asked.additional_files)
    is_small = sum(len(each) for each in sent if each is not None) < _HEAVY_BYTES
    return is_small and asked.numbers["number_of_runs"] == 1 and asked.callback_url is None


class Submissions:
    """The routes of submissions.

    Args:
        settings: of the process.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = limits_of(settings)
        self._by_signal = settings.judge0_signal_statuses

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/submissions", self.create, methods=["POST"]),
            Route("/submissions", self.list, methods=["GET"]),
            Route("/submissions/batch", self.create_batch, methods=["POST"]),
            Route("/submissions/batch", self.show_batch, methods=["GET"]),
            Route("/submissions/{token}", self.show, methods=["GET"]),
            Route("/submissions/{token}", self.delete, methods=["DELETE"]),
        ]

    async def create(self, request: Request) -> Response:
        """Store a submission; with `wait`, respond when it has ended."""
        authenticate(request, self._settings)
        encoded, fields = is_on(request, "base64_encoded"), fields_of(request)
        sent = await read_object(request)
        service, sender = service_of(request), sender_of(request, self._settings)
        with service.active():
            await service.check_budget()
            store = await store_of(request)
            try:
                asked = await self._read(service, sent, encoded=encoded, keeps_files=FILES in fields)
                waits, ran = is_on(request, "wait"), None
                with service.station.offering() as offer:
                    if waits and offer is not None and takes_ended(store) and _may_begin(asked):
                        ready = admit(asked, self._settings, sender)
                        ran = await self._run(request, offer, store, ready)
                    else:
                        ready = await service.in_store(self._keep_one, store, asked, service, sender, offer)
            except InvalidError as error:
                return json_response(error.errors, 422)
            if not waits:
                return json_response({"token": ready.token}, 201)
            view = None
            if ran is not None and takes_ended(store):
                view = await self._stored(service, store, ready, *ran)
            view = view or await self._wait(request, service, store, sender.tenant, ready)
        try:
            return service.large(json_response(await self._shown(service, view, fields, encoded=encoded), 201))
        except NotTextError as error:
            return json_response({"token": ready.token, "error": str(error)}, 201)

    async def create_batch(self, request: Request) -> Response:
        """Store several submissions; those that are wrong do not keep the others from being stored."""
        authenticate(request, self._settings)
        encoded = is_on(request, "base64_encoded")
        sent = (await read_object(request)).get("submissions")
        sent = sent if isinstance(sent, list) else []
        if not sent:
            raise HTTPException(400, "there should be at least one submission in a batch")
        if len(sent) > BATCH_MAX:
            raise HTTPException(400, f"number of submissions in a batch should be less than or equal to {BATCH_MAX}")
        service, sender = service_of(request), sender_of(request, self._settings)
        with service.active():
            await service.check_budget()
            store = await store_of(request)
            found = await service.in_store(
                self._keep_several, store, sent, service, sender, encoded=encoded, keeps_files=wants_files(request)
            )
        answers = [{"token": each.token} if isinstance(each, Ready) else each for each in found]
        return json_response(answers, 201 if any(isinstance(each, Ready) for each in found) else 422)

    async def show(self, request: Request) -> Response:
        """Return a submission."""
        authenticate(request, self._settings)
        return await self._show(request, fields_of(request), encoded=is_on(request, "base64_encoded"))

    async def show_batch(self, request: Request) -> Response:
        """Return several submissions, in the order of their tokens; null for one that does not exist."""
        authenticate(request, self._settings)
        encoded, fields = is_on(request, "base64_encoded"), fields_of(request)
        tokens = (request.query_params.get("tokens") or request.headers.get("tokens") or "").split(",")
        tokens = [token.strip() for token in tokens if token.strip()]
        if not tokens:
            raise HTTPException(400, "there should be at least one submission in a batch")
        if len(tokens) > BATCH_MAX:
            raise HTTPException(400, f"number of submissions in a batch should be less than or equal to {BATCH_MAX}")
        service, tenant = service_of(request), sender_of(request, self._settings).tenant
        store = await store_of(request)
        views = await service.in_store(self._find_all, store, tenant, tokens)
        try:
            shown = [
                None if view is None else await self._shown(service, view, fields, encoded=encoded) for view in views
            ]
        except NotTextError as error:
            raise HTTPException(400, str(error)) from error
        return service.large(json_response({"submissions": shown}))

    async def list(self, request: Request) -> Response:
        """Return a page of submissions, the newest first."""
        authorize(request, self._settings)
        encoded, fields = is_on(request, "base64_encoded"), fields_of(request)
        page = whole(request, "page", 1, LISTED_MAX)
        per_page = whole(request, "per_page", PAGE, PAGE_MAX)
        service, tenant = service_of(request), sender_of(request, self._settings).tenant
        store = await store_of(request)
        views, count = await service.in_bulk(self._page, store, tenant, page, per_page)
        try:
            shown = [await self._shown(service, view, fields, encoded=encoded) for view in views]
        except NotTextError as error:
            raise HTTPException(400, str(error)) from error
        pages = math.ceil(count / per_page)
        meta = {
            "current_page": page,
            "next_page": page + 1 if page < pages else None,
            "prev_page": page - 1 if page > 1 else None,
            "total_pages": pages,
            "total_count": count,
        }
        return service.large(json_response({"submissions": shown, "meta": meta}))

    async def delete(self, request: Request) -> Response:
        """Remove a submission that has ended, and return it, in base64."""
        authorize(request, self._settings)
        return await self._show(request, fields_of(request), encoded=True, removes=True)

    async def _show(self, request: Request, fields: Sequence[str], *, encoded: bool, removes: bool = False) -> Response:
        service, tenant = service_of(request), sender_of(request, self._settings).tenant
        store, token = await store_of(request), request.path_params["token"]
        view = await service.in_store(self._find, store, tenant, token)
        if view is None:
            raise HTTPException(404, _GONE)
        if removes:
            if not view.has_ended:
                status_id = view.verdict.status_id
                reason = f"its status is {status_id} ({STATUSES[status_id]})"
                raise HTTPException(400, f"submission cannot be deleted because {reason}")
            await service.in_store(remove, store, tenant, view)
        try:
            return service.large(json_response(await self._shown(service, view, fields, encoded=encoded)))
        except NotTextError as error:
            raise HTTPException(400, str(error)) from error

    async def _shown(self, service: Service, view: View, fields: Sequence[str], *, encoded: bool) -> dict[str, Any]:
        """Return the fields of a submission: from a thread, if its results are long or there are files to pack."""
        if FILES in fields:
            return await service.in_bulk(view.show, fields, encoded=encoded)
        if sum(len(run.result or "") for run in view.runs) > LIGHT_CHARACTERS:
            return await service.in_store(view.show, fields, encoded=encoded)
        return view.show(fields, encoded=encoded)

    async def _read(self, service: Service, sent: dict[str, Any], *, encoded: bool, keeps_files: bool) -> Asked:
        """Check a submission; in a thread, if it may take long."""
        texts = (sent.get(name) for name in ("source_code", "stdin", "expected_output", "additional_files"))
        if sum(len(text) for text in texts if isinstance(text, str)) < _HEAVY_BYTES:
            return read(sent, self._settings, self._limits, encoded=encoded, keeps_files=keeps_files)
        return await service.in_bulk(read, sent, self._settings, self._limits, encoded=encoded, keeps_files=keeps_files)

    def _keep_one(self, store: Store, asked: Asked, service: Service, sender: Sender, offer: Offer | None) -> Ready:
        ready = admit(asked, self._settings, sender)
        keep(store, [ready], service, offer)
        return ready

    def _keep_several(
        self,
        store: Store,
        sent: Sequence[object],
        service: Service,
        sender: Sender,
        *,
        encoded: bool,
        keeps_files: bool,
    ) -> Sequence[Ready | dict[str, Any]]:
        found: list[Ready | dict[str, Any]] = []
        for each in sent:
            try:
                asked = read(each, self._settings, self._limits, encoded=encoded, keeps_files=keeps_files)
                found.append(admit(asked, self._settings, sender))
            except InvalidError as error:
                found.append(error.errors)
        keep(store, [ready for ready in found if isinstance(ready, Ready)], service)
        return found

    async def _wait(self, request: Request, service: Service, store: Store, tenant: str, ready: Ready) -> View:
        """Wait for the end of all runs; for no longer than WAIT_MAX_S, nor the deadline, nor a drain."""
        runs: list[StoredSubmission] = []
        deadline = request.scope.get(DEADLINE, math.inf)
        with WhileConnected(request):
            for each in ready.prepared:
                reader = Reader(service, store, tenant, each.submission.id, deadline)
                stored = await reader.ended(WAIT_MAX_S)
                if stored is None:
                    raise HTTPException(404, _GONE)
                runs.append(stored)
        return View(ready.token, ready.request, runs, by_signal=self._by_signal)

    async def _run(self, request: Request, offer: Offer, store: Store, ready: Ready) -> tuple[End | None, float]:
        """Run a program in a slot that is offered, and prepare meanwhile what is to be stored.

        Return its end, None: it was given back; and how long it took, s.

        A client that leaves has no token, so its program ends, and nothing is stored. Where a tenant's room is bounded,
        it is taken first: a program that could not be stored would have run for nothing.
        """
        service = service_of(request)
        if service.quota.is_bounded:
            await service.in_store(take_room, store, ready.prepared[0], service.quota)
        begun = time.monotonic()
        asyncio.get_running_loop().call_soon(lambda: ready.prepared)  # once the program is on its way
        with WhileConnected(request):
            outcome = await offer.run(Running(ready.token, ready.sender.tenant, ready.sender.trace, ready.program))
        ran_s, end = time.monotonic() - begun, None
        if isinstance(outcome, Ended):
            hold = Hold(ready.token, 1, offer.claimer.worker)
            end = End(hold, outcome.state, outcome.result, outcome.reason, outcome.message, outcome.receipt)
        return end, ran_s

    async def _stored(
        self, service: Service, store: EndedStore, ready: Ready, end: End | None, ran_s: float
    ) -> View | None:
        """Store a submission with its end; None: it was given back, and is queued."""
        if end is None:
            await service.in_store(keep, store, [ready], service)
            return None
        (prepared,) = ready.prepared
        new, parts, stored = prepared.submission, prepared.parts, None
        if not parts and len(new.request.document) + len(end.result or "") <= LIGHT_CHARACTERS:
            # To wake a thread, which then wakes this loop, takes longer than the write.
            stored = store.keep_ended_now(new, parts, end, ran_s=ran_s)
        if stored is None:
            stored = await service.in_store(store.keep_ended, new, parts, end, ran_s=ran_s)
        return View(ready.token, ready.request, [stored], by_signal=self._by_signal)

    def _find(self, store: Store, tenant: str, token: str) -> View | None:
        return find(store, tenant, token, by_signal=self._by_signal)

    def _find_all(self, store: Store, tenant: str, tokens: Sequence[str]) -> Sequence[View | None]:
        return [self._find(store, tenant, token) for token in tokens]

    def _page(self, store: Store, tenant: str, page: int, per_page: int) -> tuple[Sequence[View], int]:
        rows = listed(store, tenant)
        tokens = [row.id for row in rows[(page - 1) * per_page : page * per_page]]
        return [view for view in self._find_all(store, tenant, tokens) if view is not None], len(rows)
