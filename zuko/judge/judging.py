"""One submission, judged: compiled once, every case a fresh run, as many at a time as sandboxes are free.

    reserved sandbox ── compile ──┬── case ── case ── case ...      a worker a sandbox; each takes the next case
                                  │ what was compiled
    spare sandboxes  ─────────────┴── case ── case ...

A worker's checker, if it is a program, runs in a sandbox beside the worker's own, on the same core: the two take turns.
Expected outputs never enter the submission's sandbox.

The first worker owns the judging. The others help for as long as nobody waits for their sandboxes and nothing breaks;
then they leave, and leave the case that they have to the owner.
"""

import logging
import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from zuko.errors import EngineError, NoCapacityError, ProblemError, SandboxError, UnavailableError
from zuko.execution.deadline import Deadline
from zuko.execution.executor import Executor
from zuko.execution.loaded import NotCompiledError, Source
from zuko.judge import grading
from zuko.judge.bench import Bench, Held
from zuko.judge.case import CaseJudge, PreemptedError, submission_bytes
from zuko.languages.table import Language
from zuko.problem import CaseResult, Judgement, Problem, TestCase, Verdict
from zuko.sandbox.sandbox import Sandbox
from zuko.types import SourceFile

log = logging.getLogger(__name__)

Tell = Callable[[CaseResult], None]

_BROKEN_MAX: Final = 2  # sandboxes of the owner's that may break over one case; then it is the judge's error
_NO_SANDBOX: Final = "a sandbox could not be had"


class Judging:
    """One submission that is being judged. To be used once; `cancel` may be called from any thread.

    Args:
        executor: has the sandboxes.
        language: of the submission.
        files: of the submission, the main one first.
        problem: what it is judged by.
        workers: sandboxes to use at a time, at the most.
        deadline: on the monotonic clock; a case that might not end by then is not begun, and is the judge's error.

    Raises:
        ProblemError: the problem cannot be judged as it is.
    """

    def __init__(
        self,
        executor: Executor,
        language: Language,
        files: tuple[SourceFile, ...],
        problem: Problem,
        *,
        workers: int = 1,
        deadline: float = math.inf,
    ) -> None:
        self._executor = executor
        self._problem = problem
        self._tell: Tell = _tell_nobody
        self._workers = workers
        by_then = Deadline(deadline)
        self._source = Source(
            language,
            files,
            memory_bytes=submission_bytes(problem),
            heap_bytes=problem.limits.memory_bytes,
            compiler=problem.compiler_limits,
            deadline=by_then,
        )
        workspace_bytes = executor.settings.sandbox(language).workspace_bytes
        self._case_judge = CaseJudge(problem, self._source, workspace_bytes=workspace_bytes, deadline=by_then)
        self._held = Held()
        self._lock = threading.Lock()
        self._waiting = list(reversed(problem.cases))
        self._left: list[TestCase] = []  # by helpers, to the owner
        self._unneeded = grading.Unneeded(problem)
        self._results: dict[str, CaseResult] = {}

    @property
    def scored(self) -> bool:
        """Whether points mean anything."""
        return self._problem.scored

    def judge(self, sandbox: Sandbox, tell: Tell | None = None) -> Judgement:
        """Judges the submission, in a sandbox that was reserved for its language, and gives that back.

        Args:
            sandbox: what was reserved.
            tell: called with each case's result as it comes, from any thread.

        Raises:
            UnavailableError: the Docker host failed while the submission was being prepared, or no time was left.
        """
        self._tell = tell or _tell_nobody
        try:
            with self._using(sandbox) as bench:
                self._prepare(bench)
                self._work_together(bench, sandbox)
        except NotCompiledError as error:
            return grading.not_compiled(self._problem, str(error), error.output)
        except SandboxError as error:
            reason = f"the sandbox failed, not the program: {error}"
            return replace(grading.not_compiled(self._problem, reason, ""), verdict=Verdict.JE)
        return grading.grade(self._problem, self._results.values(), compile_output=self._source.compile_output)

    def cancel(self) -> None:
        """Ends what runs; no other case is begun."""
        self._held.cancel()

    @contextmanager
    def _using(self, lent: Sandbox) -> Iterator[Bench]:
        """A worker's bench. What goes wrong on it, but for a program that is none, ends what the others do."""
        with Bench(self._executor, lent, self._source, self._held) as bench:
            try:
                yield bench
            except (NotCompiledError, NoCapacityError):
                raise
            except BaseException:
                self.cancel()
                raise

    def _prepare(self, bench: Bench) -> None:
        """Compiles; once more in another sandbox, if the one that was lent breaks."""
        try:
            bench.ready(self._source)
        except (SandboxError, EngineError) as error:
            if self._held.is_cancelled:
                raise
            log.warning("the submission is prepared again: the sandbox failed: %s", error)
            bench.renew()
            bench.ready(self._source)

    def _work_together(self, bench: Bench, lent: Sandbox) -> None:
        """Cases, and before each of them a call for help: a sandbox that was busy or starting may be free by now."""
        helpers: set[Future[None]] = set()
        with ThreadPoolExecutor(max(self._workers - 1, 1), "zuko-judge") as threads:
            try:
                while (case := self._next(is_owner=True)) is not None or helpers:
                    if case is None:
                        wait(helpers, return_when=FIRST_COMPLETED)  # one may leave a case
                    else:
                        helpers |= {threads.submit(self._help, spare) for spare in self._spares(lent, len(helpers))}
                        self._note(self._judge_case(bench, case))
                    ended = {each for each in helpers if each.done()}
                    for each in ended:
                        each.result()
                    helpers -= ended
            except BaseException:
                self.cancel()  # before the helpers are waited for
                raise

    def _spares(self, lent: Sandbox, helping: int) -> Iterator[Sandbox]:
        """Sandboxes that nobody else wants at this moment, as many as there is work for."""
        for _ in range(min(self._workers - 1 - helping, len(self._waiting))):
            spare = self._executor.pool.borrow_spare(lent.spec)
            if spare is None:
                return
            yield spare

    def _judge_case(self, bench: Bench, case: TestCase) -> CaseResult:
        """The owner's: once more, if a sandbox breaks."""
        reason = ""
        for _ in range(_BROKEN_MAX):
            try:
                return self._try(bench, case, _never)
            except (SandboxError, EngineError) as error:
                is_there = isinstance(error, SandboxError)
                reason = f"{'the sandbox failed, not the program' if is_there else _NO_SANDBOX}: {error}"
                if self._held.is_cancelled:  # it was ended on purpose
                    break
                log.warning("case %.64s: %s", case.name, reason)
                bench.renew()
        return _judge_error(case, reason)

    def _help(self, lent: Sandbox) -> None:
        """A helper's cases. It leaves when others wait, who came for a sandbox and not for a second one."""
        is_waited_for = self._executor.pool.is_waited_for
        with self._using(lent) as bench:
            while not is_waited_for() and (case := self._next()) is not None:
                try:
                    result = self._try(bench, case, is_waited_for)
                except PreemptedError:
                    self._leave(case)
                    return
                except (SandboxError, EngineError) as error:
                    if not self._held.is_cancelled:
                        log.warning("case %.64s is left to another sandbox: %s", case.name, error)
                    bench.renew()
                    self._leave(case)
                    return
                self._note(result)

    def _leave(self, case: TestCase) -> None:
        with self._lock:
            self._left.append(case)

    def _try(self, bench: Bench, case: TestCase, is_waited_for: Callable[[], bool]) -> CaseResult:
        """See `CaseJudge.judge`; what no other sandbox would mend is a result.

        Raises:
            PreemptedError: another worker has to do it.
            EngineError: a sandbox could not be had.
            SandboxError: one broke.
        """
        try:
            return self._case_judge.judge(bench, case, is_waited_for)
        except (ProblemError, NoCapacityError) as error:
            return _judge_error(case, str(error))
        except EngineError:
            raise
        except UnavailableError as error:
            return _judge_error(case, f"{_NO_SANDBOX}: {error}")

    def _next(self, *, is_owner: bool = False) -> TestCase | None:
        """A case to be judged; None: there is none at this moment. Those that there is no time for are judge errors."""
        while (case := self._take(is_owner=is_owner)) is not None and not self._case_judge.has_time():
            self._note(_judge_error(case, "no time was left for it"))
        return case

    def _take(self, *, is_owner: bool) -> TestCase | None:
        with self._lock:
            for cases in (self._left, self._waiting) if is_owner else (self._waiting,):
                while cases and not self._held.is_cancelled:
                    case = cases.pop()
                    if case.name not in self._unneeded:
                        return case
        return None

    def _note(self, result: CaseResult) -> None:
        with self._lock:
            if self._held.is_cancelled:
                return
            self._results[result.name] = result
            self._unneeded.note(result)
        self._tell(result)


def _tell_nobody(_: CaseResult) -> None:
    pass


def _never() -> bool:
    return False


def _judge_error(case: TestCase, reason: str) -> CaseResult:
    return CaseResult(case.name, case.group, Verdict.JE, reason, None, None, None)
