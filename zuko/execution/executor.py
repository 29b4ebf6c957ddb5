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
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Protocol

from zuko.engine.engine import Engine
from zuko.engine.isolation import hint
from zuko.engine.neighbours import free_cores
from zuko.errors import NoCapacityError, NotBegunError, UnavailableError, UnreachableError, ZukoError
from zuko.execution.deadline import Deadline
from zuko.execution.early import EarlyStart, cores_of, docker_host
from zuko.execution.run import is_light, run, run_light, sandbox_failed
from zuko.execution.submission import Submission
from zuko.languages.table import LANGUAGES, PYTHON, Language
from zuko.pool.lease import Lease, Reservation, give_up
from zuko.pool.ondemand import OnDemand
from zuko.pool.pool import Pool
from zuko.pool.source import PoolStatus, SandboxSource
from zuko.pool.standby import Standby
from zuko.sandbox.sandbox import HELLO_TIMEOUT_S
from zuko.settings import Settings
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


@dataclass(frozen=True, slots=True)
class Probe:
    """The state of the Docker host, as it answers."""

    engine_version: str | None  # None: it does not answer
    image_present: bool | None  # of the first language; None: it does not answer
    error: str | None


class Executor:
    """Executes submissions and jobs, for a service. Safe for several threads; `open` before use, `close` at the end.

    Args:
        settings: limits and capacity.
        engine: the Docker host; the environment's when None.
        source: hands out the sandboxes; a pool when None.
    """

    def __init__(self, settings: Settings, engine: Engine | None = None, source: SandboxSource | None = None) -> None:
        self.settings = settings
        self._wait_max_s = settings.queue_timeout_s  # for a sandbox
        self._is_open = False
        self._crowding: str | None = None  # that was warned of
        self._specs: dict[str, SandboxSpec] = {}  # by a language's name
        self._owns_engine = engine is None
        self._engine = engine or Engine(docker_host(settings))
        self._source = source or self._make_source()
        # Threads are made as they are needed, and no more sandboxes are handed out than there are slots.
        self._threads = ThreadPoolExecutor(settings.concurrency or THREADS_MAX, thread_name_prefix="zuko-run")

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

    def hello(self, language: Language | None = None) -> Hello | None:
        """Return the hello of the newest sandbox of a language; None: of the first."""
        return self._source.hello(self._spec(language or self.first_language))

    def isolation_hint(self) -> str | None:
        """Return what would allow the better isolation; None: it is in force, not wanted, or not known yet."""
        refusal = self._engine.refused_namespaces
        return hint(refusal) if refusal else None

    def crowding(self, *, is_new: bool = False) -> str | None:
        """Return who else uses the cores of the Docker host, so that there would be more runs than cores; blocks.

        More runs than cores make every measured time wrong. The processes that came first are in the right.

        Args:
            is_new: this process has no sandboxes yet, so that all others came before it.

        Raises:
            EngineError: the Docker host does not answer.
        """
        cores = self._engine.info().cores
        own = self.settings.concurrency or cores
        started_at = math.inf if is_new else self._engine.started_at
        others = [each for each in self._engine.neighbours() if each.started_at < started_at]
        if not others or own + sum(each.slots for each in others) <= cores:
            return None
        return (
            f"the {cores} core{'' if cores == 1 else 's'} of the Docker host are used by {'; '.join(map(str, others))}:"
            f" end {'it' if len(others) == 1 else 'them'}, or divide the cores with ZUKO_CONCURRENCY, on both sides"
        )

    def engine_version(self) -> str:
        """Ask the Docker host for its version; blocks.

        Raises:
            EngineError: it does not answer.
        """
        return self._engine.info().version

    def languages_present(self) -> frozenset[str]:
        """Ask the Docker host which languages it has images of; blocks. Return their names.

        Raises:
            EngineError: it does not answer.
        """
        return frozenset(
            language.name for language in LANGUAGES.values() if self._engine.has_image(self.settings.image(language))
        )

    def probe(self) -> Probe:
        """Ask the Docker host for its version and the first language's image; blocks."""
        version: str | None = None
        try:
            version = self._engine.info().version
            return Probe(version, self._engine.has_image(self.settings.image(self.first_language)), None)
        except ZukoError as error:
            return Probe(version, None, str(error))

    async def execute(self, submission: Submission, *, deadline: float = math.inf) -> Execution:
        """Execute a submission. A failure of ours during the run is a value as well, with status ERROR.

        Args:
            submission: from `zuko.execution.admission`.
            deadline: on the monotonic clock; the result is there by then, and the program gets less time if need be.

        Raises:
            UnavailableError: it could not be run now: no sandbox came in time, or none can be had; or hardly any time
                was left, or its compiler was stopped for lack of time or on a host that is overloaded.
        """
        due = Deadline(deadline)
        try:
            return await self._execute(submission, due, deadline)
        except NotBegunError as error:  # the run before has spoilt the sandbox, and not this one
            log.warning("a program is run in another sandbox: %s", error)
        try:
            return await self._execute(submission, due, deadline)
        except NotBegunError as error:
            return sandbox_failed(error)

    async def _execute(self, submission: Submission, due: Deadline, deadline: float) -> Execution:
        lease = await self._lease(submission.language, deadline)
        if is_light(submission, lease.sandbox):
            with lease:
                return await run_light(lease, submission, due, self._threads)
        execution = await self._in_thread(lease, partial(run, lease, submission, due))
        return replace(execution, sandbox_wait_s=lease.wait_s)

    async def judge[Event, Result](
        self,
        job: Job[Event, Result],
        *,
        deadline: float = math.inf,
        on_result: Callable[[Event], None] = lambda _: None,
        on_start: Callable[[], None] = lambda: None,
    ) -> Result:
        """Do a job of many runs.

        Args:
            job: for instance `zuko.judge.judging.Judging`.
            deadline: on the monotonic clock; what cannot be begun by then is answered as such.
            on_result: called in the event loop with each event as it comes, the last one before this returns.
            on_start: called when the first sandbox is there.

        Raises:
            UnavailableError: no sandbox came in time, or the Docker host failed while the job was being prepared.
            ProblemError: the job cannot be done as it is.
        """
        loop = asyncio.get_running_loop()

        def send(event: Event) -> None:
            loop.call_soon_threadsafe(on_result, event)

        lease = await self._lease(job.language, deadline)
        loop.call_soon(on_start)
        return await self._in_thread(lease, lambda: job.work(lease, Deadline(deadline), send))

    async def _lease(self, language: Language, deadline: float) -> Lease:
        """Wait for a sandbox of a language; no thread waits for it.

        Raises:
            UnavailableError: none came in time, or none can be had.
        """
        asked_at = time.monotonic()
        reservation = self._source.reserve(self._spec(language))
        try:
            if not reservation.done():
                await self._served(reservation, language, deadline)
            lease = reservation.result()
        except BaseException:
            give_up(reservation)
            raise
        lease.wait_s = time.monotonic() - asked_at
        return lease

    async def _served(self, reservation: Reservation, language: Language, deadline: float) -> None:
        timeout_s = min(self._wait_max_s, max(deadline - time.monotonic(), 0))
        lease = asyncio.wrap_future(reservation)
        lease.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may fail when no one looks
        done, _ = await asyncio.wait({lease}, timeout=timeout_s)
        if not done:
            raise self._waited_too_long(language, timeout_s)

    def _waited_too_long(self, language: Language, timeout_s: float) -> UnavailableError:
        """Return the error when no sandbox came in time: the programs of others take them all, or there are none."""
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
            future = asyncio.get_running_loop().run_in_executor(self._threads, leased)
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
            find_slots=self._find_slots,
            kept=[settings.sandbox(language) for language in self.kept_languages],
            ready=settings.ready_sandboxes,
            queue_size=settings.queue_size,
            idle_s=settings.sandbox_idle_s,
            sweep=self._look_around,
        )

    def _look_around(self) -> int:
        """Sweep, and warn of others that use the same cores."""
        swept = self._engine.sweep()
        crowding = self.crowding()
        if crowding is not None and crowding != self._crowding:
            log.warning("times are measured wrong: %s", crowding)
        self._crowding = crowding
        return swept

    def _find_slots(self) -> list[int | None]:
        """Return the core of each run that may go on at a time. More runs than cores make every measured time wrong."""
        cores = self._engine.info().cores
        slots = self.settings.concurrency or cores
        found: list[int | None] = [None] * slots
        if self.settings.pin_cores and cores > 1 and self.settings.cpus <= 1:
            # One that has all cores is alone, and need not look for others.
            order = free_cores(cores, self._engine.neighbours()) if slots < cores else range(cores)
            found = [order[slot % cores] for slot in range(slots)]
        self._engine.announce(found)
        return found


class FunctionExecutor(Executor):
    """The executor of a process that serves one request at a time and is frozen in between."""

    @property
    def kept_languages(self) -> tuple[Language, ...]:
        """Return the language that one sandbox is kept ready of."""
        return (PYTHON,)

    def after_response(self) -> None:
        """Ask the engine for the next sandbox when the response is made, before the process is frozen."""
        self._standby.after_response()

    def _make_source(self) -> SandboxSource:
        engine = self._engine
        self._standby = Standby(
            lambda spec: engine.create_sandbox(spec, standby=True), self.settings.sandbox(PYTHON), engine.sweep
        )
        return self._standby


class CommandExecutor(Executor):
    """The executor of a command: sandboxes are started when they are asked for.

    Should the process be killed, the engine removes what runs. A container that was just created and not started is
    all that can be left; the next command or service sweeps it away.

    Args:
        settings: limits.
        engine: the Docker host; the environment's when None.
        early: the start of the first sandbox, with the engine.
        workers: sandboxes that are used at a time; None: half the Docker host's cores, since two threads of one core,
            which count as two, slow each other down.
        workers_max: no more than that.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine | None = None,
        *,
        early: EarlyStart | None = None,
        workers: int | None = 1,
        workers_max: int = THREADS_MAX,
    ) -> None:
        self._early = early
        self._asked_workers, self._workers_max = workers, workers_max
        super().__init__(settings, engine if early is None else early.engine)
        # No one else waits here: it is the start of a sandbox that takes so long, on a host that is busy.
        self._wait_max_s = max(settings.queue_timeout_s, HELLO_TIMEOUT_S)

    @property
    def kept_languages(self) -> tuple[Language, ...]:
        """Return none: nothing is started before it is asked for."""
        return ()

    def sweep(self) -> None:
        """Remove what commands and services that were killed have left."""
        self._engine.sweep()

    def _make_source(self) -> SandboxSource:
        workers = self._asked_workers
        if workers is None:
            workers = self.settings.judge_workers or max(self._engine.info().cores // 2, 1)
        self.workers = min(workers, self._workers_max)
        start = self._engine.start_sandbox if self._early is None else self._early.start
        return OnDemand(start, self.workers, lambda: cores_of(self._engine, self.settings))
