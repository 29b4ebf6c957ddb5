"""Calling commands without a process for each."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from zuko.cli import main

Command = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def zuko_here(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Command]:
    """Call commands as `python -m zuko` does, but in this process: to start another takes most of a second.

    An exception that would be a traceback is raised here.
    """
    with open("/dev/null") as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)

        def call(*arguments: object, **env: str) -> subprocess.CompletedProcess[bytes]:
            for name, value in env.items():
                monkeypatch.setenv(name, value)
            argv = ["zuko", *map(str, arguments)]
            monkeypatch.setattr(sys, "argv", argv)
            code = main._run()
            sys.stdout.flush()
            sys.stderr.flush()
            return subprocess.CompletedProcess(argv, code, *capfdbinary.readouterr())

        yield call
