"""Compilers that attack, and names of files that a compiler could misread as options."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import httpx2
import pytest

from tests.harness.submissions import submission
from zuko.engine.engine import Engine
from zuko.execution.blocking import BlockingExecutor
from zuko.execution.executor import Executor
from zuko.languages.table import PYTHON, Compiler
from zuko.settings import Settings
from zuko.types import Execution, Reason, Status


@pytest.mark.parametrize(
    "name",
    [
        *(
            "-x.cpp",
            "-",
            "--version",
            "@options",
            "../x.cpp",
            "/etc/x.cpp",
            "a/../b.cpp",
            "a//b.cpp",
            ".hidden.cpp",
            "..",
            "x;y.cpp",
        ),
        *("a b.cpp", "x\n.cpp", "main.cpp", "é.cpp", "", "x" * 101, "$HOME", "`id`.cpp", "*.cpp", "a\0.cpp"),
    ],
)
def test_names_that_a_compiler_could_take_for_something_else_are_refused(api: httpx2.Client, name: str) -> None:
    files = [{"name": name, "content": "int x;"}]
    response = api.post("/api/v1/execute", json={"language": "cpp", "code": "int main() {}", "files": files})
    assert response.status_code == 422
    assert "files" in response.text


# A compiler that has been taken over: Python in the place of one, with the source as what it does.
_TAKEN_OVER: Final = replace(
    PYTHON,
    name="taken-over",
    run_argv=("main",),
    compiler=Compiler(argv=PYTHON.run_argv, suffixes=(), artifacts=("main",), cpu_time_ms=2000),
)
_PROGRAM: Final = "import os, shutil\nshutil.copy('/usr/bin/echo', 'main')\nos.chmod('main', 0o755)\n"
_LEFT: Final = "the compiler left no program: take main: "
_REFUSED: Final = "the compiled program cannot be executed: "


@pytest.fixture(scope="module")
def taken_over(engine: Engine) -> Iterator[Callable[[str], Execution]]:
    """Execute a submission whose compiler does what its source says, in Python."""
    with BlockingExecutor(Executor(Settings(concurrency=1, ready_sandboxes=1), engine)) as executor:
        yield lambda code: executor.execute(submission(code, _TAKEN_OVER))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", f"{_LEFT}No such file or directory"),
        ("import os; os.symlink('/etc/passwd', 'main')", f"{_LEFT}not a regular file"),
        ("import os; os.symlink('/usr/bin/echo', 'main')", f"{_LEFT}not a regular file"),
        ("import os; os.symlink('/proc/self/exe', 'main')", f"{_LEFT}not a regular file"),
        ("import os; os.mkfifo('main', 0o777)", f"{_LEFT}not a regular file"),
        ("import os; os.mkdir('main', 0o777)", f"{_LEFT}not a regular file"),
        ("import os; os.mkdir('main', 0)", f"{_LEFT}not a regular file"),
        ("import socket; socket.socket(socket.AF_UNIX).bind('main')", f"{_LEFT}not a regular file"),
        (f"{_PROGRAM}os.chmod('main', 0o111)", f"{_LEFT}Permission denied"),
        (f"{_PROGRAM}os.truncate('main', 1 << 40)", f"{_LEFT}too large"),
        (
            f"{_PROGRAM}os.chmod('main', 0o644)",
            f"{_REFUSED}No such file or directory; it may be a library, without a main function",
        ),
        ("import os; open('main', 'wb').close(); os.chmod('main', 0o755)", f"{_REFUSED}Exec format error"),
        (
            "import os; open('main', 'wb').write(b'\\x7fELF' * 999); os.chmod('main', 0o755)",
            f"{_REFUSED}Exec format error",
        ),
        (
            "import os; open('main', 'w').write('#!/bin/sh\\n'); os.chmod('main', 0o755)",
            f"{_REFUSED}No such file or directory; it may be a library, without a main function",
        ),
    ],
)
def test_what_is_no_program_is_refused(taken_over: Callable[[str], Execution], code: str, message: str) -> None:
    """The host opens none of the files that it left; links, FIFOs and directories are refused (CVE-2024-28185)."""
    execution = taken_over(code)
    assert (execution.status, execution.reason, execution.message) == (
        Status.COMPILE_ERROR,
        Reason.COMPILE_FAILED,
        message,
    )


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(f"{_PROGRAM}os.fork() or os.setsid()", id="forks"),
        pytest.param(
            f"{_PROGRAM}import signal, time\n"
            "if os.fork() == 0:\n"
            "    os.setsid()\n"
            "    if os.fork() == 0:\n"
            "        [signal.signal(n, signal.SIG_IGN) for n in range(1, 32) if n not in (9, 19)]\n"
            "        time.sleep(0.3)\n"
            "        while True: open('main', 'w').write('#!/bin/sh\\necho BREACH')\n",
            id="stays, to write the program again",
        ),
        pytest.param(
            f"{_PROGRAM}os.link('main', 'other'); os.chmod('main', 0o4755)", id="links it, and sets its uid bit"
        ),
        pytest.param(
            f"{_PROGRAM}os.mkdir('d'); open('d/f', 'w').close(); os.chmod('d', 0)", id="leaves a locked folder"
        ),
        pytest.param(
            f"{_PROGRAM}[open('/tmp/word', 'ab').write(bytes(1 << 20)) for _ in range(50)]",
            id="fills what the run would write to",
        ),
        pytest.param(
            f"{_PROGRAM}import signal; os.fork() or signal.pause()\nos.kill(1, 9); os.kill(-1, 19)",
            id="stops whatever it can",
        ),
    ],
)
def test_a_compiler_that_stays_is_ended_before_what_it_made_is_taken(
    taken_over: Callable[[str], Execution], code: str
) -> None:
    execution = taken_over(code)
    assert (execution.status, execution.stdout, execution.message) == (Status.OK, "\n", None)


def test_a_compiler_that_never_ends_is_ended(taken_over: Callable[[str], Execution]) -> None:
    execution = taken_over("while True: pass")
    assert execution.status is Status.COMPILE_ERROR
    # On a very busy machine 20 s pass before 2 s of CPU time.
    assert execution.reason in {Reason.CPU_TIME_LIMIT, Reason.WALL_TIME_LIMIT}


def test_a_compiler_makes_no_forbidden_calls(taken_over: Callable[[str], Execution]) -> None:
    execution = taken_over("import ctypes; ctypes.CDLL(None).ptrace(16, 1, None, None)")
    assert (execution.status, execution.reason) == (Status.COMPILE_ERROR, Reason.FORBIDDEN_SYSCALL)
