"""The executor of a command, and judging with it while a signal may come."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Final

from zuko.errors import ZukoError
from zuko.executor import Executor, docker_host
from zuko.judge.judging import Judging
from zuko.judge.model import CaseResult, Judgement, Problem
from zuko.languages import Language
from zuko.sandbox import Engine
from zuko.settings import Settings
from zuko.types import SourceFile

_TIMEOUT_MAX_S: Final = 86_400
_MEMORY_MAX_MIB: Final = 1 << 20


def read_settings() -> Settings:
    """The settings of the environment, without the ceilings that a service has for strangers unless they are set."""
    settings = Settings.read()
    ceilings = {"timeout_max_s": _TIMEOUT_MAX_S, "memory_limit_max_mib": _MEMORY_MAX_MIB}
    return settings.model_copy(
        update={name: value for name, value in ceilings.items() if name not in settings.model_fields_set}
    )


@contextlib.contextmanager
def executing(
    settings: Settings, *, workers: int | None = 1, workers_max: int = 1024
) -> Iterator[tuple[Executor, int]]:
    """An executor that starts its sandboxes on demand, and how many it uses at a time; nothing of it is left behind,
    however the block ends.

    Should this process be killed, the engine removes what runs. A container that was just created and not started is
    all that can be left, and the next command, or any service, sweeps it away.

    Args:
        settings: of the command.
        workers: sandboxes that are used at a time; None: half the Docker host's cores, for two threads of one core,
            which count as two, slow each other down.
        workers_max: no more than that.
    """
    engine = Engine(docker_host(settings))
    if workers is None:
        workers = settings.judge_workers or max(engine.info().cores // 2, 1)
    workers = min(workers, workers_max)
    executor = Executor(settings, engine, on_demand=workers)
    executor.open()
    try:
        yield executor, workers
        with contextlib.suppress(ZukoError):
            engine.sweep()
    finally:
        executor.close()


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
