"""An engine that cannot limit what programs use is not used; here it is a stand-in, with responses of real ones."""

from typing import Any, Final

import pytest

from zuko.engine.engine import Engine
from zuko.engine.host import DockerHost
from zuko.engine.limits import missing_limits
from zuko.errors import EngineError
from zuko.languages.table import PYTHON
from zuko.settings import Settings

# Docker 20.10 on cgroup version 1, as root and rootless.
WITH_CGROUPS: Final = {"MemoryLimit": True, "SwapLimit": True, "PidsLimit": True, "CpuCfsQuota": True, "CPUSet": True}
WITHOUT: Final = dict.fromkeys(WITH_CGROUPS, False)


class FakeApi:
    def __init__(self, info: dict[str, bool]) -> None:
        self._info = {"ServerVersion": "20.10", "NCPU": 2, **info}

    def info(self) -> dict[str, Any]:
        return self._info

    def close(self) -> None:
        pass


def engine(info: dict[str, bool]) -> Engine:
    class Host(DockerHost):
        def connect(self) -> Any:
            return FakeApi(info)

    return Engine(Host({}))


def test_what_cannot_be_limited() -> None:
    assert missing_limits(WITH_CGROUPS) == ()
    assert missing_limits(WITHOUT) == ("memory", "processes", "CPU time")
    assert missing_limits({**WITH_CGROUPS, "SwapLimit": False, "CPUSet": False}) == ()  # less exact, and still bounded
    assert missing_limits({}) == ()


def test_an_engine_without_limits_makes_no_sandbox() -> None:
    """It has no `create_container` here: the engine is asked before a container exists, whichever call comes first."""
    with pytest.raises(EngineError, match="cannot limit memory, processes, CPU time of containers"):
        engine(WITHOUT).create_sandbox(Settings().sandbox(PYTHON))
    with pytest.raises(EngineError, match="a rootless one needs cgroup version 2"):
        engine(WITHOUT).info()
    assert engine(WITHOUT).report().missing_limits == ("memory", "processes", "CPU time")
    assert engine(WITH_CGROUPS).info().cores == 2
