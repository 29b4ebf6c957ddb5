"""The doctor's findings: each part that is not well is found, and has advice."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import pytest

from zuko.doctor.examination import examine, look_at_settings, look_at_store
from zuko.doctor.finding import Finding, Level
from zuko.doctor.host import look_at_host
from zuko.doctor.programs import run_languages
from zuko.engine.report import EngineReport
from zuko.errors import EngineError, UnreachableError
from zuko.execution.blocking import BlockingExecutor
from zuko.execution.executor import Executor
from zuko.settings import Settings
from zuko.types import CpuSource, Execution, FilterMode, Hello, Isolation, Reason, Status, Usage

HOST: Final = EngineReport("28.0", 4, "Debian, 6.1", "2", "systemd", True, "/", None)
CELL: Final = Hello(CpuSource.CGROUP_V2, FilterMode.NOTIFY, True, 1000, Isolation.NAMESPACES)
USAGE: Final = Usage(20_000_000, 10_000_000, 8 << 20, CpuSource.CGROUP_V2)
HELLO: Final = Execution(Status.OK, stdout="Hello, Zuko!\n", exit_code=0, usage=USAGE)


class Fake:
    """An executor, blocking and not, on a host that is as a test wants it."""

    settings = Settings(store="none")
    reported: EngineReport | None = HOST
    others: str | None = None
    sandbox: Hello | None = CELL
    hint: str | None = None
    result: Execution = HELLO

    @property
    def executor(self) -> "Fake":
        return self

    @property
    def host(self) -> "Fake":
        return self

    def report(self) -> EngineReport:
        if self.reported is None:
            raise UnreachableError("the Docker host cannot be reached")
        return replace(self.reported, time=self.reported.time or time.time())

    def crowding(self, *, is_new: bool) -> str | None:
        assert is_new
        return self.others

    def languages_present(self) -> frozenset[str]:
        if self.reported is None:
            raise EngineError("away")
        return frozenset({"python"})

    def hello(self, _: object) -> Hello | None:
        return self.sandbox

    def isolation_hint(self) -> str | None:
        return self.hint

    def execute(self, _: object) -> Execution:
        return self.result


def on_host(**changes: Any) -> dict[str, Finding]:
    fake = Fake()
    vars(fake).update(changes)
    return {each.check: each for each in look_at_host(cast(Executor, fake))}


def on_sandboxes(**changes: Any) -> dict[str, Finding]:
    fake = Fake()
    vars(fake).update(changes)
    return {each.check: each for each in run_languages(cast(BlockingExecutor, fake), re.compile(""))}


def test_a_host_that_is_well() -> None:
    found = on_host()
    assert set(found) == {"engine", "cores", "cgroups", "AppArmor", "clock", "disk"}
    assert {each.level for each in found.values()} <= {Level.OK, Level.WARNING}  # the disk is that of this machine
    assert found["engine"].found == "Docker 28.0, 4 cores, on Debian, 6.1"


@pytest.mark.parametrize(
    ("check", "level", "changes"),
    [
        ("engine", Level.FAILURE, {"reported": None}),
        ("cores", Level.NOTE, {"others": "the 4 cores are used by a worker: end it"}),
        ("AppArmor", Level.NOTE, {"reported": replace(HOST, has_apparmor=False)}),
        ("clock", Level.WARNING, {"reported": replace(HOST, time=1.0)}),
        ("clock", Level.WARNING, {"reported": replace(HOST, time=4e9)}),
        ("disk", Level.NOTE, {"reported": replace(HOST, directory="/nowhere/at/all")}),
    ],
)
def test_what_is_not_well_on_a_host(check: str, level: Level, changes: dict[str, Any]) -> None:
    found = on_host(**changes)[check]
    assert found.level is level
    assert found.advice or level is Level.NOTE


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zuko.doctor.host.FREE_MIB", 1 << 40)
    found = on_host()["disk"]
    assert (found.level, "docker image prune" in found.advice) == (Level.WARNING, True)


def test_sandboxes_that_are_well() -> None:
    found = on_sandboxes()
    assert {check: each.level for check, each in found.items()} == dict.fromkeys(
        ("run python", "isolation", "CPU time", "memory limit"), Level.OK
    )
    assert found["run python"].found == "10.0 ms of CPU time, 8.0 MiB"


@pytest.mark.parametrize(
    ("check", "level", "changes"),
    [
        ("programs", Level.FAILURE, {"reported": None}),
        ("run python", Level.FAILURE, {"result": replace(HELLO, stdout="Hello")}),
        ("run python", Level.FAILURE, {"result": Execution(Status.ERROR, Reason.SANDBOX_ERROR, "it broke")}),
        ("run python", Level.WARNING, {"result": replace(HELLO, usage=replace(USAGE, cpu_time_ns=None))}),
        ("isolation", Level.WARNING, {"sandbox": replace(CELL, isolation=Isolation.CONTAINER), "hint": "load it"}),
        ("isolation", Level.NOTE, {"sandbox": replace(CELL, isolation=Isolation.CONTAINER)}),
        ("isolation", Level.FAILURE, {"sandbox": None}),
        ("CPU time", Level.WARNING, {"sandbox": replace(CELL, cpu_source=CpuSource.RUSAGE)}),
        ("memory limit", Level.WARNING, {"sandbox": replace(CELL, counts_oom_kills=False)}),
    ],
)
def test_what_is_not_well_in_sandboxes(check: str, level: Level, changes: dict[str, Any]) -> None:
    assert on_sandboxes(**changes)[check].level is level


def test_settings() -> None:
    def look(**environment: str) -> Iterator[Finding]:
        return look_at_settings(Settings(pids_limit=7), environment)

    known, limits = look(ZUKO_PIDS_LIMIT="7")
    assert (known.level, known.found.endswith(" set, all known")) == (Level.OK, True)
    assert "7 processes" in limits.found
    unknown, _ = look(ZUKO_PIDS="7")
    assert (unknown.level, "ZUKO_PIDS" in unknown.found) == (Level.WARNING, True)


def test_stores(tmp_path: Path) -> None:
    assert look_at_store(Settings(store="none")).level is Level.NOTE
    well = look_at_store(Settings(store=f"sqlite:///{tmp_path}/store.db"))
    assert (well.level, well.found) == (Level.OK, "0 queued, 0 running; 0 workers")
    away = look_at_store(Settings(store=f"sqlite:///{tmp_path}/store.db/nowhere.db"))
    assert (away.level, "ZUKO_STORE" in away.advice) == (Level.FAILURE, True)


def test_without_an_engine_the_rest_is_looked_at() -> None:
    fake = Fake()
    fake.reported = None
    found = list(examine(cast(BlockingExecutor, fake), fake.settings, {}, re.compile("")))
    assert [each.check for each in found] == ["settings", "limits", "engine", "store"]


def test_a_program_that_waits_for_a_core_is_not_a_broken_image() -> None:
    late = Execution(Status.TIMEOUT, Reason.WALL_TIME_LIMIT, "stopped after 3 s of wall time", usage=USAGE)
    found = on_sandboxes(result=late)["run python"]
    assert (found.level, "nothing else to do" in found.advice) == (Level.WARNING, True)
    broken = Execution(Status.RUNTIME_ERROR, None, "ended with 127", usage=USAGE)
    assert "zuko images build" in on_sandboxes(result=broken)["run python"].advice
