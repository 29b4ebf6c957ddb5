"""One submission, judged: compiled once, every case a fresh run, as many at a time as sandboxes are free.

    leased sandbox    ── compile ──┬── case ── case ── case ...      a worker for each sandbox; each takes the next case
                                   │ what was compiled
    borrowed sandboxes ────────────┴── case ── case ...

A worker's checker, if it is a program, runs in a companion of the worker's sandbox, on the same core: the two take
turns. Expected outputs never enter the submission's sandbox.

The first worker owns the judging. The others help as long as no one waits for their sandboxes and nothing breaks; then
they leave, and leave the case that they have to the owner.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace
from typing import Final

from zuko.errors import EngineError, NoCapacityError, ProblemError, SandboxError, UnavailableError
from zuko.execution.compiled_cache import compiled_cache
from zuko.execution.deadline import Deadline
from zuko.execution.loaded import NotCompiledError, ProgramSource
from zuko.execution.submission import JudgeJob
from zuko.judge import grading
from zuko.judge.bench import Bench
from zuko.judge.case import CaseJudge, PreemptedError, check_jury, submission_bytes
from zuko.judge.graders import Graders
from zuko.languages.table import Language
from zuko.pool.lease import Lease
from zuko.problem import CaseResult, Judgement, TestCase, Verdict
from zuko.settings import SandboxSettings
from zuko.telemetry import tracing

log = logging.getLogger(__name__)

OnResult = Callable[[CaseResult], None]

_BROKEN_MAX: Final = 2  # sandboxes of the owner's that may break over one case; then it is the judge's error
# Beginnings of the reasons of judge errors that are failures of ours: another try may go well.
SANDBOX_FAILED: Final = "the sandbox failed, not the program"
NO_SANDBOX: Final = "a sandbox could not be had"


class Judging:
    """A submission to be judged: a job of `zuko.execution.executor.Executor.judge`.

    Args:
        job: the submission, the problem, and how many sandboxes to use at a time.
        settings: how sandboxes are made.

    Raises:
        ProblemError: the problem cannot be judged as it is.
    """

    def __init__(self, job: JudgeJob, settings: SandboxSettings) -> None:
        check_jury(job.problem)
        self._job = job
        self._settings = settings

    @property
    def language(self) -> Language:
        """Return the submission's language."""
        return self._job.language

    def work(self, lease: Lease, deadline: Deadline, on_result: OnResult) -> Judgement:
        """Judge the submission.

        Args:
            lease: of a sandbox for its language; the caller releases it.
            deadline: a case that might not end by then is not begun, and is the judge's error.
            on_result: called with each case's result as it comes, from any thread.

        Raises:
            UnavailableError: the Docker host failed while the submission was being prepared, or no time was left.
        """
        judgement = _Work(self._job, self._settings, lease, deadline, on_result).judge()
        return replace(judgement, sandbox_wait_s=lease.wait_s)


class _Work:
    """A judging that goes on."""

    def __init__(
        self, job: JudgeJob, settings: SandboxSettings, lease: Lease, deadline: Deadline, on_result: OnResult
    ) -> None:
        problem = job.problem
        self._problem = problem
        self._settings = settings
        self._lease = lease
        self._on_result = on_result
        self._workers = job.workers
        self._source = ProgramSource(
            job.language,
            job.files,
            memory_bytes=submission_bytes(problem),
            heap_bytes=problem.limits.memory_bytes,
            compiler=problem.compiler_limits,
            deadline=deadline,
        )
        self._deadline = deadline
        workspace_bytes = settings.sandbox(job.language).workspace_bytes
        self._case_judge = CaseJudge(
            problem,
            self._source,
            workspace_bytes=workspace_bytes,
            deadline=deadline,
            cache=compiled_cache(settings.compiled_cache, settings.compiled_cache_mib),
        )
        self._lock = threading.Lock()
        self._waiting = list(reversed(problem.cases))
        self._numbers = {case.name: number for number, case in enumerate(problem.cases, 1)}  # names may be a client's
        self._left: list[TestCase] = []  # by helpers, to the owner
        self._unneeded = grading.Unneeded(problem)
        self._results: dict[str, CaseResult] = {}

    def judge(self) -> Judgement:
        """Judge all cases that are needed."""
        try:
            with self._using(self._lease) as bench:
                self._prepare(bench)
                self._work_together(bench)
                return self._grade(bench)
        except NotCompiledError as error:
            return grading.not_compiled(self._problem, str(error), error.output)
        except SandboxError as error:
            reason = f"{SANDBOX_FAILED}: {error}"
            return replace(grading.not_compiled(self._problem, reason, ""), verdict=Verdict.JE)

    def _grade(self, bench: Bench) -> Judgement:
        results, output = self._results.values(), self._source.compile_output
        graders = Graders(self._problem, bench, self._deadline)
        try:
            return grading.grade(self._problem, results, compile_output=output, run_grader=graders.grade)
        except ProblemError as error:
            judgement = grading.grade(self._problem, results, compile_output=output)
            return replace(judgement, verdict=Verdict.JE, reason=str(error), decided_by=None)

    @contextmanager
    def _using(self, lease: Lease) -> Iterator[Bench]:
        """Yield a worker's bench. Any failure on it, except of the program's compilation, ends the other workers."""
        try:
            yield Bench(lease, self._source, self._settings)
        except (NotCompiledError, NoCapacityError):
            raise
        except BaseException:
            self._lease.cancel()
            raise

    def _prepare(self, bench: Bench) -> None:
        """Compile; once more in another sandbox, if the leased one breaks."""
        try:
            bench.ready(self._source)
        except (SandboxError, EngineError) as error:
            if self._lease.is_cancelled:
                raise
            log.warning("the submission is prepared again: the sandbox failed: %s", error)
            bench.renew()
            bench.ready(self._source)

    def _work_together(self, bench: Bench) -> None:
        """Judge cases, and before each of them ask for help: a sandbox that was busy or starting may be free by now."""
        helpers: set[Future[None]] = set()
        with ThreadPoolExecutor(max(self._workers - 1, 1), "zuko-judge") as threads:
            try:
                while (case := self._next(is_owner=True)) is not None or helpers:
                    if case is None:
                        wait(helpers, return_when=FIRST_COMPLETED)  # one may leave a case
                    else:
                        helpers |= set(self._call_helpers(threads, len(helpers)))
                        self._record(self._judge_case(bench, case))
                    ended = {each for each in helpers if each.done()}
                    for each in ended:
                        each.result()
                    helpers -= ended
            except BaseException:
                self._lease.cancel()  # before the helpers are waited for
                raise

    def _call_helpers(self, threads: ThreadPoolExecutor, helping: int) -> Iterator[Future[None]]:
        """Borrow sandboxes that no one else wants at this moment, for as many as there is work for."""
        for _ in range(min(self._workers - 1 - helping, len(self._waiting))):
            lease = self._lease.try_borrow()
            if lease is None:
                return
            try:
                yield threads.submit(copy_context().run, self._help, lease)  # for its log lines and spans
            except BaseException:  # no thread can be had; the work is queued all the same, and may have begun by now
                lease.cancel()
                lease.release()
                raise

    def _judge_case(self, bench: Bench, case: TestCase) -> CaseResult:
        """Judge a case as the owner: once more, if a sandbox breaks."""
        reason = ""
        for _ in range(_BROKEN_MAX):
            try:
                return self._try(bench, case, _never)
            except (SandboxError, EngineError) as error:
                is_there = isinstance(error, SandboxError)
                reason = f"{SANDBOX_FAILED if is_there else NO_SANDBOX}: {error}"
                if self._lease.is_cancelled:  # it was ended on purpose
                    break
                log.warning("case %.64s: %s", case.name, reason)
                bench.renew()
        return _judge_error(case, reason)

    def _help(self, lease: Lease) -> None:
        """Judge cases as a helper, until others wait for a sandbox: they came for their first, this is a second."""
        with lease, self._using(lease) as bench:
            while not lease.has_waiters and (case := self._next()) is not None:
                try:
                    result = self._try(bench, case, lambda: lease.has_waiters)
                except PreemptedError:
                    self._leave(case)
                    return
                except (SandboxError, EngineError) as error:
                    if not lease.is_cancelled:
                        log.warning("case %.64s is left to another sandbox: %s", case.name, error)
                    bench.renew()
                    self._leave(case)
                    return
                self._record(result)

    def _leave(self, case: TestCase) -> None:
        with self._lock:
            self._left.append(case)

    def _try(self, bench: Bench, case: TestCase, has_waiters: Callable[[], bool]) -> CaseResult:
        """Judge a case; see `CaseJudge.judge`. A failure that no other sandbox would change is a result.

        Raises:
            PreemptedError: another worker has to do it.
            EngineError: a sandbox could not be had.
            SandboxError: one broke.
        """
        with tracing.span("case", number=self._numbers[case.name]):
            try:
                result = self._case_judge.judge(bench, case, has_waiters)
            except (ProblemError, NoCapacityError) as error:
                result = _judge_error(case, str(error))
            except EngineError:
                raise
            except UnavailableError as error:
                result = _judge_error(case, f"{NO_SANDBOX}: {error}")
            tracing.note(verdict=result.verdict)
        return result

    def _next(self, *, is_owner: bool = False) -> TestCase | None:
        """Take a case to be judged; None: there is none now. Cases that no time is left for are judge errors."""
        while (case := self._take(is_owner=is_owner)) is not None and not self._case_judge.has_time():
            self._record(_judge_error(case, "no time was left for it"))
        return case

    def _take(self, *, is_owner: bool) -> TestCase | None:
        with self._lock:
            for cases in (self._left, self._waiting) if is_owner else (self._waiting,):
                while cases and not self._lease.is_cancelled:
                    case = cases.pop()
                    if case.name not in self._unneeded:
                        return case
        return None

    def _record(self, result: CaseResult) -> None:
        with self._lock:
            if self._lease.is_cancelled:
                return
            self._results[result.name] = result
            self._unneeded.record(result)
        self._on_result(result)


def _never() -> bool:
    return False


def _judge_error(case: TestCase, reason: str) -> CaseResult:
    return CaseResult(case.name, case.group, Verdict.JE, reason, None, None, None)
