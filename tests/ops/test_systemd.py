"""infra/systemd/: what systemd makes of the units, and of their users."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT

DIRECTORY: Final = ROOT / "infra" / "systemd"
UNITS: Final = sorted(DIRECTORY.glob("*.service"))
# Of 10, in tenths: no more than what a service of the network needs.
EXPOSURE_MAX: Final = {"zuko-guard": "10", "zuko": "20", "zuko-worker": "20"}

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")


def run(*command: object) -> str:
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout + result.stderr
    return result.stdout


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    installed = Path(sys.executable).parent / "zuko"
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/zuko/bin/zuko", str(installed)))
    run("systemd-analyze", "verify", *sorted(tmp_path.iterdir()))


def test_the_units_may_do_little() -> None:
    assert [unit.stem for unit in UNITS] == sorted(EXPOSURE_MAX, key=lambda name: f"{name}.service")
    for unit in UNITS:
        run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX[unit.stem]}", unit)
    (users,) = {unit.stem: unit.read_text().count("SupplementaryGroups=docker") for unit in UNITS}.items() - {
        ("zuko", 0),
        ("zuko-worker", 0),
    }
    assert users == ("zuko-guard", 1)


def test_their_users_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", DIRECTORY / "zuko.conf"], capture_output=True, check=True, timeout=60
    )
    users = {line.split(":")[0] for line in (tmp_path / "etc" / "passwd").read_text().splitlines()}
    groups = {line.split(":")[0] for line in (tmp_path / "etc" / "group").read_text().splitlines()}
    wanted = {
        value
        for unit in UNITS
        for line in unit.read_text().splitlines()
        for key, _, value in [line.partition("=")]
        if key == "User"
    }
    assert wanted == users
    assert "zuko" in groups
