"""One submission, judged: compiled once, every case a fresh run, as many at a time as sandboxes are free.

    reserved sandbox ── compile ──┬── case ── case ── case ...      a worker a sandbox; each takes the next case
                                  │ what was compiled
    spare sandboxes  ─────────────┴── case ── case ...

A worker's checker, if it is a program, runs in a sandbox beside the worker's own, on the same core: the two take turns.
Expected outputs never enter the submission's sandbox.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from zuko.conversation import converse
from zuko.errors import ProblemError, SandboxError, UnavailableError
from zuko.executor import Executor
from zuko.judge import checkers, custom, grading
from zuko.judge.bench import Bench, program_source
from zuko.judge.loaded import NotCompiledError, Source
from zuko.judge.model import CaseResult, CheckResult, CustomChecker, Judgement, Problem, TestCase, Verdict
from zuko.judge.verdicts import Ruling, counting_attempt, is_borderline, rule, run_limits, wants_another_run
from zuko.languages import MIB, Language
from zuko.program import is_not_executable
from zuko.sandbox import Sandbox
from zuko.types import Limits, Outcome, RunResult, SourceFile

log = logging.getLogger(__name__)

Tell = Callable[[CaseResult], None]

_SLACK_BYTES: Final = 4 * MIB  # zuko-init, and what the kernel counts for a container's processes
_CHECKER_WALL: Final = 2  # times its CPU time limit: it shares a core
_BROKEN_MAX: Final = 2  # sandboxes that may break over one case; then it is the judge's error


class Judging:
    """One submission that is being judged. To be used once; `cancel` may be called from any thread.

    Args:
        executor: has the sandboxes.
        language: of the submission.
        files: of the submission, the main one first.
        problem: what it is judged by.
        workers: sandboxes to use at a time, at the most.
        deadline: on the monotonic clock; a case that might not end by then is not begun, and is the judge's error.
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
        self._source = Source(language, files, deadline)
        self._problem = problem
        self._tell: Tell = _tell_nobody
        self._workers = workers
        self._deadline = deadline
        self._lock = threading.Lock()
        self._waiting = list(reversed(problem.cases))
        self._results: dict[str, CaseResult] = {}
        self._held: set[Sandbox] = set()
        self._cancelled = False
        self._programs = {
            each.program: program_source(each.program, deadline)
            for each in (problem.checker, problem.interactor, *(case.checker for case in problem.cases))
            if isinstance(each, CustomChecker)
        }
        self._limits = run_limits(problem.limits)
        self._memory_bytes = problem.limits.memory_bytes + _held_bytes(problem)

    def judge(self, sandbox: Sandbox, tell: Tell | None = None) -> Judgement:
        """Judges the submission, in a sandbox that was reserved for its language, and gives that back.

        Args:
            sandbox: what was reserved.
            tell: called with each case's result as it comes, from any thread.

        Raises:
            UnavailableError: the Docker host failed while the submission was being prepared.
        """
        self._tell = tell or _tell_nobody
        try:
            self._work(sandbox, first=True)
        except NotCompiledError as error:
            return grading.not_compiled(self._problem, str(error), error.output)
        except SandboxError as error:
            reason = f"the sandbox failed, not the program: {error}"
            return replace(grading.not_compiled(self._problem, reason, ""), verdict=Verdict.JE)
        return grading.grade(self._problem, self._results.values(), compile_output=self._source.compile_output)

    def cancel(self) -> None:
        """Ends what runs; no other case is begun."""
        with self._lock:
            self._cancelled = True
            for sandbox in self._held:
                sandbox.cancel()

    def _work(self, lent: Sandbox, *, first: bool = False) -> None:
        """Cases, one after another, until there are no more. The first worker compiles, and calls for help."""
        bench = Bench(
            self._executor,
            lent,
            self._source,
            problem=self._problem,
            programs=self._programs,
            memory_bytes=self._memory_bytes,
            hold=self._holding,
        )
        broken = True
        try:
            with self._holding(lent), bench:
                if first:
                    self._compile(bench)
                    self._work_together(bench, lent)
                else:
                    self._take_cases(bench)
            broken = bench.lent_is_broken
        except NotCompiledError:
            broken = False
            raise
        except BaseException:
            self.cancel()
            raise
        finally:
            self._executor.pool.give_back(lent, broken=broken or self._cancelled)

    def _compile(self, bench: Bench) -> None:
        """And once more in another sandbox, if the one that was lent breaks."""
        try:
            bench.submission()
        except SandboxError as error:
            if self._cancelled:
                raise
            log.warning("the submission is prepared again: the sandbox failed: %s", error)
            bench.renew()
            bench.submission()

    def _work_together(self, bench: Bench, lent: Sandbox) -> None:
        """Cases, and before each of them a call for help: a sandbox that was busy or starting may be free by now."""
        helpers: list[Future[None]] = []
        with ThreadPoolExecutor(max(self._workers - 1, 1), "zuko-judge") as threads:
            try:
                while (case := self._next()) is not None:
                    helpers += [threads.submit(self._work, spare) for spare in self._spares(lent, helpers)]
                    self._note(self._judge_case(bench, case))
            except BaseException:
                self.cancel()  # before the helpers are waited for
                raise
        for helper in helpers:
            helper.result()

    def _take_cases(self, bench: Bench) -> None:
        """A helper's: it leaves when others wait, who came for a sandbox and not for a second one."""
        while not self._executor.pool.is_waited_for() and (case := self._next()) is not None:
            self._note(self._judge_case(bench, case))

    def _spares(self, lent: Sandbox, helpers: list[Future[None]]) -> Iterator[Sandbox]:
        """Sandboxes that nobody else wants at this moment, as many as there is work for."""
        helping = sum(not helper.done() for helper in helpers)
        for _ in range(min(self._workers - 1 - helping, len(self._waiting))):
            spare = self._executor.pool.borrow_spare(lent.spec)
            if spare is None:
                return
            yield spare

    def _note(self, result: CaseResult) -> None:
        with self._lock:
            if self._cancelled:
                return
            self._results[result.name] = result
        self._tell(result)

    def _next(self) -> TestCase | None:
        with self._lock:
            unneeded = grading.unneeded(self._problem, self._results.values())
            while self._waiting and not self._cancelled:
                case = self._waiting.pop()
                if case.name not in unneeded:
                    return case
            return None

    def _judge_case(self, bench: Bench, case: TestCase) -> CaseResult:
        for _ in range(_BROKEN_MAX):
            if time.monotonic() + self._limits.wall_time_ms / 1000 > self._deadline:
                return _judge_error(case, "no time was left for it")
            try:
                return self._attempt(bench, case)
            except ProblemError as error:
                return _judge_error(case, str(error))
            except UnavailableError as error:
                return _judge_error(case, f"a sandbox could not be had: {error}")
            except SandboxError as error:
                reason = f"the sandbox failed, not the program: {error}"
                if self._cancelled:  # it was ended on purpose
                    break
                log.warning("case %.64s: %s", case.name, reason)
                bench.renew()
        return _judge_error(case, reason)

    def _attempt(self, bench: Bench, case: TestCase) -> CaseResult:
        """A case, run as often as noise may have decided, and judged by the attempt that counts."""
        problem = self._problem
        attempts: list[RunResult] = []
        checks: list[CheckResult | None] = []  # of an interactive case: what was said while it ran
        while True:
            result, check = self._run(bench, case)
            attempts.append(result)
            checks.append(check)
            if not wants_another_run(attempts, problem.limits):
                break
        at = counting_attempt(attempts, problem.limits)
        result, check = attempts[at], checks[at]
        ruling = self._rule(result)
        if check is not None:
            ruling = _with_interactor(ruling, check)
        elif ruling.verdict is None:
            check = self._check(bench, case, result.stdout)
        verdict = ruling.verdict or (check.verdict if check else Verdict.JE)
        reason = ruling.reason or (check.message if check and verdict is not Verdict.AC else "")
        return CaseResult(
            name=case.name,
            group=case.group,
            verdict=verdict,
            reason="" if verdict is Verdict.AC else reason or _REASONS[verdict],
            cpu_time_ns=result.usage.cpu_time_ns,
            wall_time_ns=result.usage.wall_time_ns,
            peak_rss_bytes=result.usage.peak_rss_bytes,
            points=_points(problem, case, check) if verdict is Verdict.AC and check else 0.0,
            diff=check.diff if check and verdict is Verdict.WA else "",
            message=check.message if check else "",
            attempts=tuple(each.usage for each in attempts),
            borderline=any(is_borderline(each, problem.limits) for each in attempts),
        )

    def _run(self, bench: Bench, case: TestCase) -> tuple[RunResult, CheckResult | None]:
        interactor = self._problem.interactor_for(case)
        if interactor is not None:
            return self._talk(bench, case, interactor)
        loaded = bench.submission()
        return loaded.run(loaded.plan(self._limits, case.input)), None

    def _talk(self, bench: Bench, case: TestCase, interactor: CustomChecker) -> tuple[RunResult, CheckResult]:
        judge = bench.program(interactor.program)
        limits = self._checker_limits()
        # It outlives the submission: when that is stopped, it still has to say what it thinks.
        limits = replace(limits, wall_time_ms=self._limits.wall_time_ms + limits.wall_time_ms)
        theirs = bench.submission().plan(self._limits, interactive=True)
        ours = judge.plan(
            limits,
            files=custom.files(interactor, case.input, case.answer, None),
            arguments=custom.arguments(interactor),
            take=custom.FEEDBACK_TAKEN,
            interactive=True,
        )
        said = converse(bench.submission().sandbox, theirs, judge.sandbox, ours, more=True)
        bench.submission().is_spent = not said.left.again
        judge.is_spent = not said.right.again
        check = custom.decide(interactor, said.right, limits, self._problem.checker_limits.memory_bytes)
        ruling = self._rule(said.left)
        verdict = custom.decide_interaction(
            ruling.verdict,
            check,
            interactor_ended_first=said.first_to_end == "right",
            interactor_was_stopped=said.right.outcome not in {Outcome.EXITED, Outcome.SIGNALLED},
        )
        if verdict is None:  # the submission's own end stands
            return said.left, CheckResult(Verdict.AC if ruling.verdict is None else ruling.verdict, check.message)
        return said.left, replace(check, verdict=verdict)

    def _rule(self, result: RunResult) -> Ruling:
        language = self._source.language
        return rule(
            result,
            self._problem.limits,
            heap_full_text=language.heap_full_text,
            is_not_executable=is_not_executable(language, result),
        )

    def _check(self, bench: Bench, case: TestCase, output: bytes) -> CheckResult:
        checker = self._problem.checker_for(case)
        if not isinstance(checker, CustomChecker):
            return checkers.check(checker, output, case.answer)
        limits = self._checker_limits()
        loaded = bench.program(checker.program)
        plan = loaded.plan(
            limits,
            output,
            files=custom.files(checker, case.input, case.answer, output),
            arguments=custom.arguments(checker),
            take=custom.FEEDBACK_TAKEN,
        )
        return custom.decide(checker, loaded.run(plan), limits, self._problem.checker_limits.memory_bytes)

    def _checker_limits(self) -> Limits:
        limits = self._problem.checker_limits
        return custom.run_limits(limits, limits.cpu_time_ms * _CHECKER_WALL)

    @contextmanager
    def _holding(self, sandbox: Sandbox) -> Iterator[None]:
        """While the block lasts, `cancel` ends the sandbox too."""
        with self._lock:
            self._held.add(sandbox)
            if self._cancelled:
                sandbox.cancel()
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(sandbox)


def _tell_nobody(_: CaseResult) -> None:
    pass


_REASONS: Final = {
    Verdict.WA: "the output is wrong",
    Verdict.JE: "the checker failed",
}


def _with_interactor(ruling: Ruling, check: CheckResult) -> Ruling:
    """The submission's own verdict, unless the interactor has the last word."""
    if ruling.verdict == check.verdict:
        return ruling
    return Ruling(None if check.verdict is Verdict.AC else check.verdict, check.message)


def _points(problem: Problem, case: TestCase, check: CheckResult) -> float:
    return grading.points_for(case, check) if problem.scored else 0.0


def _judge_error(case: TestCase, reason: str) -> CaseResult:
    return CaseResult(case.name, case.group, Verdict.JE, reason, None, None, None)


def _held_bytes(problem: Problem) -> int:
    """What a sandbox's memory holds beside the program: its input, what is kept of its output. `Source.load` adds its
    files."""
    largest = max((len(case.input) for case in problem.cases), default=0)
    return 2 * problem.limits.output_bytes + largest + _SLACK_BYTES
