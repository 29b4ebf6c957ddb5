"""The step of infra/docker-host.sh that loads the AppArmor profile of sandboxes, and what a parser makes of it.

Kernels here may have no AppArmor: programs that only record their calls stand in for those of its package.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from zuko.engine.confinement import CELL_APPARMOR

SCRIPT: Final = ROOT / "infra" / "docker-host.sh"
PROFILE: Final = ROOT / "infra" / "apparmor" / CELL_APPARMOR
NEW: Final = "# since 4.0"  # ends the lines that parsers of 3.x do not know

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the script is for root")


@dataclass
class Machine:
    """A directory with the programs of AppArmor's package, and what the script does with them."""

    directory: Path

    def install(self, *, enabled: bool = True, parser: str = "4", loads: bool = True) -> None:
        """Install programs that behave as on such a machine."""
        programs = self.directory / "bin"
        programs.mkdir()
        bodies = {
            "aa-enabled": f"exit {0 if enabled else 1}",
            "apparmor_parser": f"""
text=$(cat)
case {parser}$text in 3*'{NEW}'*) echo syntax error >&2; exit 1 ;; esac
case "$*" in *--replace*) ;; *) exit 0 ;; esac
{"" if loads else "echo no right >&2; exit 1"}
echo "$text" >{self.directory}/loaded
""",
        }
        for name, body in bodies.items():
            (programs / name).write_text(f"#!/bin/sh\n{body}\n")
            (programs / name).chmod(0o755)

    def run(self, script: Path = SCRIPT) -> subprocess.CompletedProcess[str]:
        """Run the step."""
        return subprocess.run(
            [script, "apparmor", "--profiles", self.installed.parent],
            # Not /usr/sbin, where a real parser may be.
            env={**os.environ, "PATH": f"{self.directory}/bin:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def loaded(self) -> str | None:
        """Return the profile that the kernel was given."""
        file = self.directory / "loaded"
        return file.read_text() if file.exists() else None

    @property
    def installed(self) -> Path:
        """Return the place of the profile for the next boot."""
        return self.directory / "apparmor.d" / CELL_APPARMOR


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_it_is_loaded_now_and_at_every_boot(machine: Machine) -> None:
    machine.install()
    for _ in range(2):
        result = machine.run()
        assert (result.returncode, result.stderr) == (0, "")
        assert machine.loaded == machine.installed.read_text() == PROFILE.read_text()
    assert machine.installed.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in machine.installed.parent.iterdir()] == [CELL_APPARMOR]


def test_an_older_parser_gets_what_it_knows(machine: Machine) -> None:
    machine.install(parser="3")
    assert machine.run().returncode == 0
    kept = [line for line in PROFILE.read_text().splitlines() if not line.endswith(NEW)]
    assert machine.loaded == machine.installed.read_text() == "\n".join(kept) + "\n"
    assert "userns" not in "".join(line.partition("#")[0] for line in kept)


def test_where_apparmor_is_off_nothing_is_done(machine: Machine) -> None:
    """That is not a failure: the engine ignores the profile's name there."""
    machine.install(enabled=False)
    result = machine.run()
    assert (result.returncode, result.stderr) == (0, "")
    assert "AppArmor is off" in result.stdout
    assert machine.loaded is None
    assert not machine.installed.exists()


def test_without_its_package_nothing_is_done(machine: Machine) -> None:
    result = machine.run()
    assert (result.returncode, "AppArmor is off" in result.stdout) == (0, True)
    assert not machine.installed.exists()


def test_a_kernel_that_does_not_take_it(machine: Machine) -> None:
    machine.install(loads=False)
    result = machine.run()
    assert result.returncode == 1
    assert "no right" in result.stderr
    assert "each submission gets a container" in result.stderr
    assert not machine.installed.exists(), "or it would fail at every boot"


def test_a_script_without_its_profile(machine: Machine) -> None:
    machine.install()
    alone = machine.directory / "opt" / "infra" / SCRIPT.name
    alone.parent.mkdir(parents=True)
    shutil.copy(SCRIPT, alone)
    result = machine.run(alone)
    assert (result.returncode, "the profile is not beside this script" in result.stderr) == (1, True)
    assert machine.loaded is None


# --- set-up ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "is_root", "docker_host", "does"),
    [
        (0, True, "", "loads"),
        (0, True, "unix:///run/docker.sock", "loads"),
        (0, True, "tcp://docker.example.net:2376", ""),
        (4, False, "", "sandboxes are faster with a profile:  sudo infra/docker-host.sh apparmor"),
        (1, True, "", ""),
        (1, False, "", ""),
    ],
)
def test_set_up_loads_it_as_root(tmp_path: Path, status: int, is_root: bool, docker_host: str, does: str) -> None:
    """Set-up does so for an engine of this machine; others learn how to do it."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / SCRIPT.name).write_text('#!/bin/sh\n[ "$*" = apparmor ] && echo loads\n')
    (tmp_path / "infra" / SCRIPT.name).chmod(0o755)
    source = (ROOT / "scripts" / "setup.sh").read_text()
    function = source[source.index("setup_profile() {") :].partition("\n}\n")[0]
    script = f"""
set -euo pipefail
LOG=/dev/stdout
step() {{ echo "$2"; }}
has() {{ true; }}
is_root() {{ {"true" if is_root else "false"}; }}
aa-enabled() {{ return {status}; }}
{function.replace("/etc/apparmor.d", str(tmp_path))}
}}
setup_profile
"""
    result = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "DOCKER_HOST": docker_host},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, does, "")


# --- a real parser --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("apparmor_parser") is None, reason="no parser of AppArmor here")
def test_a_parser_understands_it() -> None:
    """This machine's parser does, with all rules or with those that are not new."""
    text = PROFILE.read_text()
    if not Path("/etc/apparmor.d/abi/4.0").exists():
        text = "".join(line for line in text.splitlines(keepends=True) if not line.endswith(f"{NEW}\n"))
    command = ["apparmor_parser", "--skip-kernel-load", "--skip-cache"]
    result = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    assert "error" not in result.stderr
