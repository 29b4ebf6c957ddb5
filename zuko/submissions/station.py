"""The worker and the keeper of a process, from the opening of the store to the end: in a service, or by themselves."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, Final

from zuko.errors import StoreError
from zuko.execution.executor import Executor
from zuko.settings import TimeScale, WebhookSettings
from zuko.submissions.keeper import Keeper
from zuko.submissions.ledger import Ledger
from zuko.submissions.model import RENEW_S
from zuko.submissions.opening import StoreAccess
from zuko.submissions.problems import Problems, ProblemSource
from zuko.submissions.receipt import Receipts
from zuko.submissions.recent import RecentParts
from zuko.submissions.speed import Speed
from zuko.submissions.store import Store
from zuko.submissions.work import Work
from zuko.submissions.worker import Offer, Worker, worker_name

if TYPE_CHECKING:  # where there are no webhooks, no HTTP client is loaded
    from zuko.submissions.webhooks import Deliver

log = logging.getLogger(__name__)

OPEN_S: Final = 3600.0  # that the store is waited for at a time
PATIENCE_S: Final = 3.0  # that the store is opened later than the first sandbox
NOTE_S: Final = 1.0  # between two looks at what the worker reports


class Station:
    """Opens the store, then works and keeps until it is drained.

    Args:
        executor: open, or opened soon; its slots are shared with all that use it.
        stores: opens the store.
        problems: those that are stored; None: the station reads them by itself.
        refusal: see `Worker`.
        renew_s: see `Worker`.
    """

    def __init__(
        self,
        executor: Executor,
        stores: StoreAccess,
        *,
        problems: ProblemSource | None = None,
        refusal: Callable[[], str | None] = lambda: None,
        renew_s: float = RENEW_S,
    ) -> None:
        self._executor = executor
        self._stores = stores
        self._problems = problems
        self._refusal = refusal
        self._renew_s = renew_s
        self._settings = executor.settings
        self._ledger = Ledger(executor.accounts, stores, executor.observer)
        if stores.is_wanted:
            executor.accounts.refresh = self._ledger.refresh
        self.deliver: Deliver | None = None  # sends the callbacks of a façade; set before it is started
        self.worker: Worker | None = None  # None: the store is not open, or this process does no submissions
        self._running: asyncio.Task[None] | None = None
        self._draining = False

    @property
    def has_worker(self) -> bool:
        """Return whether this process is to do submissions."""
        return self._stores.is_wanted and self._settings.worker_slots != 0

    @property
    def running(self) -> int:
        """Submissions that are held."""
        return 0 if self.worker is None else self.worker.running

    @contextlib.contextmanager
    def offering(self) -> Iterator[Offer | None]:
        """Offer a free slot of the worker for as long as the block lasts; None: there is none, or others wait."""
        worker = self.worker
        offer = None if worker is None else worker.offer()
        try:
            yield offer
        finally:
            if worker is not None and offer is not None:
                worker.withdraw(offer)

    def start(self) -> None:
        """Begin; returns at once. In an event loop."""
        if self._stores.is_wanted:
            self._running = asyncio.create_task(self.run())

    def drain(self) -> None:
        """Claim nothing more. In the event loop."""
        self._draining = True
        if self.worker is not None:
            self.worker.drain()

    def cut(self) -> None:
        """End what runs, and give it back. In the event loop."""
        self.drain()
        if self.worker is not None:
            self.worker.cut()

    async def idle(self) -> None:
        """Wait until what is held has ended, after `drain`."""
        if self._running is not None and self.worker is not None:
            await asyncio.wait({self._running})

    async def stop(self) -> None:
        """End; what is held is given back."""
        self.drain()
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
            await self._ledger.end()  # what has run since then, and was not stored

    async def run(self) -> None:
        """Work until `drain`."""
        store = await self._opened()
        if store is None or self._draining:
            return
        others: list[Coroutine[Any, Any, None]] = [
            Keeper(store, self._settings, asyncio.to_thread).run(),
            self._ledger.run(),
        ]
        if self._settings.webhook_secrets or self.deliver is not None:
            others.append(_send_webhooks(store, self._settings, self.deliver))
        if self.has_worker:
            self.worker = self._make_worker(store)
            others.append(self._keep_noting(self.worker))
        tasks = [asyncio.create_task(each) for each in others]
        try:
            if self.worker is not None:
                await self.worker.run()
            else:
                await asyncio.Event().wait()  # until `stop`
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._ledger.end()

    async def _opened(self) -> Store | None:
        """Open the store after the first sandbox is there: a program that is sent at once has both cores for it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while self._executor.hello() is None and self._stores.current is None:  # noqa: ASYNC110 - the pool's
                    await asyncio.sleep(0.05)
        while not self._draining:
            try:
                return await self._stores.opened(OPEN_S)
            except StoreError:  # it is logged, and tried again after a while
                await asyncio.sleep(1.0)
        return None

    def _make_worker(self, store: Store) -> Worker:
        settings, name, speed = self._settings, worker_name(), Speed(self._executor, self._settings.reference_ms)
        problems = self._problems or Problems(lambda: store, settings)
        scaled = settings.time_scale is TimeScale.REFERENCE
        receipts = Receipts(self._executor, host=name.partition("/")[0], worker=name, speed=speed, scaled=scaled)
        return Worker(
            store,
            self._executor,
            Work(self._executor, RecentParts(store.get_part), problems, receipts),
            receipts,
            speed,
            name=name,
            slots=settings.worker_slots,
            renew_s=self._renew_s,
            needs_speed=scaled,
            refusal=self._refusal,
        )

    async def _keep_noting(self, worker: Worker) -> None:
        """Report what keeps the store from working, for as long as it does."""
        while True:
            self._stores.note(worker.store_problem)
            await asyncio.sleep(NOTE_S)


async def _send_webhooks(store: Store, settings: WebhookSettings, deliver: "Deliver | None") -> None:
    from zuko.submissions.webhooks import Webhooks  # noqa: PLC0415 - where there are none, no HTTP client is loaded

    try:
        await Webhooks(store, settings, deliver).run()
    except Exception:
        log.exception("webhooks are not sent")
