"""`zuko doctor` on the real engine: its report, its exit code, and hostile programs."""

import json
from typing import Any

from tests.harness.command import zuko


def findings(*arguments: str, returns: int = 0, **env: Any) -> dict[str, dict[str, str]]:
    """Return what it found, by what it looked at."""
    result = zuko("doctor", "--json", *arguments, timeout_s=250, **env)
    assert result.returncode == returns, result.stdout + result.stderr
    return {each["check"]: each for each in map(json.loads, result.stdout.splitlines())}


def test_a_deployment(docker_client: object) -> None:
    """Sandboxes have what this machine gives them; a misspelt setting is found."""
    found = findings("--only", "^python$", ZUKO_CPUSS="1")
    assert found["settings"]["level"] == "warning"
    assert "ZUKO_CPUSS" in found["settings"]["found"]
    assert found["run python"]["level"] == "ok"
    assert found["engine"]["found"].startswith("Docker ")
    assert {"limits", "cgroups", "AppArmor", "clock", "disk", "isolation", "CPU time", "store"} < set(found)
    assert not [check for check in found if check.startswith("run ") and check != "run python"]


def test_what_is_missing() -> None:
    """It fails where an image that has to be there is not, and where the engine is away; the rest is looked at."""
    found = findings(returns=1, ZUKO_IMAGE_PREFIX="zuko-try-nothing/")
    image = found["image zuko-try-nothing/zuko-python:3.12"]
    assert (image["level"], "zuko images build python" in image["advice"]) == ("failure", True)
    found = findings(returns=1, DOCKER_HOST="unix:///nowhere.sock")
    assert (found["engine"]["level"], found["store"]["level"]) == ("failure", "note")
    assert zuko("doctor", "--attack", DOCKER_HOST="unix:///nowhere.sock").returncode == 75
    assert zuko("doctor", "--only", "(").returncode == 2


def test_hostile_programs(docker_client: object) -> None:
    """Programs that look at their neighbours, at PID 1, and for what they have left: all are contained."""
    found = findings("--attack", "--only", r"^(escape/(mount|proc_pid1_read|proc_pid1_write)|leftovers/[a-d].*[a-z])$")
    assert len(found) >= 5
    assert {each["level"] for each in found.values()} == {"ok"}, found


def test_lines_for_people(docker_client: object) -> None:
    result = zuko("doctor", "--attack", "--only", "^escape/mount$")
    assert (result.returncode, result.stdout.decode().splitlines()) == (0, ["1 ok"])
    lines = zuko("doctor", "--only", "^nothing$", ZUKO_CPUSS="1").stdout.decode().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("warning  settings: unknown"))
    assert lines[at + 1].startswith("         → ")
