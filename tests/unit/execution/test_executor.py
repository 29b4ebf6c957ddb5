"""The one way in, with sandboxes that are made here: waiting, cancelling, failing, and what becomes of the sandbox."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast

import pytest

from zuko.engine.engine import Engine
from zuko.errors import NoCapacityError, NotBegunError, SandboxError, UnreachableError
from zuko.execution.blocking import BlockingExecutor
from zuko.execution.deadline import Deadline
from zuko.execution.executor import Executor
from zuko.execution.run import LIGHT_BYTES
from zuko.execution.submission import Submission
from zuko.languages.table import CPP, PYTHON, Language
from zuko.pool.lease import Lease, Leases, Reservation, Terms
from zuko.pool.source import PoolStatus
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import CpuSource, Hello, Limits, Outcome, Reason, Run, RunResult, SandboxSpec, SourceFile, Status, Usage

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

    def run(self, run: Run, silence_s: float, *, more: bool = False) -> RunResult:
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
        self.busy = 1
        self.prepare: Callable[[FakeSandbox], None] = lambda _: None

    def open(self) -> None: ...
    def drain(self) -> None: ...

    def close(self, timeout_s: float) -> None:
        self.leases.wait_for_release(time.monotonic() + timeout_s)
        self.leases.cancel_all()

    def reserve(self, spec: SandboxSpec) -> Reservation:
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
        return PoolStatus(1, 0, 0, self.busy, len(self.waiting), draining=False, last_error=None)

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


# --- executing ----------------------------------------------------------------------------------------------------


def test_little_data_is_run_by_the_event_loop() -> None:
    source = Source()
    execution = run(made(source).execute(submission()))
    assert (execution.status, execution.stdout) == (Status.OK, "Hello\n")
    ((sandbox, broken),) = source.taken_back
    assert ([how for how, _ in sandbox.runs], broken) == (["loop"], False)
    assert execution.sandbox_wait_s is not None


@pytest.mark.parametrize("asked", [submission(input_data=b"x" * LIGHT_BYTES), submission(CPP)], ids=["data", "C++"])
def test_much_data_and_compilations_are_run_by_a_thread(asked: Submission) -> None:
    source = Source()
    execution = run(made(source).execute(asked))
    assert execution.status is Status.OK
    ((sandbox, broken),) = source.taken_back
    assert ({how for how, _ in sandbox.runs}, broken) == ({"thread"}, False)


def test_a_memory_limit_of_its_own_is_set_by_a_thread() -> None:
    """Setting a memory limit takes a call to the engine, so a thread does it."""
    source = Source()
    run(made(source).execute(replace(submission(), memory_bytes=64 << 20)))
    ((sandbox, _),) = source.taken_back
    assert ([how for how, _ in sandbox.runs], sandbox.memory_bytes) == (["thread"], 64 << 20)


@pytest.mark.parametrize("asked", [submission(), submission(CPP)], ids=["loop", "thread"])
def test_a_sandbox_that_fails_is_broken_and_the_failure_is_ours(asked: Submission) -> None:
    source = Source()

    def fail(sandbox: FakeSandbox) -> None:
        sandbox.error = SandboxError("it ended")

    source.prepare = fail
    execution = run(made(source).execute(asked))
    assert (execution.status, execution.reason) == (Status.ERROR, Reason.SANDBOX_ERROR)
    assert execution.message == "the sandbox failed, not the program: it ended"
    assert [broken for _, broken in source.taken_back] == [True]


@pytest.mark.parametrize("asked", [submission(), submission(CPP)], ids=["loop", "thread"])
@pytest.mark.parametrize("spoilt", [1, 2])
def test_a_program_that_was_not_begun_runs_in_another_sandbox(asked: Submission, spoilt: int) -> None:
    """The run before spoilt its sandbox; a second one that is spoilt is reported."""
    source = Source()
    left = [NotBegunError("audit: memory is left")] * spoilt

    def spoil(sandbox: FakeSandbox) -> None:
        sandbox.error = left.pop() if left else None

    source.prepare = spoil
    execution = run(made(source).execute(asked))
    assert [broken for _, broken in source.taken_back] == ([True, False] if spoilt == 1 else [True, True])
    assert execution.status is (Status.OK if spoilt == 1 else Status.ERROR)
    if spoilt == 2:
        assert execution.message == "the sandbox failed, not the program: audit: memory is left"


def test_a_program_that_could_not_be_started_leaves_a_broken_sandbox() -> None:
    source = Source()

    def refuse(sandbox: FakeSandbox) -> None:
        sandbox.result = replace(ENDED, outcome=Outcome.NOT_STARTED, exit_code=None, detail="fork: no memory")

    source.prepare = refuse
    execution = run(made(source).execute(submission()))
    assert execution.reason is Reason.SANDBOX_ERROR
    assert [broken for _, broken in source.taken_back] == [True]


def test_a_bug_in_a_run_leaves_a_broken_sandbox() -> None:
    source = Source()

    def fail(sandbox: FakeSandbox) -> None:
        sandbox.error = KeyError("a bug")

    source.prepare = fail
    with pytest.raises(KeyError):
        run(made(source).execute(submission(CPP)))
    assert [broken for _, broken in source.taken_back] == [True]


@pytest.mark.parametrize("asked", [submission(), submission(CPP)], ids=["loop", "thread"])
def test_without_time_nothing_is_begun_and_the_sandbox_is_good(asked: Submission) -> None:
    source = Source()
    with pytest.raises(NoCapacityError, match="no time was left"):
        run(made(source).execute(asked, deadline=time.monotonic() + 0.6))
    ((sandbox, broken),) = source.taken_back
    assert (sandbox.runs, broken) == ([], False)


def test_a_run_ends_before_the_deadline_and_says_so() -> None:
    source = Source()

    def stop(sandbox: FakeSandbox) -> None:
        sandbox.result = replace(ENDED, outcome=Outcome.WALL_TIME, exit_code=None, signal=9)

    source.prepare = stop
    execution = run(made(source).execute(submission(), deadline=time.monotonic() + 2))
    ((sandbox, _),) = source.taken_back
    ((_, begun),) = sandbox.runs
    assert 500 < begun.limits.wall_time_ms <= 1500
    assert "3 s were allowed" in str(execution.message)


# --- waiting ------------------------------------------------------------------------------------------------------


def test_a_wait_ends_when_it_is_served() -> None:
    source = Source()
    source.serves = False

    async def work() -> float | None:
        task = asyncio.create_task(made(source).execute(submission()))
        await asyncio.sleep(0.05)
        source.serve()
        return (await task).sandbox_wait_s

    assert (run(work()) or 0) >= 0.05


@pytest.mark.parametrize(("busy", "error"), [(1, NoCapacityError), (0, UnreachableError)])
def test_a_wait_ends_after_the_queue_s_time(busy: int, error: type[Exception]) -> None:
    """The programs of others take all sandboxes, or the Docker host makes none."""
    source = Source()
    source.serves, source.busy = False, busy
    with pytest.raises(error, match=r"within 0\.05 s"):
        run(made(source, Settings(queue_timeout_s=0.05)).execute(submission()))
    source.serve()
    assert source.taken_back == [], "its reservation was given up"


def test_a_wait_ends_at_the_deadline() -> None:
    source = Source()
    source.serves = False
    with pytest.raises(NoCapacityError):
        run(made(source).execute(submission(), deadline=time.monotonic() + 0.05))


def test_a_wait_that_is_cancelled_gives_up_its_place() -> None:
    source = Source()
    source.serves = False

    async def work() -> None:
        task = asyncio.create_task(made(source).execute(submission()))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(work())
    ((_, reservation),) = source.waiting
    assert reservation.cancelled()


# --- cancelling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [submission(), submission(CPP)], ids=["loop", "thread"])
def test_a_run_that_is_cancelled_ends_its_sandbox(asked: Submission) -> None:
    source = Source()

    def go_on(sandbox: FakeSandbox) -> None:
        sandbox.goes_on = True

    source.prepare = go_on

    async def work() -> None:
        task = asyncio.create_task(made(source).execute(asked))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(work())
    assert [broken for _, broken in source.taken_back] == [True]
    assert source.leases.lent() == []


def test_a_job_that_is_cancelled_has_ended_when_the_task_has() -> None:
    source = Source()
    ended = threading.Event()

    def work(lease: Lease, _: Callable[[str], None]) -> str:
        cast(FakeSandbox, lease.sandbox).cancelled.wait(30)
        time.sleep(0.05)
        ended.set()
        return "late"

    async def cancel() -> None:
        task = asyncio.create_task(made(source).judge(Job(work)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.is_set()

    run(cancel())
    assert [broken for _, broken in source.taken_back] == [True]


def test_work_that_is_cancelled_before_a_thread_takes_it_up_releases_its_sandbox() -> None:
    source = Source()
    ends = threading.Event()

    async def cancel() -> None:
        executor = made(source, Settings(concurrency=1))
        first = asyncio.create_task(executor.judge(Job(lambda *_: str(ends.wait(10)))))
        second = asyncio.create_task(executor.judge(Job(lambda *_: "late")))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.sleep(0.05)
        ends.set()
        assert await first == "True"
        with pytest.raises(asyncio.CancelledError):
            await second

    run(cancel())
    assert [broken for _, broken in source.taken_back] == [False, True]


def test_without_a_thread_no_sandbox_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source()

    def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", no_thread)
    with pytest.raises(RuntimeError, match="can't start"):
        run(made(source).judge(Job(lambda _, __: "")))
    assert len(source.taken_back) == 1


def test_work_that_begins_although_there_was_no_thread_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ThreadPoolExecutor queues work before it fails to make a thread: one that becomes free may take the work up.
    Its sandbox must not be used again."""
    source = Source()
    begun, ended = threading.Event(), threading.Event()

    def work(lease: Lease, _: Callable[[str], None]) -> str:
        begun.set()
        if cast(FakeSandbox, lease.sandbox).cancelled.wait(10):
            ended.set()
        return ""

    def submit(_: object, work: Callable[[], object]) -> None:
        threading.Thread(target=work).start()
        assert begun.wait(10)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit)
    with pytest.raises(RuntimeError, match="can't start"):
        run(made(source).judge(Job(work)))
    assert ended.wait(20)
    assert [broken for _, broken in source.taken_back] == [True]


# --- jobs ---------------------------------------------------------------------------------------------------------


def test_a_job_s_events_come_in_order_and_before_its_result() -> None:
    source = Source()
    events: list[str] = []

    def work(_: Lease, on_result: Callable[[str], None]) -> str:
        for event in "abc":
            on_result(event)
        return "done"

    async def judge() -> None:
        loop_thread = threading.get_ident()

        def note(event: str) -> None:
            assert threading.get_ident() == loop_thread
            events.append(event)

        assert await made(source).judge(Job(work), on_result=note, on_start=lambda: events.append("start")) == "done"
        assert events == ["start", "a", "b", "c"]

    run(judge())
    assert [broken for _, broken in source.taken_back] == [False]


# --- without an event loop ----------------------------------------------------------------------------------------


def test_blocking_calls_return_and_raise_here() -> None:
    source = Source()
    events: list[tuple[str, int]] = []

    def work(_: Lease, on_result: Callable[[str], None]) -> str:
        on_result("a")
        return "done"

    with BlockingExecutor(made(source)) as executor:
        assert executor.execute(submission()).stdout == "Hello\n"
        assert (
            executor.judge(Job(work), on_result=lambda event: events.append((event, threading.get_ident()))) == "done"
        )
        assert events == [("a", threading.get_ident())]
        source.prepare = lambda sandbox: setattr(sandbox, "error", KeyError("a bug"))
        with pytest.raises(KeyError):
            executor.execute(submission(CPP))
    assert len(source.taken_back) == 3


class Interrupted(BaseException):
    """The exception that a signal raises."""


def test_an_interrupt_ends_a_blocking_call_and_its_sandbox() -> None:
    source = Source()
    left = threading.Event()

    def work(lease: Lease, on_result: Callable[[str], None]) -> str:
        on_result("a")
        cast(FakeSandbox, lease.sandbox).cancelled.wait(30)
        left.set()
        return "late"

    def interrupt(_: str) -> None:
        raise Interrupted

    with BlockingExecutor(made(source)) as executor:
        with pytest.raises(Interrupted):
            executor.judge(Job(work), on_result=interrupt)
        assert left.is_set()
    assert [broken for _, broken in source.taken_back] == [True]


def test_opening_twice_opens_once() -> None:
    """A service opens its executor before it makes the app, which opens it, too."""
    source = Source()
    opened: list[None] = []
    source.open = lambda: opened.append(None)  # type: ignore[method-assign]
    executor = made(source)
    executor.open()
    executor.open()
    assert opened == [None]
    executor.close(0)
