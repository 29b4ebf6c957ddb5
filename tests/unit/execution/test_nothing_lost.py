"""The executor on a real pool of fake sandboxes: calls that are cancelled at any moment, fail, or find no thread.

At the end of each round the question is: are all slots free, is every sandbox closed, was none used twice at a time?
"""

import asyncio
import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final, cast

import pytest

from zuko.engine.engine import Engine
from zuko.errors import NotBegunError, SandboxError, ZukoError
from zuko.execution.deadline import Deadline
from zuko.execution.executor import Executor
from zuko.execution.run import LIGHT_BYTES
from zuko.execution.submission import Submission
from zuko.languages.table import CPP, PYTHON, Language
from zuko.pool.lease import Lease
from zuko.pool.pool import Pool
from zuko.settings import Settings
from zuko.types import CpuSource, Limits, Outcome, Run, RunResult, SandboxSpec, SourceFile, Usage

SETTINGS: Final = Settings(queue_timeout_s=0.2, concurrency=1)  # fewer threads than slots: work waits for them, too
KIND: Final = SETTINGS.sandbox(PYTHON)
USAGE: Final = Usage(wall_time_ns=1, cpu_time_ns=1, peak_rss_bytes=1, cpu_source=CpuSource.CGROUP_V2)
ENDED: Final = RunResult(Outcome.EXITED, USAGE, 0, None, 0, "", b"Hello\n", b"", False, False)
CORES: Final = [0, 1]
ROUNDS: Final = 12


class BugError(Exception):
    """A bug of ours."""


class FakeSandbox:
    """A sandbox whose runs take a moment, fail now and then, and end by an error once it is cancelled."""

    hello = None

    def __init__(self, spec: SandboxSpec, core: int | None, dice: random.Random) -> None:
        self.spec = spec
        self.core = core
        self.memory_bytes = spec.memory_bytes
        self.submissions_left = dice.choice([1, 3])
        self.last_heard = time.monotonic()
        self.closed = False
        self.is_asleep = False
        self.users = 0
        self.misused = False
        self._dice = dice
        self._cancelled = threading.Event()

    def run(self, run: Run, silence_s: float = 0, *, more: bool = False) -> RunResult:
        with self._used():
            self._cancelled.wait(self._dice.random() / 100)
            return self._end()

    async def run_async(self, run: Run, silence_s: float = 0) -> RunResult:
        with self._used():
            for _ in range(self._dice.randrange(10)):
                await asyncio.sleep(0.001)
                if self._cancelled.is_set():
                    break
            return self._end()

    @contextlib.contextmanager
    def _used(self) -> Iterator[None]:
        self.users += 1
        self.misused |= self.users > 1
        try:
            yield
        finally:
            self.users -= 1

    def _end(self) -> RunResult:
        chance = self._dice.random()
        if self._cancelled.is_set() or chance < 0.05:
            raise SandboxError("it ended")
        if chance < 0.08:
            raise BugError
        if chance < 0.12:
            raise NotBegunError("audit")
        return replace(ENDED, stdout=bytes(2 * LIGHT_BYTES)) if chance < 0.2 else ENDED

    def limit_memory(self, memory_bytes: int) -> None:
        self.memory_bytes = memory_bytes

    def end_submission(self) -> bool:
        self.misused |= self.users > 0
        self.submissions_left -= 1
        return self.submissions_left > 0

    def has_ended(self) -> bool:
        return self._cancelled.is_set()

    def fileno(self) -> int:
        return -1

    def cancel(self) -> None:
        self._cancelled.set()

    kill = cancel

    def close(self) -> None:
        self.cancel()
        self.closed = True


class Job:
    """A job with a companion and a borrowed sandbox in a thread of its own."""

    language = PYTHON

    def work(self, lease: Lease, deadline: Deadline, on_result: Callable[[int], None]) -> str:
        run = cast(Run, None)
        with ThreadPoolExecutor(1) as threads:
            for number in range(3):
                if (borrowed := lease.try_borrow()) is not None:
                    threads.submit(self._help, borrowed)
                beside = lease.companion(KIND)
                beside.run(run)
                if number == 1:
                    lease.end_companion(beside)
                lease.sandbox.run(run)
                on_result(number)
        return "done"

    @staticmethod
    def _help(lease: Lease) -> None:
        with lease:
            lease.sandbox.run(cast(Run, None))


class NoEngine:
    def close(self) -> None: ...


def submission(language: Language, input_data: bytes = b"") -> Submission:
    files = (SourceFile(language.source_name, b"x"),)
    return Submission(language, files, input_data, Limits(3000), SETTINGS.memory_bytes(language))


async def ask(executor: Executor, dice: random.Random, seen: Counter[str]) -> None:
    """Call the executor, and cancel the call at any moment, perhaps twice."""
    calls: list[Callable[[], Coroutine[Any, Any, object]]] = [
        lambda: executor.execute(submission(PYTHON)),
        lambda: executor.execute(submission(PYTHON, bytes(2 * LIGHT_BYTES))),
        lambda: executor.execute(submission(CPP)),
        lambda: executor.execute(submission(PYTHON), deadline=time.monotonic() + dice.choice([0.01, 0.71])),
        lambda: executor.judge(Job()),
    ]
    task = asyncio.create_task(dice.choice(calls)())
    for _ in range(dice.choice([0, 0, 1, 2])):
        await asyncio.sleep(dice.choice([0, dice.random() / 50]))
        task.cancel()
    try:
        await task
        seen["ended"] += 1
    except asyncio.CancelledError:
        seen["cancelled"] += 1
    except (ZukoError, BugError, RuntimeError) as error:
        seen[type(error).__name__] += 1


@pytest.mark.parametrize("drains", [False, True], ids=["open", "drained"])
def test_nothing_is_lost(monkeypatch: pytest.MonkeyPatch, drains: bool) -> None:
    dice = random.Random(7)
    seen = Counter[str]()
    submit = ThreadPoolExecutor.submit

    def rarely_fail(threads: ThreadPoolExecutor, *work: Any) -> Any:
        """Queue the work and fail, as where no thread can be made for it."""
        future = submit(threads, *work)
        if threads._thread_name_prefix == "zuko-run" and dice.random() < 0.1:
            raise RuntimeError("can't start new thread")
        return future

    monkeypatch.setattr(ThreadPoolExecutor, "submit", rarely_fail)
    for _ in range(ROUNDS):
        made: list[FakeSandbox] = []

        def start(spec: SandboxSpec, core: int | None, made: list[FakeSandbox] = made) -> Any:
            time.sleep(dice.random() / 300)
            made.append(FakeSandbox(spec, core, dice))
            return made[-1]

        pool = Pool(start, lambda: CORES, kept=[KIND], ready=2, queue_size=64, idle_s=600)
        executor = Executor(SETTINGS, cast(Engine, NoEngine()), pool)

        async def crowd(executor: Executor = executor) -> None:
            executor.open()
            asking = asyncio.gather(*(ask(executor, dice, seen) for _ in range(30)))
            if drains:
                await asyncio.sleep(dice.random() / 20)
                executor.drain()
                executor.cancel_all()
            await asyncio.wait_for(asking, 60)

        asyncio.run(crowd())
        executor.close(60)  # waits for those whose calls did not wait: they were cancelled twice
        assert pool._scheduler.slots.free == pool._scheduler.slots.total
        assert pool.leases._held == {}
        assert [each for each in made if not each.closed] == []
        assert [each for each in made if each.misused] == []
    assert seen["cancelled"] > 10
    assert seen["ended"] + seen["DrainingError"] > 10
