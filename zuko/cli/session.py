"""The executor of a command."""

import contextlib
from collections.abc import Iterator
from typing import Final

from zuko.errors import ZukoError
from zuko.execution.blocking import BlockingExecutor
from zuko.execution.executor import THREADS_MAX, CommandExecutor
from zuko.settings import Settings

_TIMEOUT_MAX_S: Final = 86_400
_MEMORY_MAX_MIB: Final = 1 << 20


def read_settings() -> Settings:
    """Return the settings of the environment; a service's ceilings for strangers hold only where they are set."""
    settings = Settings.read()
    ceilings = {"timeout_max_s": _TIMEOUT_MAX_S, "memory_limit_max_mib": _MEMORY_MAX_MIB}
    return settings.model_copy(
        update={name: value for name, value in ceilings.items() if name not in settings.model_fields_set}
    )


@contextlib.contextmanager
def executing(
    settings: Settings, *, workers: int | None = 1, workers_max: int = THREADS_MAX
) -> Iterator[tuple[BlockingExecutor, int]]:
    """Yield a command's executor, and how many sandboxes it uses at a time; nothing of it is left at the end.

    Args:
        settings: of the command.
        workers: see `CommandExecutor`.
        workers_max: no more than that.
    """
    executor = CommandExecutor(settings, workers=workers, workers_max=workers_max)
    with BlockingExecutor(executor) as blocking:
        yield blocking, executor.workers
        with contextlib.suppress(ZukoError):
            executor.sweep()
