"""One test case: the submission's runs, and the checker's or the interactor's decision on them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from zuko.errors import ProblemError, ZukoError
from zuko.execution.compiled_cache import CompiledCache
from zuko.execution.conclude import conclude_not_executable
from zuko.execution.deadline import Deadline
from zuko.execution.loaded import LoadedProgram, NotCompiledError, ProgramSource, named_for
from zuko.execution.meter import MeteredRun
from zuko.execution.program import SLACK_BYTES, blocks_bytes, is_not_executable
from zuko.judge import checkers, custom, grading
from zuko.judge.bench import Bench
from zuko.judge.passes import Attempt, kept_feedback, run_passes
from zuko.judge.verdicts import (
    Ruling,
    counting_attempt,
    is_borderline,
    is_within,
    rule,
    run_limits,
    wants_another_run,
    was_starved,
)
from zuko.languages.entry import with_entry
from zuko.languages.table import Language, find_language
from zuko.problem import CaseResult, CheckResult, Convention, CustomChecker, Problem, Program, TestCase, Verdict
from zuko.sandbox.conversation import converse
from zuko.sandbox.files import clash
from zuko.telemetry import tracing
from zuko.types import Execution, Outcome, Reason, RunResult, SourceFile, Status

_REASONS: Final = {
    Verdict.WA: "the output is wrong",
    Verdict.JE: "the checker failed",
}


_STATIC_REASONS: Final = {
    Verdict.WA: "the static validator does not accept it",
    Verdict.JE: "the static validator failed",
}


class PreemptedError(ZukoError):
    """Others wait for the sandbox, and the case needs another run: another worker has to judge it."""


@dataclass(frozen=True, slots=True)
class JuryProgram:
    """A program of the problem setter: a checker or an interactor."""

    source: ProgramSource
    role: str


class CaseJudge:
    """The judge of a problem's cases, on any bench and in any thread.

    Args:
        problem: its cases, checkers and limits.
        submission: the program to judge.
        workspace_bytes: size of a sandbox's workspace.
        cache: keeps the problem setter's programs, compiled.
        deadline: a run of the submission that might not end by then is not started, and other runs get less time.

    Raises:
        ProblemError: see `check_jury`.
    """

    def __init__(
        self,
        problem: Problem,
        submission: ProgramSource,
        *,
        workspace_bytes: int,
        deadline: Deadline,
        cache: CompiledCache | None = None,
    ) -> None:
        self._problem = problem
        self._submission = submission
        self._workspace_bytes = workspace_bytes
        self._deadline = deadline
        self._cache = cache
        self._limits = run_limits(problem.limits)
        self._taken = custom.FEEDBACK_TAKEN if problem.passes == 1 else custom.EVERYTHING_TAKEN
        self._jury = {program: self._jury_program(program, role) for program, role in _jury(problem).items()}

    def has_time(self) -> bool:
        """Return whether there is time for a run."""
        return self._deadline.leaves(self._limits.wall_time_ms)

    def judge(self, bench: Bench, case: TestCase, has_waiters: Callable[[], bool]) -> CaseResult:
        """Judge a case: run it again where noise may have decided, and judge the attempt that counts.

        Args:
            bench: with the sandboxes.
            case: of the problem.
            has_waiters: returns whether others wait for the bench; it is not called before the first run.

        Raises:
            PreemptedError: others wait, and another run may change the verdict.
            ProblemError: the checker or the interactor is wrong.
            NoCapacityError: there was too little time.
            UnavailableError: a sandbox cannot be provided.
            SandboxError: a sandbox broke.
            NotCompiledError: what the compiler has made of the submission cannot be executed.
        """
        if case.is_static:
            return self._judge_statically(bench, case)
        limits = self._problem.limits
        attempts: list[Attempt] = []
        while not attempts or wants_another_run([each.result for each in attempts], limits):
            # Once a run has settled a case, further runs improve its figures only.
            is_settled = any(is_within(each.result, limits) for each in attempts)
            if attempts and has_waiters():
                if is_settled:
                    break
                raise PreemptedError("others wait for its sandbox")
            if not self.has_time():
                if is_settled or any(was_starved(each.result, limits) for each in attempts):
                    break
                raise self._deadline.error("another run" if attempts else "it")
            attempts.append(self._run(bench, case))
        return self._conclude(bench, case, attempts)

    def _conclude(self, bench: Bench, case: TestCase, attempts: list[Attempt]) -> CaseResult:
        results = [each.result for each in attempts]
        counting = attempts[counting_attempt(results, self._problem.limits)]
        result, ruling, check = counting.result, counting.ruling, counting.check
        if ruling.verdict is None:
            check = self._check(bench, case, result.stdout)
            ruling = Ruling(check.verdict, check.message)
        verdict = ruling.verdict or Verdict.JE
        accepted = verdict is Verdict.AC
        return CaseResult(
            name=case.name,
            group=case.group,
            verdict=verdict,
            reason="" if accepted else ruling.reason or _REASONS[verdict],
            cpu_time_ns=result.usage.cpu_time_ns,
            wall_time_ns=result.usage.wall_time_ns,
            peak_rss_bytes=result.usage.peak_rss_bytes,
            points=grading.points_of(self._problem, case, check, verdict),
            diff=check.diff if check and verdict is Verdict.WA else "",
            message=check.message if check else "",
            attempts=tuple(each.usage for each in results),
            borderline=any(is_borderline(each, self._problem.limits) for each in results),
        )

    def _judge_statically(self, bench: Bench, case: TestCase) -> CaseResult:
        """Have a static validator decide on the submission's files; nothing of the submission is run."""
        checker = self._problem.checker_for(case)
        if not isinstance(checker, CustomChecker):
            raise ProblemError(case.name, "it has no static validator")
        given = custom.static_files(checker, self._submission.files)
        arguments = custom.static_arguments(self._submission.language, checker)
        check = self._ask(bench, checker, given, b"", arguments)
        accepted = check.verdict is Verdict.AC
        return CaseResult(
            name=case.name,
            group=case.group,
            verdict=check.verdict,
            reason="" if accepted else check.message or _STATIC_REASONS[check.verdict],
            cpu_time_ns=None,
            wall_time_ns=None,
            peak_rss_bytes=None,
            points=grading.points_of(self._problem, case, check, check.verdict),
            message=check.message,
            is_static=True,
        )

    def _run(self, bench: Bench, case: TestCase) -> Attempt:
        passes = self._problem.passes
        if passes == 1:
            return self._run_once(bench, case)

        def run(given: TestCase) -> Attempt:
            attempt = self._run_once(bench, given)
            if attempt.ruling.verdict is not None:
                return attempt
            check = self._check(bench, given, attempt.result.stdout)
            return Attempt(attempt.result, Ruling(check.verdict, check.message), check)

        return run_passes(case, passes, self._problem.checker_limits.output_bytes, run)

    def _run_once(self, bench: Bench, case: TestCase) -> Attempt:
        interactor = self._problem.interactor_for(case)
        if interactor is not None:
            return self._run_interactive(bench, case, interactor)
        loaded = bench.ready(self._submission)
        self._check_room(case)
        run = loaded.plan(self._limits, case.input, files=case.files, arguments=case.arguments)
        result = loaded.run(run, self._deadline.silence_s(self._limits))
        return Attempt(result, self._rule(result))

    def _run_interactive(self, bench: Bench, case: TestCase, interactor: CustomChecker) -> Attempt:
        role = self._jury[interactor.program].role
        given = self._given(interactor, case, None)
        custom.check_room(given, self._jury[interactor.program].source, self._workspace_bytes, role)
        judge = self._ready(bench, interactor.program, talks=True)
        submission = bench.ready(self._submission, talks=True)
        asked = custom.run_limits(self._problem.checker_limits)
        # The interactor gets more time than the submission: when that is stopped, the interactor still has to decide.
        asked = replace(asked, wall_time_ms=self._limits.wall_time_ms + asked.wall_time_ms)
        limits = self._deadline.bound(asked, f"the {role}")
        self._check_room(case)
        span = tracing.span("run", language=submission.language.name, program=submission.name, interactive=True)
        with span, MeteredRun() as metered:
            talk = converse(
                submission.sandbox,
                submission.plan(self._limits, files=case.files, arguments=case.arguments, interactive=True),
                judge.sandbox,
                judge.plan(
                    limits,
                    files=given,
                    arguments=custom.arguments(interactor),
                    take=self._taken_of(interactor),
                    interactive=True,
                ),
                settle=partial(custom.settle, interactor),
                silence_s=self._deadline.silence_s(limits),
                more=True,
            )
            metered.note(talk.left)
            metered.add(talk.right)
        submission.is_spent = not talk.left.reusable
        judge.is_spent = not talk.right.reusable
        self._deadline.check(talk.right, asked, limits, f"the {role}")
        check = custom.decide(interactor, talk.right, limits, self._problem.checker_limits.memory_bytes, role)
        check = replace(check, feedback=kept_feedback(talk.right.files, given))
        own = self._rule(talk.left)
        verdict = custom.decide_interaction(own.verdict, check, talk.left, talk.right)
        ruling = own if verdict is None else Ruling(verdict, check.message)
        if ruling.verdict is Verdict.AC and self._has_log(interactor):
            log = next((file.content for file in talk.right.files if file.name == custom.OUTPUT_FILE), b"")
            check = self._check(bench, case, log)
            ruling = Ruling(check.verdict, check.message)
        return Attempt(talk.left, ruling, None if talk.right.outcome is Outcome.STOPPED else check)

    def _has_log(self, interactor: CustomChecker) -> bool:
        """Return whether what an interactor writes into a file is checked by another program, as testlib has it."""
        checker = self._problem.checker
        return interactor.convention is Convention.TESTLIB and isinstance(checker, CustomChecker)

    def _taken_of(self, interactor: CustomChecker) -> tuple[str, ...]:
        return (*self._taken, f"*{custom.OUTPUT_FILE}") if self._has_log(interactor) else self._taken

    def _check_room(self, case: TestCase) -> None:
        """Refuse a case with files that do not fit beside the submission, whose files of their names they replace.

        Raises:
            ProblemError: they do not fit.
            NotCompiledError: a file of the one is a directory of the other.
        """
        if not case.files:
            return
        own, given = self._submission.workspace_names, {file.name for file in case.files}
        if both := clash(own | given):
            message = f"{both[:64]!r} is a file of the program and a directory of the test case's files, or vice versa"
            raise NotCompiledError(
                Execution(Status.COMPILE_ERROR, Reason.COMPILE_FAILED, message, compile_output=message)
            )
        custom.check_room(case.files, self._submission, self._workspace_bytes, "the submission")

    def _rule(self, result: RunResult) -> Ruling:
        """Return the verdict on a run.

        Raises:
            NotCompiledError: what the compiler has made cannot be executed.
        """
        language = self._submission.language
        if is_not_executable(language, result):
            raise NotCompiledError(conclude_not_executable(result, self._submission.compile_output))
        return rule(
            result,
            self._problem.limits,
            heap_full_text=language.heap_full_text,
        )

    def _check(self, bench: Bench, case: TestCase, output: bytes) -> CheckResult:
        checker = self._problem.checker_for(case)
        if not isinstance(checker, CustomChecker):
            return checkers.check(checker, output, case.answer)
        given, arguments = self._given(checker, case, output), custom.arguments(checker)
        check = self._ask(bench, checker, given, output, arguments)
        for other in checker.others:
            if not check.accepted:
                break
            check = self._ask(bench, replace(checker, program=other), given, output, arguments)
        return check

    def _ask(
        self,
        bench: Bench,
        checker: CustomChecker,
        given: tuple[SourceFile, ...],
        output: bytes,
        arguments: tuple[str, ...],
    ) -> CheckResult:
        """Run a program of the problem setter on files, with `output` as its standard input."""
        jury = self._jury[checker.program]
        role = jury.role
        custom.check_room(given, jury.source, self._workspace_bytes, role)
        loaded = self._ready(bench, checker.program)
        asked = custom.run_limits(self._problem.checker_limits)
        limits = self._deadline.bound(asked, f"the {role}")
        plan = loaded.plan(
            limits,
            output,
            files=given,
            arguments=arguments,
            take=self._taken,
        )
        result = loaded.run(plan, self._deadline.silence_s(limits))
        self._deadline.check(result, asked, limits, f"the {role}")
        decided = custom.decide(checker, result, limits, self._problem.checker_limits.memory_bytes, role)
        return replace(decided, feedback=kept_feedback(result.files, given))

    def _given(self, checker: CustomChecker, case: TestCase, output: bytes | None) -> tuple[SourceFile, ...]:
        return (*custom.files(checker, case.input, case.answer, output), *case.feedback)

    def _jury_program(self, program: Program, role: str) -> JuryProgram:
        language = _jury_language(program, role)
        limits = self._problem.checker_limits
        memory_bytes = limits.memory_bytes + _judge_bytes(self._problem)
        source = ProgramSource(
            language,
            custom.completed(named_for(language, program.files)),
            memory_bytes=memory_bytes,
            heap_bytes=limits.memory_bytes,
            compiler=custom.compiler_limits(limits, language, memory_bytes),
            deadline=self._deadline,
            name=f"the {role}",
            cache=self._cache,
        )
        return JuryProgram(source, role)

    def _ready(self, bench: Bench, program: Program, *, talks: bool = False) -> LoadedProgram:
        jury = self._jury[program]
        try:
            return bench.ready(jury.source, talks=talks)
        except NotCompiledError as error:
            raise ProblemError(jury.role, f"{error}\n{error.output[:1000]}") from error


def check_jury(problem: Problem) -> None:
    """Refuse a problem whose checkers or interactor cannot be run.

    Raises:
        ProblemError: one has no files, or an unknown language.
    """
    for program, role in _jury(problem).items():
        _jury_language(program, role)


def _jury(problem: Problem) -> dict[Program, str]:
    """Return the problem setter's programs, each with its role in messages."""
    # The interactor comes last: a program that is also a checker, with other arguments, is called the interactor.
    return {
        program: role
        for each, role in (
            (problem.checker, custom.CHECKER),
            *((case.checker, custom.STATIC if case.is_static else custom.CHECKER) for case in problem.cases),
            (problem.interactor, custom.INTERACTOR),
        )
        if isinstance(each, CustomChecker)
        for program in each.programs
    }


def _jury_language(program: Program, role: str) -> Language:
    language = find_language(program.language)
    if language is None:
        raise ProblemError(role, f"unknown language {program.language!r:.80}")
    if not program.files:
        raise ProblemError(role, "it has no files")
    return with_entry(language, program.entry, has_scripts=program.has_scripts)


def submission_bytes(problem: Problem) -> int:
    """Return the memory limit of a submission's sandbox: the program's, and room for its input and its kept output."""
    largest = max((len(case.input) + blocks_bytes(case.files) for case in problem.cases), default=0)
    if problem.passes > 1:
        largest += problem.checker_limits.output_bytes  # an input that the checker writes
    return problem.limits.memory_bytes + 2 * problem.limits.output_bytes + largest + SLACK_BYTES


def _judge_bytes(problem: Problem) -> int:
    """Return the memory that the sandbox of a checker or an interactor needs in addition to the limit of its runs."""
    largest = max((len(case.input) + len(case.answer) for case in problem.cases), default=0)
    if problem.passes > 1:
        largest += 2 * problem.checker_limits.output_bytes  # what it has written in earlier passes
    return largest + problem.limits.output_bytes + 2 * problem.checker_limits.output_bytes + SLACK_BYTES
