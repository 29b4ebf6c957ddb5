"""A worker in a process of its own, with a short lease: `python -m tests.harness.crash.worker_process …`."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from tests.harness.executing import FakeExecutor
from zuko.errors import StoreError
from zuko.execution.executor import Executor
from zuko.execution.host import Host
from zuko.settings import Settings
from zuko.submissions.make import make_store
from zuko.submissions.model import Claim, End, Hold
from zuko.submissions.opening import StoreAccess
from zuko.submissions.station import Station
from zuko.submissions.store import Store

NOOP = "pypy"  # language of programs that no sandbox runs here


class LeavesNoops(Host):
    """A Docker host that leaves no-ops to others."""

    def languages_present(self) -> frozenset[str]:
        return super().languages_present() - {NOOP}


class Real(Executor):
    """An executor on such a host."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.host = LeavesNoops(settings, self._engine)


class Journalled:
    """A store whose claims and ends are recorded: a line each, which a kill leaves whole or leaves out."""

    def __init__(self, store: Store, journal: Path) -> None:
        self._store = store
        self._file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def claim(self, worker: str, languages: frozenset[str] | None, limit: int) -> Sequence[Claim]:
        claims = self._store.claim(worker, languages, limit)
        for claim in claims:
            self._note("claim", claim.hold, claim.queued_s)
        return claims

    def finish_all(self, ends: Sequence[End]) -> list[bool]:
        kept = self._store.finish_all(ends)
        for end, is_kept in zip(ends, kept, strict=True):
            self._note("finish" if is_kept else "refused", end.hold, 0.0)
        return kept

    def _note(self, what: str, hold: Hold, waited_s: float) -> None:
        line = f"{what} {hold.id} {hold.attempt} {os.getpid()} {time.time():.6f} {waited_s:.6f}\n"
        os.write(self._file, line.encode())


def main(url: str, lease_s: float, journal: Path, kind: str, slots: int) -> None:
    """Work until SIGTERM.

    Args:
        url: of the store.
        lease_s: instead of the store's own.
        journal: file to append to.
        kind: noop, or real.
        slots: submissions at a time.
    """
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {os.getpid()} %(message)s")
    store = _opened(url, lease_s)
    fake = FakeExecutor(slots)
    fake.languages = frozenset({NOOP})
    settings = Settings(store="none", concurrency=slots, ready_sandboxes=1)
    executor = fake.as_executor if kind == NOOP else Real(settings)
    asyncio.run(_work(executor, cast(Store, Journalled(store, journal)), lease_s))


def _opened(url: str, lease_s: float) -> Store:
    while True:
        store: Any = make_store(url)
        store.lease_s = lease_s
        try:
            store.open()
        except StoreError as error:
            logging.warning("%s", error)
            time.sleep(0.2)
        else:
            return cast(Store, store)


async def _work(executor: Executor, store: Store, lease_s: float) -> None:
    station = Station(executor, StoreAccess.holding(store), renew_s=lease_s / 4)
    if not isinstance(executor, FakeExecutor):
        executor.open()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, station.drain)
    await station.run()
    if not isinstance(executor, FakeExecutor):
        await asyncio.to_thread(executor.close, 0)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
