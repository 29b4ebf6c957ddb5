"""The command line at a terminal, in a pipe, and under a signal."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import docker
from tests.harness.command import DIFFERENT, ESCAPE, Write, containers_of, on_a_terminal, started, zuko
from tests.harness.preloaded import Preloaded
from tests.harness.waiting import wait_for


def test_colours_only_where_they_are_seen(write: Write) -> None:
    """Colours appear on a terminal without NO_COLOR, never in a pipe. A terminal's input is not waited for."""
    path = write("p.py", "import sys; print(len(sys.stdin.read()))")
    assert b"0\r\n\x1b[32m\x1b[1mOK\x1b[0m  " in on_a_terminal("run", path)
    plain = on_a_terminal("run", path, NO_COLOR="1")
    assert plain.startswith(b"0\r\nOK  ")
    assert ESCAPE not in plain
    judged = ("judge", DIFFERENT, DIFFERENT / "submissions/wrong_answer/signed.py")
    assert b"\x1b[1;31mWA\x1b[0m" in on_a_terminal(*judged)
    assert b"\x1b[1;31m" not in on_a_terminal(*judged, NO_COLOR="1")
    assert ESCAPE not in zuko(*judged).stdout


def test_reader_that_goes(write: Write) -> None:
    """`| head` ends it as it ends any command, without a word."""
    pipe, program = subprocess.PIPE, write("p.py", "print('x' * 500000)")
    process = Preloaded("zuko", "run", program, "-q", stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    written = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == -signal.SIGPIPE
    assert written == b""


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda n: n.name)
@pytest.mark.parametrize("command", ["run", "judge", "verify"])
def test_signal_leaves_nothing(
    write: Write, package: Callable[..., Path], docker_client: docker.DockerClient, command: str, number: signal.Signals
) -> None:
    """The command ends by the signal, at once and without output, and its containers are removed."""
    sleeps = "import time; time.sleep(60)"
    path = write("p.py", sleeps)
    problem = package("limits: {time_limit: 30}", {"accepted/sleeps.py": sleeps})
    arguments = {
        "run": (path, "--wall-time-limit", "60000"),
        "judge": (problem, path, "-j", "2"),
        "verify": (problem, "-j", "2"),
    }
    with started(command, *arguments[command]) as process:
        wait_for(lambda: any(each["State"] == "running" for each in containers_of(docker_client, process)), 30, "a run")
        process.send_signal(number)
        assert process.wait(10) == -number
        assert process.stderr is not None
        assert process.stderr.read() == b""
        wait_for(lambda: not containers_of(docker_client, process), 10, "its containers to go")


def test_end_leaves_nothing(write: Write, docker_client: docker.DockerClient) -> None:
    with started("run", write("p.py", "print(1)")) as process:
        assert process.wait(60) == 0
        wait_for(lambda: not containers_of(docker_client, process), 10, "its containers to go")
