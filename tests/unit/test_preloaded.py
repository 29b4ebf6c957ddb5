"""A process that is forked from one with the modules is what `python -m` starts."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests import ROOT
from tests.harness.preloaded import Preloaded

STATE: Final = ("tests.harness.own_state", "a", "b c")


def fresh(module: str, *arguments: str, **options: Any) -> "subprocess.Popen[Any]":
    return subprocess.Popen([sys.executable, "-m", module, *arguments], **options)


def seen(start: Callable[..., "subprocess.Popen[Any]"], directory: Path, **options: Any) -> tuple[Any, bytes, int]:
    """Return the state, what stands in the standard error, and the exit code."""
    env = {**os.environ, "ZUKO_CPUS": "1", "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with start(*STATE, cwd=directory, env=env, stdin=pipe, stdout=pipe, stderr=pipe, **options) as process:
        output, errors = process.communicate(b"given\r\n", timeout=60)
    return json.loads(output), errors, process.returncode


@pytest.mark.parametrize("new_session", [False, True])
def test_it_is_set_up_as_a_new_process(tmp_path: Path, new_session: bool) -> None:
    forked, started = (seen(each, tmp_path, start_new_session=new_session) for each in (Preloaded, fresh))
    assert forked == started
    assert forked[0]["parent"] == os.getpid()
    assert forked[0]["session"] is new_session
    assert forked[1:] == (b"an error\n", 3)


def test_it_ends_by_a_signal() -> None:
    with Preloaded(*STATE, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        assert process.poll() is None
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM


def test_an_error_ends_it_with_a_traceback() -> None:
    with Preloaded("no_module_of_this_name", stderr=subprocess.PIPE, text=True) as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "No module named no_module_of_this_name" in errors


@pytest.mark.parametrize("option", [{"umask": 0o77}, {"pass_fds": (0,)}, {"executable": "/bin/sh"}])
def test_what_it_cannot_do_is_refused(option: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="use subprocess"):
        Preloaded(*STATE, **option)
