"""The one way in: a submission is executed, a job is done, and the caller never holds a sandbox.

    execute(submission) ── reserve ── lease ──┬── in the event loop: one run of little data
    judge(job)          ── reserve ── lease ──┴── in a thread: compilations, much data, and jobs of many runs

Both are cancelled by cancelling their task: the sandboxes end, and nothing of the run is left.
`zuko.execution.blocking` has the same for code without an event loop.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from zuko.caller import CALLER, Caller
from zuko.engine.engine import Engine
from zuko.errors import NoCapacityError, NotBegunError, OverLimitError, UnavailableError, UnreachableError
from zuko.execution.accounts import Accounts
from zuko.execution.deadline import Deadline
from zuko.execution.early import docker_host
from zuko.execution.host import Host, Probe
from zuko.execution.live import Live
from zuko.execution.report import Reports
from zuko.execution.run import is_light, run, run_light, sandbox_failed
from zuko.execution.submission import Submission
from zuko.languages.table import LANGUAGES, PYTHON, Language
from zuko.pool.lease import Lease, Reservation, give_up
from zuko.pool.pool import Pool
from zuko.pool.source import Census, PoolStatus, SandboxSource
from zuko.settings import Settings
from zuko.telemetry import tracing
from zuko.telemetry.observer import Observer
from zuko.types import Execution, Hello, SandboxSpec

log = logging.getLogger(__name__)

THREADS_MAX: Final = 1024


class Job[Event, Result](Protocol):
    """Work of many runs that begins with one sandbox: a judging, a check of inputs."""

    @property
    def language(self) -> Language:
        """Return the language of the first sandbox."""

    def work(self, lease: Lease, deadline: Deadline, on_result: Callable[[Event], None]) -> Result:
        """Do the work; called once, in a thread. The caller releases the lease.

        Args:
            lease: of the first sandbox; its cancellation ends the work.
            deadline: when the result is due.
            on_result: called with each event, from any thread.
        """


class Executor:
    """Executes submissions and jobs, for a service. Safe for several threads; `open` before use, `close` at the end.

    Args:
        settings: limits and capacity.
        engine: the Docker host; the environment's when None.
        source: hands out the sandboxes; a pool when None.
        observer: keeps figures of what is executed; None: none are kept.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine | None = None,
        source: SandboxSource | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.settings = settings
        self.observer = observer or Observer()
        self.accounts = Accounts()
        self._reports = Reports(self.observer)
        self._wait_max_s = settings.queue_timeout_s  # for a sandbox
        self._is_open = False
        self._specs: dict[str, SandboxSpec] = {}  # by a language's name
        self._owns_engine = engine is None
        self._engine = engine or Engine(docker_host(settings), self.observer.engine_call)
        self.host = Host(settings, self._engine)
        self._source = source or self._make_source()
        # Threads are made as they are needed, and no more sandboxes are handed out than there are slots.
        threads = (settings.concurrency or THREADS_MAX) * (1 + settings.sleeping_runs)
        self._threads = ThreadPoolExecutor(min(threads, THREADS_MAX), thread_name_prefix="zuko-run")

    def open(self) -> None:
        """Begin to start sandboxes; returns at once. Calling it again does nothing."""
        if not self._is_open:
            self._is_open = True
            self._source.open()

    def close(self, timeout_s: float | None = None) -> None:
        """Let runs finish, then end every sandbox.

        Args:
            timeout_s: how long they may take since draining began; None: as the settings say.
        """
        self._source.close(self.settings.drain_timeout_s if timeout_s is None else timeout_s)
        self._threads.shutdown()
        if self._owns_engine:
            self._engine.close()

    def drain(self) -> None:
        """Refuse new submissions from now on; runs go on."""
        self._source.drain()

    def cancel_all(self) -> None:
        """End every run; each is answered with an error of ours."""
        self._source.leases.cancel_all()

    @property
    def kept_languages(self) -> tuple[Language, ...]:
        """Return the languages whose sandboxes are ready before the first request."""
        return tuple(LANGUAGES[name] for name in self.settings.ready_languages)

    @property
    def first_language(self) -> Language:
        """Return the language whose readiness is the service's: its sandboxes are the first to be kept ready."""
        return next(iter(self.kept_languages), PYTHON)

    def status(self, language: Language | None = None) -> PoolStatus:
        """Return the state of the sandboxes, as a language sees it; None: the first."""
        return self._source.status(self._spec(language or self.first_language))

    @property
    def slots(self) -> int:
        """Return how many programs may run at a time; 0 until the Docker host has first answered."""
        return self._source.slots

    @property
    def busy(self) -> int:
        """Return how many programs run at this moment."""
        return len(self._source.leases.lent())

    def census(self) -> dict[str, Census]:
        """Count the sandboxes of each image; {}: the source keeps none ready."""
        return self._source.census() if isinstance(self._source, Pool) else {}

    def hello(self, language: Language | None = None) -> Hello | None:
        """Return the hello of the newest sandbox of a language; None: of the first."""
        return self._source.hello(self._spec(language or self.first_language))

    def probe(self) -> Probe:
        """Ask the Docker host for its version and the first language's image; blocks."""
        return self.host.probe(self.first_language)

    async def execute(
        self,
        submission: Submission,
        *,
        deadline: float = math.inf,
        wait_s: float | None = None,
        is_counted: bool = True,
        live: Live | None = None,
    ) -> Execution:
        """Execute a submission. A failure of ours during the run is a value as well, with status ERROR.

        Args:
            submission: from `zuko.execution.admission`.
            deadline: on the monotonic clock; the result is there by then, and the program gets less time if need be.
            wait_s: longest wait for a sandbox; None: as the settings say.
            is_counted: whether it is among the figures; a program of ours is not.
            live: follows it, and may talk to its program; None: nothing does.

        Raises:
            UnavailableError: it could not be run now: no sandbox came in time, or none can be had; or hardly any time
                was left, or its compiler was stopped for lack of time or on a host that is overloaded.
        """
        began, language = time.monotonic(), submission.language.name
        with tracing.span("execute", language=language):
            try:
                execution = await self._executed(submission, Deadline(deadline), wait_s, live)
            except UnavailableError as error:
                if is_counted:
                    self._reports.refusal(language, error)
                raise
            if is_counted:
                self._reports.execution(language, execution, time.monotonic() - began)
        return execution

    async def _executed(
        self, submission: Submission, due: Deadline, wait_s: float | None, live: Live | None
    ) -> Execution:
        try:
            return await self._execute(submission, due, wait_s, live)
        except NotBegunError as error:  # the run before has spoilt the sandbox, and not this one
            log.warning("a program is run in another sandbox: %s", error)
        try:
            return await self._execute(submission, due, wait_s, live)
        except NotBegunError as error:
            return sandbox_failed(error)

    async def _execute(
        self, submission: Submission, due: Deadline, wait_s: float | None, live: Live | None
    ) -> Execution:
        with tracing.span("wait"):
            lease = await self._lease(submission.language, due.at, wait_s)
        lease.may_sleep = math.isinf(due.at)  # it may end later while its core is lent
        with self.accounts.charging(CALLER.get()):
            if live is not None:
                live = live.from_threads(asyncio.get_running_loop())
                live.on_start()  # by the event loop: nothing that fails there may lose the lease
            elif is_light(submission, lease.sandbox):
                with lease:
                    return await run_light(lease, submission, due, self._threads)
            execution = await self._in_thread(lease, partial(run, lease, submission, due, live))
        return replace(execution, sandbox_wait_s=lease.wait_s)

    async def judge[Event, Result](
        self,
        job: Job[Event, Result],
        *,
        deadline: float = math.inf,
        wait_s: float | None = None,
        on_result: Callable[[Event], None] = lambda _: None,
        on_start: Callable[[], None] = lambda: None,
    ) -> Result:
        """Do a job of many runs.

        Args:
            job: for instance `zuko.judge.judging.Judging`.
            deadline: on the monotonic clock; what cannot be begun by then is answered as such.
            wait_s: longest wait for a sandbox; None: as the settings say.
            on_result: called in the event loop with each event as it comes, the last one before this returns.
            on_start: called when the first sandbox is there.

        Raises:
            UnavailableError: no sandbox came in time, or the Docker host failed while the job was being prepared.
            ProblemError: the job cannot be done as it is.
        """
        loop = asyncio.get_running_loop()

        def send(event: Event) -> None:
            loop.call_soon_threadsafe(on_result, event)

        language = job.language.name
        with tracing.span("judge", language=language):
            try:
                with tracing.span("wait"):
                    lease = await self._lease(job.language, deadline, wait_s)
                loop.call_soon(on_start)
                with self.accounts.charging(CALLER.get()):
                    result = await self._in_thread(lease, lambda: job.work(lease, Deadline(deadline), send))
            except UnavailableError as error:
                self._reports.refusal(language, error)
                raise
            self._reports.result(language, result)
        return result

    async def _lease(self, language: Language, deadline: float, wait_s: float | None = None) -> Lease:
        """Wait for a sandbox of a language; no thread waits for it.

        Raises:
            UnavailableError: none came in time, or none can be had.
            OverLimitError: its caller has passed a limit.
        """
        asked_at = time.monotonic()
        caller = CALLER.get()
        await self.accounts.check_all(caller)
        reservation = self._source.reserve(self._spec(language), caller)
        try:
            if not reservation.done():
                longest_s = self._wait_max_s if wait_s is None else wait_s
                await self._served(reservation, language, caller, deadline, longest_s)
            lease = reservation.result()
        except BaseException:
            give_up(reservation)
            raise
        lease.wait_s = time.monotonic() - asked_at
        return lease

    async def _served(
        self, reservation: Reservation, language: Language, caller: Caller, deadline: float, wait_s: float
    ) -> None:
        timeout_s = min(wait_s, max(deadline - time.monotonic(), 0))
        lease = asyncio.wrap_future(reservation)
        lease.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may fail when no one looks
        done, _ = await asyncio.wait({lease}, timeout=timeout_s)
        if not done:
            raise self._waited_too_long(language, caller, timeout_s)

    def _waited_too_long(self, language: Language, caller: Caller, timeout_s: float) -> UnavailableError:
        """Return the error when no sandbox came in time: programs take all that it may have, or there are none."""
        runs = caller.allowance.runs
        if runs is not None and self._source.leases.runs_of(caller.name) >= runs:
            return OverLimitError.of_runs(runs, timeout_s)
        status = self.status(language)
        if status.busy or status.ready:
            return NoCapacityError(f"no sandbox became free within {timeout_s:g} s; try again later")
        return UnreachableError(
            f"the Docker host gave us no sandbox within {timeout_s:g} s: it hangs, or is overloaded"
        )

    async def _in_thread[Result](self, lease: Lease, work: Callable[[], Result]) -> Result:
        """Do work in a thread that holds the lease. A cancellation ends its sandboxes, and waits for it."""

        def leased() -> Result:
            with lease:
                return work()

        try:
            # In this context: lines in the log have the id of the request, and spans have theirs above them.
            future = asyncio.get_running_loop().run_in_executor(self._threads, partial(copy_context().run, leased))
        except BaseException:  # no thread can be had; the work is queued all the same, and may have begun by now
            lease.cancel()
            lease.release()
            raise
        try:
            # Shielded: work that was cancelled before its thread took it up would never release the lease.
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            lease.cancel()
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
            await asyncio.wait({future})
            raise

    def _spec(self, language: Language) -> SandboxSpec:
        spec = self._specs.get(language.name)
        if spec is None:
            spec = self._specs[language.name] = self.settings.sandbox(language)
        return spec

    def _make_source(self) -> SandboxSource:
        settings = self.settings
        return Pool(
            start=self._engine.start_sandbox,
            find_slots=self.host.find_slots,
            kept=[settings.sandbox(language) for language in self.kept_languages],
            ready=settings.ready_sandboxes,
            queue_size=settings.queue_size,
            idle_s=settings.sandbox_idle_s,
            sweep=self.host.look_around,
            sleepers=settings.sleeping_runs,
        )
