"""Judging while a signal may come."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from zuko.executor import Executor
from zuko.judge.judging import Judging
from zuko.judge.model import CaseResult, Judgement, Problem
from zuko.languages import Language
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
    """Judges a submission, in another thread: a signal's exception ends that in order.

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
    ended: SimpleQueue[CaseResult | None] = SimpleQueue()
    with ThreadPoolExecutor(1, "zuko-judging") as threads:
        judgement = threads.submit(judging.judge, sandbox, ended.put)
        judgement.add_done_callback(lambda _: ended.put(None))
        try:
            while (result := ended.get()) is not None:
                tell(result)
        except BaseException:
            judging.cancel()
            raise
    return judgement.result()
