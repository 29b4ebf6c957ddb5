"""Judging and validating at a prompt."""

from collections.abc import Callable, Sequence
from typing import Final

from zuko.errors import NoCapacityError
from zuko.execution.blocking import BlockingExecutor
from zuko.execution.conclude import HOST_TOO_SLOW, MAYBE_STARVED, STARVED
from zuko.execution.submission import JudgeJob
from zuko.judge.inputs import Input, InputCheck, InputFault
from zuko.judge.judging import Judging
from zuko.languages.table import Language
from zuko.problem import CaseResult, CheckerLimits, Judgement, Problem, Verdict
from zuko.types import SourceFile

_TRIES: Final = 3  # of what the host was too slow for: unlike a request, a command may take its time


def patiently[T](run: Callable[[], T], *, is_starved: Callable[[T], bool] = lambda _: False) -> T:
    """Run something again where the host was too slow for it, some times.

    Args:
        run: what may fail so.
        is_starved: returns whether a result says that it has.

    Raises:
        NoCapacityError: the host was too slow each time.
    """
    for _ in range(_TRIES - 1):
        try:
            result = run()
        except NoCapacityError:
            continue
        if not is_starved(result):
            return result
    return run()


def is_starved(judgement: Judgement) -> bool:
    """Return whether the host was too slow to compile a program, or to run it on some case."""
    if judgement.verdict is Verdict.JE and HOST_TOO_SLOW in judgement.reason:
        return True
    return any(map(is_starved_case, judgement.cases))


def is_starved_case(result: CaseResult) -> bool:
    """Return whether the host was too slow to run a program on a case: it had work to do, and no core."""
    return result.verdict is Verdict.TLE and any(words in result.reason for words in (STARVED, MAYBE_STARVED))


def judge(
    executor: BlockingExecutor,
    language: Language,
    files: tuple[SourceFile, ...],
    problem: Problem,
    *,
    workers: int = 1,
    on_result: Callable[[CaseResult], None] = lambda _: None,
) -> Judgement:
    """Judge a submission.

    Args:
        executor: of the command.
        language: of the submission.
        files: of the submission, the main one first.
        problem: the cases and their checkers.
        workers: sandboxes to use at a time.
        on_result: called with each case's result as it comes, in this thread.

    Raises:
        ProblemError: the problem cannot be judged as it is.
        UnavailableError: no sandbox could be had.
    """
    return executor.judge(Judging(JudgeJob(language, files, problem, workers), executor.settings), on_result=on_result)


def check_inputs(
    executor: BlockingExecutor,
    language: Language,
    files: tuple[SourceFile, ...],
    inputs: Sequence[Input],
    limits: CheckerLimits,
) -> tuple[InputFault, ...]:
    """Return the inputs that an input validator calls invalid.

    Args:
        executor: of the command.
        language: of the validator.
        files: of the validator, the main one first.
        inputs: to be validated.
        limits: of each run.

    Raises:
        ProblemError: the validator does not compile.
        SandboxError: the sandbox broke, and another one, too.
        UnavailableError: no sandbox could be had.
    """
    return executor.judge(InputCheck(language, files, inputs, limits, executor.settings))
