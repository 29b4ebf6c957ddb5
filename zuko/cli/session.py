"""The executor of a command."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from zuko.cli.loading import loading
from zuko.errors import ZukoError
from zuko.settings import Settings

if TYPE_CHECKING:
    from zuko.execution.blocking import BlockingExecutor
    from zuko.execution.early import EarlyStart

_TIMEOUT_MAX_S: Final = 86_400
_MEMORY_MAX_MIB: Final = 1 << 20
_WORKERS_MAX: Final = 1024


def read_settings() -> Settings:
    """Return the settings of the environment; a service's ceilings for strangers hold only where they are set."""
    settings = Settings.read()
    ceilings = {"timeout_max_s": _TIMEOUT_MAX_S, "memory_limit_max_mib": _MEMORY_MAX_MIB}
    return settings.model_copy(
        update={name: value for name, value in ceilings.items() if name not in settings.model_fields_set}
    )


@contextlib.contextmanager
def executing(
    settings: Settings, *, early: "EarlyStart | None" = None, workers: int | None = 1, workers_max: int = _WORKERS_MAX
) -> Iterator[tuple["BlockingExecutor", int]]:
    """Yield a command's executor, and how many sandboxes it uses at a time; nothing of it is left at the end.

    Args:
        settings: of the command.
        early: the start of its first sandbox, which goes on while the executor is loaded.
        workers: see `CommandExecutor`.
        workers_max: no more than that.
    """
    with loading():
        from zuko.execution.blocking import BlockingExecutor  # noqa: PLC0415 - see `early`
        from zuko.execution.command import CommandExecutor  # noqa: PLC0415

    executor = CommandExecutor(settings, early=early, workers=workers, workers_max=workers_max)
    with BlockingExecutor(executor) as blocking:
        yield blocking, executor.workers
        with contextlib.suppress(ZukoError):
            executor.sweep()
