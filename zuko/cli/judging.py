"""Judging while a signal may come: in another thread, which the signal's exception ends in order."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from zuko.execution.executor import Executor
from zuko.judge.inputs import Input, InputCheck, InputFault
from zuko.judge.judging import Judging
from zuko.languages.table import Language
from zuko.problem import CaseResult, CheckerLimits, Judgement, Problem
from zuko.types import SourceFile


def judge(
    executor: Executor,
    language: Language,
    files: tuple[SourceFile, ...],
    problem: Problem,
    *,
    workers: int = 1,
    tell: Callable[[CaseResult], None] = lambda _: None,
) -> Judgement:
    """Judges a submission.

    Args:
        executor: has the sandboxes.
        language: of the submission.
        files: of the submission, the main one first.
        problem: what it is judged by.
        workers: sandboxes to use at a time.
        tell: called with each case's result as it comes, in this thread.

    Raises:
        ProblemError: the problem cannot be judged as it is.
        UnavailableError: no sandbox could be had.
    """
    judging = Judging(executor, language, files, problem, workers=workers)
    sandbox = executor.reserve(language).result()
    return _attended(lambda tell: judging.judge(sandbox, tell), judging.cancel, tell)


def check_inputs(
    executor: Executor,
    language: Language,
    files: tuple[SourceFile, ...],
    inputs: Sequence[Input],
    limits: CheckerLimits,
) -> tuple[InputFault, ...]:
    """What an input validator has against inputs.

    Args:
        executor: has the sandboxes.
        language: of the validator.
        files: of the validator, the main one first.
        inputs: that it is asked about.
        limits: of each run.

    Raises:
        ProblemError: it does not compile.
        SandboxError: the sandbox broke, and another one, too.
        UnavailableError: no sandbox could be had.
    """
    checking = InputCheck(executor, language, files, inputs, limits)
    sandbox = executor.reserve(language).result()
    faults: list[InputFault] = []
    _attended(lambda tell: checking.check(sandbox, tell), checking.cancel, faults.append)
    return tuple(faults)


def _attended[Told, Result](
    work: Callable[[Callable[[Told], None]], Result], cancel: Callable[[], None], tell: Callable[[Told], None]
) -> Result:
    """Has a thread do the work, and tells here what is told there."""
    ended: SimpleQueue[Told | None] = SimpleQueue()
    with ThreadPoolExecutor(1, "zuko-judging") as threads:
        result = threads.submit(work, ended.put)
        result.add_done_callback(lambda _: ended.put(None))
        try:
            while (told := ended.get()) is not None:
                tell(told)
        except BaseException:
            cancel()
            raise
    return result.result()
