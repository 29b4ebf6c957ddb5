"""A source of sandboxes that are made here, and an executor that has it."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, cast

from zuko.caller import CALLER, OURSELVES, Caller
from zuko.engine.engine import Engine
from zuko.errors import SandboxError
from zuko.execution.deadline import Deadline
from zuko.execution.executor import Executor
from zuko.execution.submission import Submission
from zuko.languages.table import PYTHON, Language
from zuko.pool.lease import Lease, Leases, Reservation, Terms
from zuko.pool.source import PoolStatus
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import CpuSource, Hello, Limits, Outcome, Run, RunResult, SandboxSpec, SourceFile, Usage

SETTINGS = Settings()
USAGE = Usage(wall_time_ns=2_000_000, cpu_time_ns=1_000_000, peak_rss_bytes=4096, cpu_source=CpuSource.CGROUP_V2)
ENDED = RunResult(Outcome.EXITED, USAGE, 0, None, 0, "", b"Hello\n", b"", False, False)


def submission(language: Language = PYTHON, input_data: bytes = b"") -> Submission:
    files = (SourceFile(language.source_name, b"print('Hello')"),)
    return Submission(language, files, input_data, Limits(3000), SETTINGS.memory_bytes(language))


class FakeSandbox:
    """A sandbox whose runs do what the test wants, and end with an error once it is cancelled."""

    core = None

    def __init__(self, spec: SandboxSpec) -> None:
        self.spec = spec
        self.memory_bytes = spec.memory_bytes
        self.runs: list[tuple[str, Run]] = []
        self.cancelled = threading.Event()
        self.goes_on = False
        self.error: Exception | None = None
        self.result = ENDED

    def run(self, run: Run, silence_s: float, *, more: bool = False, on_output: object = None) -> RunResult:
        self.runs.append(("thread", run))
        if self.goes_on and self.cancelled.wait(30):
            raise SandboxError("cancelled")
        if self.error:
            raise self.error
        return self.result

    async def run_async(self, run: Run, silence_s: float) -> RunResult:
        self.runs.append(("loop", run))
        while self.goes_on:
            await asyncio.sleep(0.01)
            if self.cancelled.is_set():
                raise SandboxError("cancelled")
        if self.error:
            raise self.error
        return self.result

    def limit_memory(self, memory_bytes: int) -> None:
        self.memory_bytes = memory_bytes

    def cancel(self) -> None:
        self.cancelled.set()


class Source:
    """A source of fake sandboxes; `serve` serves the reservations that wait."""

    def __init__(self) -> None:
        self.leases = Leases(Terms(self.take_back, lambda spec, _: cast(Sandbox, FakeSandbox(spec))))
        self.waiting: list[tuple[SandboxSpec, Reservation]] = []
        self.taken_back: list[tuple[FakeSandbox, bool]] = []
        self.serves = True
        self.slots = self.busy = 1
        self.prepare: Callable[[FakeSandbox], None] = lambda _: None

    def open(self) -> None: ...
    def drain(self) -> None: ...

    def close(self, timeout_s: float) -> None:
        self.leases.wait_for_release(time.monotonic() + timeout_s)
        self.leases.cancel_all()

    def reserve(self, spec: SandboxSpec, caller: Caller = OURSELVES) -> Reservation:
        reservation: Reservation = Reservation()
        self.waiting.append((spec, reservation))
        if self.serves:
            self.serve()
        return reservation

    def serve(self) -> None:
        for spec, reservation in self.waiting:
            if reservation.set_running_or_notify_cancel():
                sandbox = FakeSandbox(spec)
                self.prepare(sandbox)
                reservation.set_result(self.leases.lend(cast(Sandbox, sandbox)))
        self.waiting.clear()

    def take_back(self, lease: Lease, broken: bool) -> None:
        self.leases.remove(lease)
        self.taken_back.append((cast(FakeSandbox, lease.sandbox), broken))

    def status(self, _: SandboxSpec) -> PoolStatus:
        return PoolStatus(self.slots, 0, 0, self.busy, len(self.waiting), draining=False, last_error=None)

    def hello(self, _: SandboxSpec) -> Hello | None:
        return None


class Job:
    """A job whose work is a function of the test."""

    language = PYTHON

    def __init__(self, work: Callable[[Lease, Callable[[str], None]], str]) -> None:
        self._work = work

    def work(self, lease: Lease, deadline: Deadline, on_result: Callable[[str], None]) -> str:
        return self._work(lease, on_result)


class NoEngine:
    def close(self) -> None: ...


def made(source: Source, settings: Settings = SETTINGS) -> Executor:
    return Executor(settings, cast(Engine, NoEngine()), source)


def run[Result](work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(asyncio.wait_for(work, 20))


@contextlib.contextmanager
def called(caller: Caller) -> Iterator[None]:
    """Have programs run for a caller."""
    token = CALLER.set(caller)
    try:
        yield
    finally:
        CALLER.reset(token)
