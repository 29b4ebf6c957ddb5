"""Settings that cannot work are refused at the start, and misspelt ones are told."""

import pytest
from pydantic import ValidationError

from zuko.languages import PYTHON
from zuko.settings import Settings


def test_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZUKO_MEMORY_LIMIT_MIB", "256")
    monkeypatch.setenv("ZUKO_CPUS", "0.5")
    spec = Settings().sandbox(PYTHON)
    assert (spec.memory_bytes, spec.cpus) == (256 << 20, 0.5)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"timeout_default_s": 30}, "ZUKO_TIMEOUT_MAX_S"),
        ({"memory_limit_mib": 16, "input_limit_bytes": 10 << 20}, "ZUKO_MEMORY_LIMIT_MIB"),
        ({"body_limit_bytes": 1 << 20}, "ZUKO_BODY_LIMIT_BYTES"),
        ({"cpus": float("inf")}, "cpus"),
        ({"memory_limit_mib": 1}, "memory_limit_mib"),
        ({"concurrency": 0}, "concurrency"),
        ({"sandbox_max_runs": 0}, "sandbox_max_runs"),
    ],
)
def test_what_cannot_work_is_refused_by_name(changes: dict[str, float], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Settings(**changes)  # type: ignore[arg-type]


def test_misspelt_settings_are_found() -> None:
    environment = {"ZUKO_MEMORY_LIMIT_MIB": "1", "ZUKO_MEMORY_LIMIT": "1", "zuko_cpu": "2", "HOME": "/"}
    assert Settings.unknown(environment) == ["ZUKO_MEMORY_LIMIT"]
    assert Settings.unknown({"ZUKO_CPUS": "1"}) == []
