"""Judging and validating at a prompt."""

from collections.abc import Callable, Sequence

from zuko.execution.blocking import BlockingExecutor
from zuko.execution.submission import JudgeJob
from zuko.judge.inputs import Input, InputCheck, InputFault
from zuko.judge.judging import Judging
from zuko.languages.table import Language
from zuko.problem import CaseResult, CheckerLimits, Judgement, Problem
from zuko.types import SourceFile


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
