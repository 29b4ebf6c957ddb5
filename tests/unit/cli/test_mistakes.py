"""Mistakes in commands: each is one line and an exit code, before an engine is contacted."""

import subprocess
import sys
from typing import Final

import pytest

from tests.harness.command import DIFFERENT, Write, zuko
from tests.unit.cli.conftest import Command
from zuko.cli.failures import explain
from zuko.errors import ImageMissingError

MISTAKES: Final = {
    "no_file": (("run", "nothing.py"), b"nothing.py: cannot be read: No such file or directory"),
    "no_input": (("run", "p.py", "-i", "nothing"), b"nothing: cannot be read"),
    "directory": (("run", ".", "-l", "py"), b".: cannot be read: Is a directory"),
    "hidden_file": (("run", "p.py", "-f", ".hidden"), b"--file: '.hidden' is not a valid file name"),
    "main_file_twice": (("run", "p.py", "-f", "main.py"), b"--file: 'main.py' is reserved for p.py"),
    "no_command": (("walk",), b"No such command 'walk'"),
    "no_option": (("run", "p.py", "--fast"), b"--fast"),
    "no_number": (("run", "p.py", "--time-limit", "2s"), b"'2s' is not a valid integer"),
    "zero": (("run", "p.py", "--wall-time-limit", "0"), b"0 is not in the range x>=1"),
    "too_long": (
        ("run", "p.py", "--time-limit", "99999999"),
        b"--time-limit must be from 1 to 86400000 ms; the setting ZUKO_TIMEOUT_MAX_S bounds it",
    ),
    "little_memory": (("run", "p.py", "--memory-limit", "64"), b"--memory-limit must be from "),
    "no_package": (("judge", "nothing", "p.py"), b"nothing: does not exist"),
    "file_as_package": (("verify", "p.py"), b"p.py: is not an archive that can be read: zip, tar"),
    "bare_directory": (("verify", "."), b"problem.yaml: is missing"),
    "no_solution": (("judge", DIFFERENT, "nothing.py"), b"nothing.py: does not exist"),
    "unknown_extension": (("run", "p.xyz"), b"p.xyz: unknown extension; choose a language with --language: "),
    "solution_of_no_language": (
        ("judge", DIFFERENT, "./p.xyz"),
        b"p.xyz: unknown extension; choose a language with --language: ",
    ),
    "solution_without_sources": (("judge", DIFFERENT, "empty"), b"empty: has no known file extension (.C, "),
    "no_rules": (("score", "p.py"), b"Missing option '-r' / '--rules'"),
    "freeze_nan": (("score", "p.py", "-r", "icpc", "--freeze", "nan"), b"'nan' is not a valid number of minutes"),
    "freeze_clock": (("score", "p.py", "-r", "icpc", "--freeze", "3:00"), b"'3:00' is not a valid number of minutes"),
    "two_outputs": (
        ("score", "p.py", "-r", "icpc", "--html", "-", "--json", "-"),
        b"cannot both go to standard output",
    ),
    "no_events": (("score", "nothing", "-r", "ioi"), b"nothing: cannot be read: No such file"),
    "bad_events": (("score", "p.py", "-r", "ioi"), b"p.py, line 1: "),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_reported_in_a_line(
    zuko_here: Command, write: Write, monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    """A message names the file, the option or the line, and the exit code is 2."""
    arguments, message = MISTAKES[mistake]
    directory = write("p.py", "print()\n").parent
    write(".hidden", "")
    for name in ("main.py", "p.xyz", "empty/README"):
        write(name, "")
    monkeypatch.chdir(directory)
    result = zuko_here(*arguments, DOCKER_HOST="unix:///nonexistent.sock")
    assert result.returncode == 2, result.stderr
    assert message in result.stderr
    assert result.stdout == b""


def test_input_above_its_limit(write: Write) -> None:
    """The message names the setting that raises the limit; an endless input is not read to its end."""
    with open("/dev/zero", "rb") as zeros:
        result = subprocess.run(
            [sys.executable, "-m", "zuko", "run", write("p.py", "")],
            stdin=zeros,
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 2
    assert (
        result.stderr
        == b"zuko: standard input is larger than 5242880 bytes; the setting ZUKO_INPUT_LIMIT_BYTES bounds it\n"
    )


def test_wrong_setting(write: Write) -> None:
    result = zuko("run", write("p.py", ""), ZUKO_CPUS="many")
    assert (result.returncode, result.stderr) == (2, b"zuko: ZUKO_CPUS: 'many' is not a number from 0.01 to 1024\n")


@pytest.mark.parametrize("command", ["run", "judge", "verify"])
def test_docker_host_that_is_away(write: Write, command: str) -> None:
    """The message says in one line how to fix it, and the exit code means that a retry may succeed."""
    path = write("p.py", "print(1)")
    arguments = {"run": [path], "judge": [DIFFERENT, path], "verify": [DIFFERENT]}[command]
    result = zuko(command, *arguments, DOCKER_HOST="unix:///nonexistent.sock")
    assert result.returncode == 75
    mended = "start the Docker engine where DOCKER_HOST says, or fix DOCKER_HOST"
    assert result.stderr.decode() == f"zuko: the Docker host cannot be reached: {mended}\n"


@pytest.mark.parametrize("host", ["foo", "ssh://a", "tcp://127.0.0.1:2375"])
def test_docker_host_that_leads_nowhere(zuko_here: Command, write: Write, host: str) -> None:
    """A setting that is wrong is wrong the next time, too."""
    result = zuko_here("run", write("p.py", ""), DOCKER_HOST=host)
    assert result.returncode == 2
    assert result.stderr.startswith(b"zuko: DOCKER_HOST is ")


def test_missing_image_may_be_there_later() -> None:
    assert explain(ImageMissingError("not there: `zuko images build cpp`")) == (
        "not there: `zuko images build cpp`",
        75,
    )


def test_the_sdk_of_agents_is_an_extra(zuko_here: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("zuko.mcp", "mcp"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    result = zuko_here("mcp")
    assert result.returncode == 2
    assert b"the package mcp is not installed: pip install 'zuko[mcp]'" in result.stderr
