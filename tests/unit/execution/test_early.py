"""The sandbox that starts before the code that uses it is loaded: it is used once, or ended."""

import threading
from dataclasses import replace
from typing import Any, Final

import pytest

from zuko.engine.report import EngineInfo
from zuko.errors import ImageMissingError
from zuko.execution import early
from zuko.execution.early import EarlyStart
from zuko.languages.table import PYTHON
from zuko.settings import Settings
from zuko.types import SandboxSpec

SPEC: Final = Settings().sandbox(PYTHON)


class FakeSandbox:
    def __init__(self, spec: SandboxSpec) -> None:
        self.spec = spec
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


class FakeEngine:
    """Starts sandboxes once `may_start` is set; the error, if there is one, is raised instead."""

    error: Exception | None = None

    def __init__(self, _: object) -> None:
        self.may_start = threading.Event()
        self.started: list[FakeSandbox] = []
        self.is_closed = False

    def info(self) -> EngineInfo:
        return EngineInfo("1", 4)

    def start_sandbox(self, spec: SandboxSpec, core: int | None) -> FakeSandbox:
        assert core is None or core in range(4)
        assert self.may_start.wait(10)
        if self.error is not None:
            raise self.error
        self.started.append(FakeSandbox(spec))
        return self.started[-1]

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> EarlyStart:
    monkeypatch.setattr(early, "Engine", FakeEngine)
    return EarlyStart(Settings(), PYTHON)


def engine_of(start: EarlyStart) -> Any:
    return start.engine


def test_it_is_handed_out_once(start: EarlyStart) -> None:
    engine = engine_of(start)
    engine.may_start.set()
    with start:
        first, second = start.start(SPEC), start.start(SPEC)
    assert [first, second] == engine.started
    assert not any(each.is_closed for each in engine.started)  # they are their holders'
    assert engine.is_closed


def test_another_kind_is_started_beside_it(start: EarlyStart) -> None:
    engine = engine_of(start)
    engine.may_start.set()
    with start:
        other = start.start(replace(SPEC, memory_bytes=1 << 30))
    assert other.spec != SPEC
    assert {each.spec == SPEC: each.is_closed for each in engine.started} == {True: True, False: False}


def test_it_ends_with_a_block_that_fails_while_it_starts(start: EarlyStart) -> None:
    engine = engine_of(start)
    threading.Timer(0.05, engine.may_start.set).start()
    with pytest.raises(KeyboardInterrupt), start:
        raise KeyboardInterrupt
    assert [each.is_closed for each in engine.started] == [True]


@pytest.mark.parametrize("is_taken", [True, False])
def test_its_failure_is_its_holders(start: EarlyStart, is_taken: bool) -> None:
    engine = engine_of(start)
    engine.error = ImageMissingError("no image")
    engine.may_start.set()
    with start:
        if is_taken:
            with pytest.raises(ImageMissingError):
                start.start(SPEC)
    assert engine.is_closed
