"""A host of sandboxes that are half a socket pair, and a pool on it, for events that a real engine rarely causes."""

import contextlib
import random
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.harness.waiting import wait_for
from zuko.errors import EngineError, SandboxError
from zuko.languages.table import PYTHON
from zuko.pool.lease import Lease
from zuko.pool.pool import Pool
from zuko.settings import Settings
from zuko.types import SandboxSpec

KIND = Settings().sandbox(PYTHON)


class FakeSandbox:
    """A stand-in for the sandbox that the pool needs. `end` plays the container's end; it records its holder."""

    hello = None

    def __init__(self, spec: SandboxSpec, core: int | None, runs: int) -> None:
        self.spec = spec
        self.core = core
        self.submissions_left = runs
        self.last_heard = self.started_at = time.monotonic()
        self.is_cell = runs > 1
        self.closed = False
        self.holders = 0
        self.is_asleep = self.is_slow = False
        self.changes = 0  # of its share
        self.on_sleep: Callable[[], object] = lambda: None
        self.on_change: Callable[[FakeSandbox], None] = lambda _: None
        self._ours, self._its = socket.socketpair()

    def use(self) -> None:
        """Use the sandbox for a run; raise if it is in use, or closed."""
        self.holders += 1
        assert self.holders == 1, "handed out twice"
        assert not self.closed, "handed out after its end"
        assert not self.is_slow, "handed out with a small share of its core"
        self.submissions_left -= 1
        time.sleep(random.random() / 500)
        self.holders -= 1

    def sleep(self, is_asleep: bool = True) -> None:
        """Play the program that falls asleep, or wakes up."""
        self.is_asleep = is_asleep
        self.on_sleep()

    def lend_core(self) -> None:
        self._change(is_slow=True)

    def reclaim_core(self) -> None:
        self._change(is_slow=False)

    def _change(self, *, is_slow: bool) -> None:
        self.changes += 1
        self.on_change(self)
        self.is_slow = is_slow

    def end_submission(self) -> bool:
        return self.submissions_left > 0

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._its.shutdown(socket.SHUT_RDWR)

    def has_ended(self) -> bool:
        self._ours.setblocking(False)
        try:
            return self._ours.recv(1) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def fileno(self) -> int:
        return self._ours.fileno()

    def ping(self, timeout_s: float) -> None:
        if self.has_ended():
            raise SandboxError("no answer")
        self.last_heard = time.monotonic()

    def cancel(self) -> None:
        self.end()

    def kill(self) -> None:
        self.end()

    def close(self) -> None:
        self.closed = True
        self._ours.close()
        self._its.close()


def give_back(lease: Lease, *, broken: bool = False) -> None:
    if broken:
        lease.mark_broken()
    lease.release()


class Host:
    """A host that makes fake sandboxes, counts them, and fails when the test wants it to."""

    def __init__(self, runs: int = 1) -> None:
        self.made: list[FakeSandbox] = []
        self.runs = runs
        self.fails: Callable[[int | None], bool] = lambda _: False

    def start(self, spec: SandboxSpec, core: int | None) -> Any:
        time.sleep(random.random() / 500)
        if self.fails(core):
            raise EngineError("the host is away")
        sandbox = FakeSandbox(spec, core, self.runs)
        self.made.append(sandbox)
        return sandbox

    def alive(self) -> list[FakeSandbox]:
        return [sandbox for sandbox in self.made if not sandbox.closed]


@contextlib.contextmanager
def opened(host: Host, cores: list[int | None], **options: Any) -> Iterator[Pool]:
    """Open a pool; at the end of the block all slots must be free, and after its end every sandbox closed."""
    pool = Pool(host.start, lambda: cores, **{"kept": [KIND], "ready": 2, "queue_size": 64, "idle_s": 600, **options})
    pool.open()
    try:
        yield pool
        wait_for(
            lambda: pool._scheduler.slots.free == pool._scheduler.slots.total == Counter(cores),
            5,
            "every slot to be free",
        )
        wait_for(lambda: pool.status(KIND).ready >= 2 * len(cores), 10, "a full pool")
        wait_for(lambda: pool.status(KIND).starting == 0, 5, "no start to be under way")
        assert pool.status(KIND).busy == 0
        kinds = list(pool._scheduler.stocks)
        wait_for(lambda: not any(pool.status(kind).starting for kind in kinds), 5, "no start of any kind")
        wait_for(
            lambda: len(host.alive()) == sum(pool.status(kind).ready for kind in kinds),
            5,
            "every sandbox to be ready or closed",
        )
    finally:
        pool.close(5)
    assert host.alive() == []


OTHER = replace(KIND, image="zuko-other:1")
