"""The executor of a command."""

import contextlib
from collections.abc import Iterator
from typing import Final

from zuko.errors import ZukoError
from zuko.executor import Executor
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
def executing(settings: Settings, sandboxes: int = 1) -> Iterator[Executor]:
    """An executor that starts its sandboxes on demand; nothing of it is left behind, however the block ends.

    Should this process be killed, the engine removes what runs. A container that was just created and not started is
    all that can be left, and the next command, or any service, sweeps it away.

    Args:
        settings: of the command.
        sandboxes: used at a time.
    """
    executor = Executor(settings, on_demand=sandboxes)
    executor.open()
    try:
        yield executor
        with contextlib.suppress(ZukoError):
            executor.engine.sweep()
    finally:
        executor.close()
