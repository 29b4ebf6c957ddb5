"""The command line as a user runs it: a separate process, the real engine, exit codes, and nothing left behind."""

import json
import re
import signal
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.harness.command import Write, zuko
from zuko.wire.execute import ExecuteResponse

FIGURES: Final = rb"\d+\.\d{3} s CPU, \d+\.\d{3} s wall, \d+\.\d MiB"


def last_line(text: bytes) -> bytes:
    return text.splitlines(keepends=True)[-1]


# --- run ----------------------------------------------------------------------------------------------------------


def test_run(write: Write) -> None:
    """The program's output is ours, byte for byte; the line of figures is beside it."""
    result = zuko("run", write("hello.py", "print('Hello', input())"), given=b"Zuko\n")
    assert result.stdout == b"Hello Zuko\n"
    assert re.fullmatch(rb"OK  " + FIGURES + rb"\n", result.stderr)
    assert result.returncode == 0


PROGRAMS: Final = {
    "hello.cpp": "#include <iostream>\nint main() { std::string s; std::cin >> s; std::cout << s << '\\n'; }",
    "Main.java": "class Main { public static void main(String[] a) { System.out.println("
    "new java.util.Scanner(System.in).next()); } }",
    "hello.py": "print(input())",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_languages_by_ending(write: Write, name: str) -> None:
    result = zuko("run", write(name, PROGRAMS[name]), given=b"Zuko\n")
    assert (result.returncode, result.stdout) == (0, b"Zuko\n"), result.stderr


@pytest.mark.skipif(psutil.cpu_count() == 1, reason="there is one core only")
def test_a_program_has_a_core_of_its_own(write: Write) -> None:
    result = zuko("run", write("cores.py", "import os; print(len(os.sched_getaffinity(0)))"))
    assert result.stdout == b"1\n", result.stderr


def test_language_is_overridable(write: Write) -> None:
    path = write("program.txt", "print(1)")
    refused = zuko("run", path)
    assert refused.returncode == 2
    assert b"program.txt: unknown extension; choose a language with --language: " in refused.stderr
    assert zuko("run", path, "-l", "py").stdout == b"1\n"
    assert zuko("run", path, "-l", "intercal").returncode == 2


def test_bytes_pass_unchanged(write: Write, tmp_path: Path) -> None:
    """Input and output are bytes, not text."""
    everything = bytes(range(256)) * 5
    code = (
        "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(data); sys.stderr.buffer.write(data[::-1])"
    )
    path = write("echo.py", code)
    result = zuko("run", path, "--quiet", given=everything)
    assert (result.stdout, result.stderr, result.returncode) == (everything, everything[::-1], 0)
    file = tmp_path / "input"
    file.write_bytes(everything)
    assert zuko("run", path, "--quiet", "--input", file).stdout == everything


def test_figures_are_a_line_of_their_own(write: Write) -> None:
    result = zuko("run", write("p.py", "import sys; sys.stderr.write('no end'); sys.exit(3)"))
    assert re.fullmatch(rb"no end\nRUNTIME_ERROR  " + FIGURES + rb"; exit code 3\n", result.stderr)


BURN: Final = "while True: pass"
ENDS: Final = {
    "exit": ("import sys; sys.exit(7)", (), 7),
    "exception": ("1 / 0", (), 1),
    "signal": ("import os; os.abort()", (), 128 + signal.SIGABRT),
    "cpu_time": (BURN, ("--time-limit", "200"), 124),
    "wall_time": ("import time; time.sleep(60)", ("--wall-time-limit", "200"), 124),
    "memory": ("x = [0] * (1 << 28)", ("--memory-limit", "65536"), 137),
}


@pytest.mark.parametrize("end", ENDS)
def test_exit_code(write: Write, end: str) -> None:
    code, options, expected = ENDS[end]
    result = zuko("run", write("p.py", code), *options)
    assert result.returncode == expected, result.stderr
    status = b"TIMEOUT" if expected == 124 else b"RUNTIME_ERROR"
    assert last_line(result.stderr).startswith(status)


def test_compile_error(write: Write) -> None:
    result = zuko("run", write("p.cpp", "int main() { retrun 0; }"))
    assert result.returncode == 65
    assert b"main.cpp:1:14: error:" in result.stderr
    assert last_line(result.stderr).startswith(b"COMPILE_ERROR  the compiler rejected the program")
    assert result.stdout == b""


def test_time_limit_brings_its_wall_time_limit(write: Write) -> None:
    """With a CPU time limit of 5 s, the default wall time limit does not stop the program earlier."""
    code = "import time\ntime.sleep(3.5); print('awake')"
    result = zuko("run", write("p.py", code), "--time-limit", "5000")
    assert (result.returncode, result.stdout) == (0, b"awake\n"), result.stderr


def test_files_beside_it(write: Write) -> None:
    helper = write("helper.py", "def answer(): return 42")
    result = zuko("run", write("p.py", "import helper; print(helper.answer())"), "-f", helper)
    assert result.stdout == b"42\n"


def test_run_json(write: Write) -> None:
    """The answer of the HTTP API."""
    result = zuko("run", write("p.py", "print('é'); raise SystemExit(2)"), "--json")
    response = json.loads(result.stdout)
    assert set(response) == set(ExecuteResponse.model_fields) - {
        *("compile_output", "output"),
        *("artifacts", "artifacts_skipped"),
    }
    assert (response["status"], response["stdout"], response["exit_code"]) == ("RUNTIME_ERROR", "é\n", 2)
    assert result.stderr == b""
    assert result.returncode == 2
