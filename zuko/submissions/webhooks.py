"""Webhooks: a POST to the URL that a submission names, when it has ended.

    store: outbox ──due_hooks──> one task each ──POST──> receiver
              ▲                     │ 2xx, 410: delivered
              └────hook_failed──────┘ else again after RETRIES_S, then undelivered

Headers and signature are those of Standard Webhooks (https://www.standardwebhooks.com). The outbox is written in the
transaction that ends the submission, so no end is lost; a receiver may get one twice, with the same `webhook-id`.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import logging
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import zuko
from zuko.errors import StoreError
from zuko.settings import WebhookSettings
from zuko.submissions.calling import Client, UndeliverableError, call, one_way_client
from zuko.submissions.documents import submission_json
from zuko.submissions.model import Hook, Outbox, State, StoredSubmission
from zuko.submissions.store import HOOKS, Store

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 10.0  # for all of a delivery: the name, the connection, the response's status
RETRIES_S: Final = (5.0, 30.0, 120.0, 600.0, 3600.0, 6 * 3600.0, 24 * 3600.0)  # after each failed try
AT_ONCE: Final = 256  # deliveries of a process, most of which wait for their turn
AT_ONCE_OF_A_TENANT: Final = 128  # of them, so that others find a place although all of these hang
AT_ONCE_TO_A_HOST: Final = 8  # of a tenant
TURN_S: Final = 15.0  # longest wait for a turn; the lease then runs out, and the webhook is due again
LEASE_S: Final = 30.0  # a turn, a delivery, and time to write its result
SILENT_S: Final = 60.0  # after a webhook that a host has not answered in time …
SILENT_WAITS: Final = 16  # … so many wait for a turn of it, and others leave their places
SILENT_MAX: Final = 10_000  # hosts of which that is known
PAUSE_S: Final = 1.0  # between two looks into the outbox
GONE: Final = 410  # the receiver wants no more


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: one for each secret, so that a receiver may know either of two.

    Args:
        secrets: `whsec_` and the key in base64.
        message_id: the value of `webhook-id`.
        timestamp: the value of `webhook-timestamp`, s since the epoch.
        body: of the request.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    keys = (base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}" for key in keys)


def body_of(stored: StoredSubmission) -> bytes:
    """Return the body of the webhook of a submission that has ended."""
    document = submission_json(stored)
    timestamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(stored.ended_at))
    return f'{{"type":"submission.{stored.state}","timestamp":"{timestamp}","data":{document}}}'.encode()


def message_id(stored: StoredSubmission) -> str:
    """Return the value of `webhook-id`: the same for every try to report an end, and for no other end.

    What is cancelled in the queue, after it was to be judged again, has ended twice in one attempt.
    """
    return f"{stored.id}-{stored.attempt}{'-cancelled' if stored.state is State.CANCELLED else ''}"


# Sends a callback of a submission that has ended, and returns what went wrong; None: it is delivered.
type Deliver = Callable[[Hook, StoredSubmission, Client, Executor], Awaitable[str | None]]
type _Receiver = tuple[str, str]  # tenant and host


class _Turns:
    """The turns of a tenant's host, and how many deliveries have one or wait for one."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(AT_ONCE_TO_A_HOST)
        self.users = 0
        self.waits: dict[asyncio.Timeout, None] = {}  # those that have no turn yet, in their order


class Webhooks:
    """Sends the webhooks that are due in a store.

    Args:
        store: has the outbox.
        settings: the secrets, and which addresses are allowed. Without secrets, no webhooks are sent.
        deliver: sends the callbacks of a façade; None: a process that has it does.
        retries_s: pauses after failed tries.
        timeout_s: of a delivery.
    """

    def __init__(
        self,
        store: Store,
        settings: WebhookSettings,
        deliver: Deliver | None = None,
        *,
        retries_s: Sequence[float] = RETRIES_S,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._store = store
        self._secrets = settings.webhook_secrets
        self._allows_private = settings.webhook_allow_private
        self._deliver = deliver
        self._outbox = None if deliver and self._secrets else Outbox.CALLBACKS if deliver else Outbox.WEBHOOKS
        self._retries_s = retries_s
        self._timeout_s = timeout_s
        self._no_response = f"no response within {timeout_s:g} s"
        # By tenant, too: a path that hangs may be on a host that others use.
        self._turns: dict[_Receiver, _Turns] = {}
        self._silent: dict[_Receiver, float] = {}  # until when they are, on the monotonic clock
        self._sending: dict[asyncio.Task[None], str] = {}  # tenants
        self._has_more = False  # webhooks were due that found no place

    async def run(self) -> None:
        """Send webhooks until cancelled."""
        with ThreadPoolExecutor(4, "zuko-webhooks") as threads, self._store.bell.listening(HOOKS) as wakeup:
            self._threads = threads
            self._wakeup = wakeup
            # Of their own: names that no server answers for would take all threads of the process.
            self._lookups = ThreadPoolExecutor(AT_ONCE, "zuko-webhook-names")
            context = await self._in_thread(ssl.create_default_context)
            async with one_way_client(context) as client:
                self._client = client
                try:
                    while True:
                        if not await self._begin():
                            await wakeup.wait(PAUSE_S)
                finally:
                    for task in self._sending:
                        task.cancel()
                    await asyncio.gather(*self._sending, return_exceptions=True)
                    self._lookups.shutdown(wait=False, cancel_futures=True)

    async def _begin(self) -> bool:
        """Begin to send what is due; return whether there may be more."""
        free = AT_ONCE - len(self._sending)
        self._has_more = free <= 0
        if self._has_more:
            return False
        busy = Counter(self._sending.values())
        try:
            hooks = await self._in_thread(
                self._store.due_hooks,
                free,
                LEASE_S,
                busy=busy,
                tenant_max=AT_ONCE_OF_A_TENANT,
                outbox=self._outbox,
            )
        except StoreError as error:
            log.debug("webhooks wait: %s", error)
            return False
        except Exception:
            log.exception("webhooks wait")
            return False
        for hook in hooks:
            task = asyncio.create_task(self._send(hook))
            self._sending[task] = hook.tenant
            task.add_done_callback(self._end)
        self._has_more = any(count >= AT_ONCE_OF_A_TENANT for count in Counter(self._sending.values()).values())
        return len(hooks) == free

    def _end(self, task: asyncio.Task[None]) -> None:
        """Give the place of a delivery to another one."""
        del self._sending[task]
        if self._has_more:
            self._wakeup.ring()

    async def _send(self, hook: Hook) -> None:
        receiver = hook.tenant, urlsplit(hook.url).netloc
        try:
            async with self._turn(receiver):
                error = await self._try(hook)
                self._note(receiver, is_silent=error == self._no_response)
                await self._in_thread(self._record, hook, error)
        except TimeoutError:
            self._wakeup.ring()  # it got no turn: the lease runs out, and its place is another's
        except StoreError as error:
            log.warning("the delivery of a webhook could not be recorded, and is tried again: %s", error)
        except Exception:
            log.exception("a webhook could not be sent")

    @contextlib.asynccontextmanager
    async def _turn(self, receiver: _Receiver) -> AsyncIterator[None]:
        """Wait for a turn: a receiver that hangs holds up no other one. For one that is silent, few wait.

        Raises:
            TimeoutError: it came not soon enough.
        """
        turns = self._turns.setdefault(receiver, _Turns())
        turns.users += 1
        try:
            is_silent = self._silent.get(receiver, 0.0) > time.monotonic()
            is_crowded = is_silent and len(turns.waits) >= SILENT_WAITS
            async with asyncio.timeout(0 if is_crowded else TURN_S) as wait:
                turns.waits[wait] = None
                try:
                    await turns.free.acquire()
                finally:
                    del turns.waits[wait]
            try:
                yield
            finally:
                turns.free.release()
        finally:
            turns.users -= 1
            if not turns.users:
                del self._turns[receiver]

    def _note(self, receiver: _Receiver, *, is_silent: bool) -> None:
        """Record whether a host has answered. If not, those that wait for it leave their places to others."""
        if not is_silent:
            self._silent.pop(receiver, None)
            return
        if len(self._silent) >= SILENT_MAX:
            self._silent.clear()
        self._silent[receiver] = time.monotonic() + SILENT_S
        for wait in [*self._turns[receiver].waits][SILENT_WAITS:]:
            if not wait.expired():
                wait.reschedule(0.0)

    async def _try(self, hook: Hook) -> str | None:
        """Deliver a webhook; return what went wrong."""
        stored = await self._in_thread(self._store.get, hook.tenant, hook.id)
        if stored is None or not stored.state.is_final or stored.attempt != hook.attempt:
            return None  # it was removed, or is judged again: that attempt has a webhook of its own
        try:
            async with asyncio.timeout(self._timeout_s):
                if Outbox.of(hook.url) is Outbox.CALLBACKS and self._deliver is not None:
                    return await self._deliver(hook, stored, self._client, self._lookups)
                body = await self._in_thread(body_of, stored)
                status_code = await self._post(hook, message_id(stored), body)
        except TimeoutError:
            return self._no_response
        except UndeliverableError as error:
            return str(error)
        if 200 <= status_code < 300 or status_code == GONE:
            return None
        redirect = ", and redirects are not followed" if 300 <= status_code < 400 else ""
        return f"the response was {status_code}{redirect}"

    async def _post(self, hook: Hook, message_id: str, body: bytes) -> int:
        """Send a request, and return the status of the response, whose body is not read.

        Raises:
            UndeliverableError: nothing was sent, or there is no response.
        """
        timestamp = int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": f"zuko/{zuko.__version__}",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._secrets, message_id, timestamp, body),
        }
        return await call(
            self._client,
            "POST",
            hook.url,
            headers=headers,
            content=body,
            allow_private=self._allows_private,
            threads=self._lookups,
        )

    def _record(self, hook: Hook, error: str | None) -> None:
        if error is None:
            self._store.hook_delivered(hook)
            return
        retry_s = self._retries_s[hook.tries] if hook.tries < len(self._retries_s) else None
        if retry_s is None:
            log.warning("the webhook of submission %s is undelivered after %d tries", hook.id, hook.tries + 1)
        self._store.hook_failed(hook, error, retry_s)

    async def _in_thread[**P, T](self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        call = partial(function, *arguments, **named)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)
