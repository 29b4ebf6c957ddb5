"""A worker's reports of itself to the store, and the measurements of its machine's speed."""

import asyncio
import logging
import random
import socket
from collections.abc import Callable
from typing import Final

import zuko
from zuko.errors import StoreError
from zuko.execution.executor import Executor
from zuko.submissions.calls import Calls
from zuko.submissions.health import Health
from zuko.submissions.model import WorkerInfo
from zuko.submissions.speed import Speed
from zuko.submissions.store import Store

log = logging.getLogger(__name__)

BEAT_S: Final = 10.0
MEASURE_S: Final = 600.0  # between two measurements of the speed
MEASURE_AFTER_S: Final = 5.0  # from the start to the first one, unless it is waited for
_RANDOM: Final = random.SystemRandom()


class Reports:
    """The facts about a worker that others are to know.

    Args:
        store: open.
        calls: of the store.
        executor: open.
        health: has the languages.
        speed: is measured now and then.
        name: of the worker.
        slots: returns how many submissions it does at a time.
        needs_speed: whether the worker waits for the speed.
        on_measured: called when the speed is known.
    """

    def __init__(
        self,
        store: Store,
        calls: Calls,
        executor: Executor,
        health: Health,
        speed: Speed,
        *,
        name: str,
        slots: Callable[[], int],
        needs_speed: bool,
        on_measured: Callable[[], None],
    ) -> None:
        self.draining = False
        self._store = store
        self._calls = calls
        self._executor = executor
        self._health = health
        self._speed = speed
        self._name = name
        self._slots = slots
        self._needs_speed = needs_speed
        self._on_measured = on_measured

    async def keep_reporting(self) -> None:
        """Report for ever."""
        while True:
            info = WorkerInfo(
                name=self._name,
                host=socket.gethostname(),
                slots=self._slots(),
                languages=tuple(sorted(self._health.languages)),
                factor=self._speed.factor,
                version=zuko.__version__,
                draining=self.draining,
            )
            try:
                await self._calls.call_for_leases(self._store.beat, info)
            except StoreError:  # what claims reports it
                pass
            except Exception:
                log.exception("the worker could not be reported")
            await asyncio.sleep(BEAT_S if info.slots else 1.0)

    async def keep_measuring(self) -> None:
        """Measure the speed until the worker drains."""
        await asyncio.sleep(0 if self._needs_speed else MEASURE_AFTER_S)
        while not self.draining:
            status = self._executor.status()
            if status.slots and status.ready and (self._needs_speed or not status.busy):
                try:
                    await self._speed.measure()
                except Exception:
                    log.exception("the speed of this machine could not be measured")
                if self._speed.factor is not None:
                    self._on_measured()
                    await asyncio.sleep(MEASURE_S * _RANDOM.uniform(0.8, 1.2))
            await asyncio.sleep(0.2 if self._needs_speed else MEASURE_AFTER_S)
