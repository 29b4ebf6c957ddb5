"""Callbacks: a PUT to a URL of an allowed host, when a submission has ended.

They are webhooks of the store, which no end of a process loses, with a URL of their own kind: each run of a submission
has one, and that of the last run to end is sent.

    judge0+TOKEN+http://receiver.example/path
"""

import asyncio
import logging
from concurrent.futures import Executor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import zuko
from zuko.api.compat.judge0.callback_hosts import callback_of, is_allowed
from zuko.api.compat.judge0.errors import json_response
from zuko.api.compat.judge0.options import CALLBACK_TIMEOUT_S
from zuko.api.compat.judge0.storing import find
from zuko.api.compat.judge0.view import View, read_fields
from zuko.api.service import Service
from zuko.errors import StoreError
from zuko.settings import Settings
from zuko.submissions.addresses import is_address
from zuko.submissions.model import Hook, StoredSubmission

if TYPE_CHECKING:  # where there are no callbacks, no HTTP client is loaded
    from zuko.submissions.calling import Client

log = logging.getLogger(__name__)


class Callbacks:
    """Sends callbacks.

    Args:
        settings: of the process.
        service: has the store.
    """

    def __init__(self, settings: Settings, service: Service) -> None:
        self._hosts = settings.judge0_callback_hosts
        self._by_signal = settings.judge0_signal_statuses
        self._service = service

    async def deliver(self, hook: Hook, ended: StoredSubmission, client: "Client", threads: Executor) -> str | None:
        """Send a callback; return what went wrong, if it is to be sent again: there was no connection.

        Any response will do, and one that does not come in time as well, as with Judge0.
        """
        from zuko.submissions.calling import (  # noqa: PLC0415 - where there are no callbacks, no HTTP client is loaded
            NoConnectionError,
            UndeliverableError,
            call,
        )

        token, url = callback_of(hook.url)
        if not is_allowed(url, self._hosts):  # the settings have changed
            log.warning("a callback is not sent: its host is not one of ZUKO_JUDGE0_CALLBACK_HOSTS")
            return None
        view = await self._service.in_store(self._find, ended.tenant, token)
        if view is None:
            return None  # it was removed
        if not all(run.state.is_final for run in view.runs):
            return "another run goes on"
        if ended.id != max(view.runs, key=lambda run: (run.ended_at or 0.0, run.id)).id:
            return None  # that of the last one is sent
        body = await self._service.in_store(_body_of, view)
        try:
            async with asyncio.timeout(CALLBACK_TIMEOUT_S):
                await call(
                    client,
                    "PUT",
                    url,
                    headers={"content-type": "application/json", "user-agent": f"zuko/{zuko.__version__}"},
                    content=body,
                    # Who lists an address means that one; a name may come to lead anywhere.
                    allow_private=is_address(urlsplit(url).hostname or ""),
                    threads=threads,
                )
        except NoConnectionError as error:
            log.info("a callback has no connection: %s", error)
            return str(error)
        except (TimeoutError, UndeliverableError) as error:
            log.info("a callback has no response: %s", error or "too late")
        return None

    def _find(self, tenant: str, token: str) -> View | None:
        store = self._service.store
        if store is None:
            raise StoreError("the store is not open")
        return find(store, tenant, token, by_signal=self._by_signal)


def _body_of(view: View) -> bytes:
    return bytes(json_response(view.show(read_fields(None), encoded=True)).body)
