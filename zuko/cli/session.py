"""The executor of a command."""

import contextlib
from collections.abc import Iterator
from typing import Final

from zuko.engine.engine import Engine
from zuko.errors import ZukoError
from zuko.execution.executor import Executor, docker_host
from zuko.settings import Settings

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
