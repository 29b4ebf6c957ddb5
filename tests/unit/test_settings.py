"""Settings that cannot work are refused at the start, and misspelt ones are reported."""

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from tests import ROOT
from zuko.languages.table import PYTHON
from zuko.settings import (
    AdmissionSettings,
    CallerSettings,
    FacadeSettings,
    HostSettings,
    HttpSettings,
    JudgingSettings,
    McpSettings,
    PoolSettings,
    ProblemSettings,
    Settings,
    StoreSettings,
    TelemetrySettings,
    WebhookSettings,
)


def test_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZUKO_MEMORY_LIMIT_MIB", "256")
    monkeypatch.setenv("ZUKO_CPUS", "0.5")
    spec = Settings().sandbox(PYTHON)
    assert (spec.memory_bytes, spec.cpus) == (256 << 20, 0.5)


@pytest.mark.parametrize("variable", ["ZUKO_CPUS", "ZUKO_CONCURRENCY", "ZUKO_PIN_CORES", "ZUKO_RUNTIME"])
def test_empty_is_absent(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Service templates write settings that are not set as empty values."""
    absent = Settings.read()
    monkeypatch.setenv(variable, "")
    assert Settings.read() == absent


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"timeout_default_s": 30}, "ZUKO_TIMEOUT_MAX_S"),
        ({"memory_limit_mib": 16, "input_limit_bytes": 10 << 20}, "ZUKO_MEMORY_LIMIT_MIB"),
        ({"body_limit_bytes": 1 << 20}, "ZUKO_BODY_LIMIT_BYTES"),
        ({"bodies_limit_bytes": 32 << 20}, "ZUKO_JUDGE_BODY_LIMIT_BYTES"),
        ({"memory_limit_mib": 2048}, "ZUKO_MEMORY_LIMIT_MAX_MIB"),
        ({"judge_output_limit_bytes": 1023}, "judge_output_limit_bytes"),
        ({"cpus": float("inf")}, "cpus"),
        ({"memory_limit_mib": 1}, "memory_limit_mib"),
        ({"concurrency": 0}, "concurrency"),
        ({"cell_max_submissions": 0}, "cell_max_submissions"),
    ],
)
def test_what_cannot_work_is_refused_by_name(changes: dict[str, float], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Settings(**changes)


def test_groups_have_every_setting_and_read_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room that is given its group alone has the defaults, whatever the environment says."""
    monkeypatch.setenv("ZUKO_MEMORY_LIMIT_MIB", "256")
    groups = (AdmissionSettings(), JudgingSettings(), PoolSettings(), StoreSettings(), HttpSettings(), HostSettings())
    more = (
        ProblemSettings(),
        WebhookSettings(),
        FacadeSettings(),
        McpSettings(),
        TelemetrySettings(),
        CallerSettings(),
    )
    assert {name for group in (*groups, *more) for name in type(group).model_fields} == set(Settings.model_fields)
    assert {group.memory_limit_mib for group in groups[:3]} == {128}
    assert Settings().memory_limit_mib == 256
    with pytest.raises(ValidationError, match="frozen"):
        groups[0].code_limit_bytes = 1  # type: ignore[misc]


def test_misspelt_settings_are_found() -> None:
    environment = {"ZUKO_MEMORY_LIMIT_MIB": "1", "ZUKO_MEMORY_LIMIT": "1", "zuko_cpu": "2", "HOME": "/"}
    assert Settings.unknown(environment) == ["ZUKO_MEMORY_LIMIT"]
    assert Settings.unknown({"ZUKO_CPUS": "1"}) == []


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_number_is_bounded(field: str) -> None:
    """Bounds on both sides prevent a typing error from starting things without end."""
    info = Settings.model_fields[field]
    if {int, float} & {info.annotation, *getattr(info.annotation, "__args__", ())}:
        bounds = {key for each in info.metadata for key in ("ge", "gt", "le") if hasattr(each, key)}
        assert len(bounds) == 2


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("ZUKO_CPUS", "abc", "ZUKO_CPUS: 'abc' is not a number from 0.01 to 1024"),
        ("ZUKO_CPUS", "nan", "ZUKO_CPUS: 'nan' is not a number from 0.01 to 1024"),
        ("ZUKO_MEMORY_LIMIT_MIB", "8", "ZUKO_MEMORY_LIMIT_MIB: '8' is not a whole number from 16 to 1048576"),
        ("ZUKO_CONCURRENCY", "1.5", "ZUKO_CONCURRENCY: '1.5' is not a whole number from 1 to 1024"),
        ("ZUKO_QUEUE_TIMEOUT_S", "0", "ZUKO_QUEUE_TIMEOUT_S: '0' is not a number above 0, up to 86400"),
        ("ZUKO_PIN_CORES", "maybe", "ZUKO_PIN_CORES: 'maybe' is not true or false"),
        ("ZUKO_ROOT_PATH", "zuko", "ZUKO_ROOT_PATH: 'zuko' is not of the form ^(/[^/]+)+$"),
        ("ZUKO_TIMEOUT_DEFAULT_S", "30", "ZUKO_TIMEOUT_DEFAULT_S: 30 is more than ZUKO_TIMEOUT_MAX_S, 20"),
        (
            "ZUKO_BODIES_LIMIT_BYTES",
            "33554432",
            "ZUKO_JUDGE_BODY_LIMIT_BYTES: 67108864 is more than ZUKO_BODIES_LIMIT_BYTES, 33554432",
        ),
        (
            "ZUKO_FACADES",
            "piston,judge",
            "ZUKO_FACADES: unknown façade 'judge'; supported: piston, judge0, sandboxfusion, jobe",
        ),
        ("ZUKO_MEMORY_LIMIT_MIB", "2048", "ZUKO_MEMORY_LIMIT_MIB: 2048 is more than ZUKO_MEMORY_LIMIT_MAX_MIB, 1024"),
    ],
)
def test_wrong_setting_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str, line: str
) -> None:
    """The line has the variable, its value and its bounds."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as ended:
        Settings.read()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"zuko: {line}\n"


@pytest.mark.parametrize("arguments", [["-m", "uvicorn", "main:app"], ["-c", "import handler.api"]])
def test_entry_points_end_with_a_line_for_each(arguments: list[str]) -> None:
    """There is no traceback, which few users read to its end."""
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "ZUKO_CPUS": "abc", "ZUKO_PIN_CORES": "maybe"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert [line.split(":")[:2] for line in result.stderr.splitlines()] == [
        ["zuko", " ZUKO_CPUS"],
        ["zuko", " ZUKO_PIN_CORES"],
    ]


_KEY = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize("wrong", [_KEY, f"whsec_{_KEY[:-4]}", f"whsec_{_KEY}!", f"whsec_{_KEY * 4}"])
def test_a_wrong_secret_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    monkeypatch.setenv("ZUKO_WEBHOOK_SECRETS", f"whsec_{_KEY},{wrong}")
    with pytest.raises(SystemExit):
        Settings.read()
    complaint = capsys.readouterr().err
    assert "ZUKO_WEBHOOK_SECRETS" in complaint
    assert _KEY[:8] not in complaint


def test_the_password_of_a_store_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "s3cret" not in repr(Settings(store="postgresql://zuko:s3cret@db.example/zuko"))
    monkeypatch.setenv("ZUKO_STORE", "mysql://zuko:s3cret@db.example/zuko")
    with pytest.raises(SystemExit):
        Settings.read()
    complaint = capsys.readouterr().err
    assert complaint.startswith("zuko: ZUKO_STORE: its value is not of the form ^(sqlite:///")
    assert "s3cret" not in complaint


def test_secrets_are_divided_and_not_shown() -> None:
    settings = Settings(webhook_secrets=f"whsec_{_KEY}, whsec_{_KEY}")
    assert settings.webhook_secrets == (f"whsec_{_KEY}",) * 2
    assert _KEY not in repr(settings)
