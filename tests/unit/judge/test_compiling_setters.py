"""Compilations of the problem setter's programs have larger limits than those of submissions."""

from typing import Any, Final, cast

import pytest

from zuko.errors import SandboxError
from zuko.execution.deadline import NEVER
from zuko.execution.loaded import ProgramSource
from zuko.judge.custom import compiler_limits
from zuko.judge.inputs import Input, InputCheck
from zuko.languages.table import LANGUAGES
from zuko.pool.lease import Lease
from zuko.problem import CheckerLimits, CompilerLimits
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import SandboxSettings
from zuko.types import Run, SourceFile

MIB: Final = 1 << 20
CPP: Final = LANGUAGES["cpp"]
FILES: Final = (SourceFile("main.cpp", b""),)


class Recorder:
    """A sandbox that notes what it is asked to do and breaks, and the lease of it."""

    def __init__(self) -> None:
        self.memory_bytes = 0
        self.cpu_time_ms = self.wall_time_ms = 0
        self.sandbox = self
        self.is_cancelled = True

    def limit_memory(self, memory_bytes: int) -> None:
        self.memory_bytes = memory_bytes

    def image_id(self) -> str:
        return ""

    def run(self, run: Run, *_: object, **__: object) -> Any:
        self.cpu_time_ms, self.wall_time_ms = run.limits.cpu_time_ms or 0, run.limits.wall_time_ms
        raise SandboxError("broken")

    def mark_broken(self) -> None:
        self.is_cancelled = True

    cancel = mark_broken


def test_a_submission_has_the_language_s() -> None:
    sandbox = Recorder()
    with pytest.raises(SandboxError):
        ProgramSource(CPP, FILES, memory_bytes=MIB, heap_bytes=MIB).load(cast(Sandbox, sandbox))
    assert (sandbox.memory_bytes, sandbox.cpu_time_ms, sandbox.wall_time_ms) == (512 * MIB, 10_000, 20_000)


def test_a_validator_has_more() -> None:
    lease = Recorder()
    limits = CheckerLimits(memory_bytes=16 * MIB)
    check = InputCheck(CPP, FILES, (Input("1", b""),), limits, SandboxSettings(compiled_cache_mib=0))
    with pytest.raises(SandboxError):
        check.work(cast(Lease, lease), NEVER, lambda _: None)
    assert (lease.memory_bytes, lease.cpu_time_ms, lease.wall_time_ms) == (1024 * MIB, 30_000, 60_000)


def test_neither_a_service_s_bound_nor_the_language_s_needs_are_forgotten() -> None:
    bounded = CheckerLimits(compile_cpu_time_ms=1, compile_memory_bytes=MIB)
    assert compiler_limits(bounded, CPP, MIB) == CompilerLimits(10_000, 512 * MIB)
    assert compiler_limits(CheckerLimits(), CPP, 2048 * MIB) == CompilerLimits(30_000, 2048 * MIB)
