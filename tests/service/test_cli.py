"""The command line as people call it: a process of its own, the real engine, exit codes, and nothing that is left."""

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

import docker
from tests import ROOT
from tests.harness.command import Write, containers_of, started, zuko
from tests.harness.waiting import wait_for
from zuko import __version__
from zuko.cli.failures import explain
from zuko.errors import ImageMissingError
from zuko.languages.table import CPP, LANGUAGES, language_of_file
from zuko.wire.execute import ExecuteResponse
from zuko.wire.judge import CaseResponse, JudgeResponse
from zuko.wire.verify import VerifyResponse

PROBLEMS: Final = ROOT / "tests" / "corpus" / "problems"
DIFFERENT: Final = PROBLEMS / "different"
ESCAPE: Final = b"\x1b"
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


def test_every_language_has_an_ending() -> None:
    """That of its source's name tells it, or the language that comes first with it."""
    for language in LANGUAGES.values():
        found = language_of_file(f"a.b{Path(language.source_name).suffix}")
        assert found is not None
        assert Path(found.source_name).suffix == Path(language.source_name).suffix
    assert language_of_file("x.cc") == CPP
    assert language_of_file("cpp") is None
    assert language_of_file("x.") is None


def test_language_is_overridable(write: Write) -> None:
    path = write("program.txt", "print(1)")
    refused = zuko("run", path)
    assert refused.returncode == 2
    assert b"program.txt: its ending tells no language; give one with --language: c, cpp" in refused.stderr
    assert zuko("run", path, "-l", "py").stdout == b"1\n"
    assert zuko("run", path, "-l", "cobol").returncode == 2


def test_bytes_pass_unchanged(write: Write, tmp_path: Path) -> None:
    """Nothing of input and outputs is taken for text."""
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
    assert last_line(result.stderr).startswith(b"COMPILE_ERROR  the compiler refused the program")
    assert result.stdout == b""


def test_time_limit_brings_its_wall_time_limit(write: Write) -> None:
    """Who allows 5 s of CPU time is not stopped by a wall time limit that nobody named."""
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
    answer = json.loads(result.stdout)
    assert set(answer) == set(ExecuteResponse.model_fields) - {"compile_output"}
    assert (answer["status"], answer["stdout"], answer["exit_code"]) == ("RUNTIME_ERROR", "é\n", 2)
    assert result.stderr == b""
    assert result.returncode == 2


MISTAKES: Final = {
    "no_file": (("run", "nothing.py"), b"nothing.py: cannot be read: No such file or directory"),
    "no_input": (("run", "p.py", "-i", "nothing"), b"nothing: cannot be read"),
    "directory": (("run", ".", "-l", "py"), b".: cannot be read: Is a directory"),
    "hidden_file": (("run", "p.py", "-f", ".hidden"), b"--file: '.hidden' is not a valid file name"),
    "main_file_twice": (("run", "p.py", "-f", "main.py"), b"--file: 'main.py' is where p.py goes"),
    "no_command": (("walk",), b"No such command 'walk'"),
    "no_option": (("run", "p.py", "--fast"), b"--fast"),
    "no_number": (("run", "p.py", "--time-limit", "2s"), b"'2s' is not a valid integer"),
    "zero": (("run", "p.py", "--wall-time-limit", "0"), b"0 is not in the range x>=1"),
    "too_long": (("run", "p.py", "--time-limit", "99999999"), b"--time-limit is from 1 to 86400000 ms"),
    "little_memory": (("run", "p.py", "--memory-limit", "64"), b"--memory-limit is from "),
    "no_package": (("judge", "nothing", "p.py"), b"nothing: is missing"),
    "file_as_package": (("verify", "p.py"), b"p.py: is not a directory"),
    "bare_directory": (("verify", "."), b"problem.yaml: is missing"),
    "no_solution": (("judge", DIFFERENT, "nothing.py"), b"nothing.py: is missing"),
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
def test_mistakes_are_told_in_a_line(write: Write, monkeypatch: pytest.MonkeyPatch, mistake: str) -> None:
    """They name the file, the option or the line, and end with 2."""
    arguments, told = MISTAKES[mistake]
    directory = write("p.py", "print()\n").parent
    write(".hidden", "")
    write("main.py", "")
    monkeypatch.chdir(directory)
    result = zuko(*arguments)
    assert result.returncode == 2, result.stderr
    assert told in result.stderr
    assert result.stdout == b""


def test_input_above_its_limit(write: Write) -> None:
    """It names the setting that moves the limit; an endless input is not read to its end."""
    with open("/dev/zero", "rb") as zeros:
        result = subprocess.run(
            [sys.executable, "-m", "zuko", "run", write("p.py", "")],
            stdin=zeros,
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 2
    assert result.stderr == b"zuko: standard input is larger than 5242880 bytes (ZUKO_INPUT_LIMIT_BYTES)\n"


def test_wrong_setting(write: Write) -> None:
    result = zuko("run", write("p.py", ""), ZUKO_CPUS="many")
    assert (result.returncode, result.stderr) == (2, b"ZUKO_CPUS: 'many' is not a number from 0.01 to 1024\n")


@pytest.mark.parametrize("command", ["run", "judge", "verify"])
def test_docker_host_that_is_away(write: Write, command: str) -> None:
    """What mends it, in one line, and the exit code of what may work later."""
    path = write("p.py", "print(1)")
    arguments = {"run": [path], "judge": [DIFFERENT, path], "verify": [DIFFERENT]}[command]
    result = zuko(command, *arguments, DOCKER_HOST="unix:///nonexistent.sock")
    assert result.returncode == 75
    mended = "start the Docker engine where DOCKER_HOST says, or fix DOCKER_HOST"
    assert result.stderr.decode() == f"zuko: the Docker host cannot be reached: {mended}\n"


@pytest.mark.parametrize("host", ["foo", "ssh://a", "tcp://127.0.0.1:2375"])
def test_docker_host_that_leads_nowhere(write: Write, host: str) -> None:
    """A setting that is wrong is wrong the next time, too."""
    result = zuko("run", write("p.py", ""), DOCKER_HOST=host)
    assert result.returncode == 2
    assert result.stderr.startswith(b"zuko: DOCKER_HOST is ")


def test_missing_image_may_be_there_later() -> None:
    assert explain(ImageMissingError("not there: `make images LANGUAGES=cpp`")) == (
        "not there: `make images LANGUAGES=cpp`",
        75,
    )


# --- terminals, pipes and signals ---------------------------------------------------------------------------------


def on_a_terminal(*arguments: object, **env: str) -> bytes:
    """Everything that the command writes to a terminal."""
    ours, theirs = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "zuko", *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "TERM": "xterm", **env},
    )
    os.close(theirs)
    written = b""
    with contextlib.suppress(OSError):  # EIO is the end
        while data := os.read(ours, 1 << 16):
            written += data
    os.close(ours)
    process.wait(60)
    return written


def test_colours_only_where_they_are_seen(write: Write) -> None:
    """On a terminal, unless NO_COLOR says otherwise; never in a pipe. Input is not waited for there."""
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
    process = subprocess.Popen(
        [sys.executable, "-m", "zuko", "run", write("p.py", "print('x' * 500000)"), "-q"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == -signal.SIGPIPE
    assert told == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda n: n.name)
@pytest.mark.parametrize("command", ["run", "judge", "verify"])
def test_signal_leaves_nothing(
    write: Write, package: Callable[..., Path], docker_client: docker.DockerClient, command: str, number: signal.Signals
) -> None:
    """It ends by the signal, at once and without a word, and its containers go."""
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


# --- judge --------------------------------------------------------------------------------------------------------


def rows(text: bytes) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text.decode().splitlines()]


def test_judge() -> None:
    """A line a case, then the verdict."""
    result = zuko("judge", DIFFERENT, DIFFERENT / "submissions/accepted/absolute.cpp", "-j", "2")
    assert result.returncode == 0
    heading, *cases, empty, verdict, figures = rows(result.stdout)
    assert heading == ["case", "verdict", "CPU", "wall", "memory"]
    assert {case[0]: case[1] for case in cases} == dict.fromkeys(
        ("sample/1", "secret/01-equal", "secret/02-falling", "secret/03-empty"), "AC"
    )
    assert (empty, verdict) == ([], ["AC", "Accepted"])
    assert figures[0] == "slowest"


def test_judge_a_directory_of_java() -> None:
    assert zuko("judge", DIFFERENT, DIFFERENT / "submissions/accepted/java").returncode == 0


def test_judge_stops_or_runs_everything() -> None:
    path = DIFFERENT / "submissions/wrong_answer/signed.py"
    stopped, everything = zuko("judge", DIFFERENT, path), zuko("judge", DIFFERENT, path, "--all")
    assert (stopped.returncode, everything.returncode) == (1, 1)
    assert b"expected \xe2\x80\x9c71293781685339\xe2\x80\x9d" in stopped.stdout
    assert b"3 of 4 cases were not run" in stopped.stdout
    assert len(everything.stdout.splitlines()) == len(stopped.stdout.splitlines()) + 3
    assert b"not run" not in everything.stdout


def test_judge_a_compile_error() -> None:
    result = zuko("judge", DIFFERENT, DIFFERENT / "submissions/compile_error/unfinished.cpp")
    assert result.returncode == 1
    assert b"main.cpp:2:11: error:" in result.stdout
    assert result.stdout.endswith(b"CE  Compile error: the compiler refused the program, with exit code 1\n")


def test_judge_gives_points() -> None:
    """Of groups and of the whole; several solutions in one call, and the worst one's exit code."""
    steps = PROBLEMS / "steps"
    solutions = (steps / "submissions/accepted/iterates.py", steps / "submissions/wrong_answer/powers.py")
    result = zuko("judge", steps, *solutions)
    assert result.returncode == 1
    text = result.stdout.decode()
    assert "secret/group2  AC             60  of 60\n" in text
    assert "100 of 100 points" in text
    assert "    0 of 100 points" in text
    assert [line for line in text.splitlines() if line.endswith(".py")] == [str(path) for path in solutions]


def test_judge_json() -> None:
    """The answer of the HTTP API, a line for each solution."""
    path = DIFFERENT / "submissions/wrong_answer/signed.py"
    result = zuko("judge", DIFFERENT, path, path, "--json")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [set(answer) for answer in answers] == [set(JudgeResponse.model_fields)] * 2
    assert answers[0]["verdict"] == "WA"
    assert set(answers[0]["cases"][0]) == set(CaseResponse.model_fields)
    assert len(answers[0]["skipped"]) == 3
    assert result.returncode == 1


def test_judge_in_another_language(write: Write) -> None:
    path = write("solution.txt", (DIFFERENT / "submissions/accepted/absolute.py").read_text())
    assert b"has no file with the extension of a known language" in zuko("judge", DIFFERENT, path).stderr
    assert zuko("judge", DIFFERENT, path, "-l", "pypy").returncode == 0


def test_judge_with_a_header(write: Write) -> None:
    """A header comes first by name, and is not the main file."""
    write("two/a.h", "#include <cstdio>\n")
    write(
        "two/z.cpp",
        '#include "a.h"\nint main() { long long a, b; while (scanf("%lld%lld", &a, &b) == 2)'
        ' printf("%lld\\n", a > b ? a - b : b - a); }',
    )
    result = zuko("judge", DIFFERENT, write("two/a.h", "#include <cstdio>\n").parent)
    assert result.returncode == 0, result.stdout


def test_judge_refuses_what_the_package_does(write: Write) -> None:
    result = zuko("judge", PROBLEMS / "summands", write("p.c", "int main() {}"))
    assert result.returncode == 2
    assert b"p.c: is in C17; problem.yaml, languages: python3, cpp" in result.stderr


def test_package_error_names_its_place(package: Callable[..., Path]) -> None:
    path = package("limits: {memory: much}", {})
    result = zuko("verify", path)
    assert result.returncode == 2
    assert result.stderr.decode().startswith(f"zuko: {path}/problem.yaml, line 4: limits.memory: ")


def test_judge_error(tmp_path: Path) -> None:
    """A checker that fails is never the solution's fault."""
    path = shutil.copytree(PROBLEMS / "summands", tmp_path / "summands")
    (path / "output_validator/validator.py").write_text("raise SystemExit(1)")
    result = zuko("judge", path, path / "submissions/accepted/one.py")
    assert result.returncode == 3
    assert b"JE  Judge error: sample/1: the checker failed" in result.stdout
    assert zuko("verify", path, "--json").returncode == 3


# --- verify -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_verify() -> None:
    """A package with four languages and a submission of each verdict."""
    result = zuko("verify", DIFFERENT, timeout_s=280)
    assert result.returncode == 0, result.stdout
    first, heading, *lines = result.stdout.decode().splitlines()
    assert first == "time limit: 2 s, set by the package"
    assert heading.split()[:4] == ["submission", "language", "expected", "got"]
    shown = {line.split()[0]: line.split() for line in lines[:-2]}
    assert {name: (row[1], row[2], row[3], row[-1]) for name, row in shown.items()} == {
        "accepted/absolute.c": ("c", "AC", "AC", "ok"),
        "accepted/absolute.cpp": ("cpp", "AC", "AC", "ok"),
        "accepted/absolute.py": ("python", "AC", "AC", "ok"),
        "accepted/java": ("java", "AC", "AC", "ok"),
        "compile_error/unfinished.cpp": ("cpp", "CE", "CE", "ok"),
        "memory_limit_exceeded/hoards.py": ("python", "MLE", "MLE", "ok"),
        "output_limit_exceeded/floods.py": ("python", "OLE", "OLE", "ok"),
        "run_time_error/needs_a_line.py": ("python", "RTE", "RTE", "ok"),
        "run_time_error/null.c": ("c", "RTE", "RTE", "ok"),
        "time_limit_exceeded/counts.cpp": ("cpp", "TLE", "TLE", "ok"),
        "time_limit_exceeded/sleeps.py": ("python", "TLE", "TLE", "ok"),
        "wrong_answer/narrow.c": ("c", "WA", "WA", "ok"),
        "wrong_answer/signed.py": ("python", "WA", "WA", "ok"),
    }
    assert lines[-1] == "13 as claimed"
    assert ESCAPE not in result.stdout


def test_verify_partial_points() -> None:
    result = zuko("verify", PROBLEMS / "steps")
    assert result.returncode == 0, result.stdout
    assert b"partially_accepted/recursive.py  python    part      AC 40" in result.stdout


def burn(seconds: float) -> str:
    """Takes so much CPU time, and is right."""
    return f"import time\nprint(input())\nwhile time.process_time() < {seconds}: pass"


def test_verify_finds_what_is_not_as_claimed(package: Callable[..., Path]) -> None:
    path = package("limits: {time_limit: 1}", {"accepted/two.py": "print(2)", "wrong_answer/one.py": "print(1)"})
    (path / "submissions/accepted/old.kt").write_text("fun main() {}")
    result = zuko("verify", path)
    assert result.returncode == 1
    text = result.stdout.decode()
    assert "    accepted: secret/1 is WA, expected AC (a token differs)\n" in text
    assert "    wrong_answer: no case is WA, expected at least one\n" in text
    assert re.search(r"accepted/old\.kt .* not run\n    .*is in kotlin, which is not supported", text)
    assert text.endswith("0 as claimed, 2 NOT as claimed, 1 not run\n")


def test_verify_finds_what_the_package_does_not_allow(package: Callable[..., Path]) -> None:
    """A submission that nobody could send shows nothing, whatever it comes to."""
    submissions = {"accepted/long.py": f"print(1)  # {'-' * 1024}", "accepted/other.c": "int main() {}"}
    result = zuko("verify", package("languages: [python3]\nlimits: {time_limit: 1, code: 1}", submissions))
    assert result.returncode == 1
    text = result.stdout.decode()
    assert re.search(r"accepted/long\.py .* AC .* NOT ok\n    it has 1036 bytes; .* limits\.code: 1024 bytes\n", text)
    assert "    it is in C17; problem.yaml, languages: python3\n" in text
    assert "    accepted: secret/1 is WA, expected AC (the output ends too early)\n" in text


def test_verify_warns_of_times_close_to_the_limit(package: Callable[..., Path]) -> None:
    """From below, by less than half of it, and from above, by less than the format's margin of 1.5."""
    submissions = {
        "accepted/close.py": burn(0.125),
        "accepted/fast.py": burn(0),
        "time_limit_exceeded/close.py": burn(0.26),
        "time_limit_exceeded/slow.py": burn(60),
    }
    result = zuko("verify", package("limits: {time_limit: 0.2, time_resolution: 0.1}", submissions), "--json")
    answers = {each["submission"]: each for each in map(json.loads, result.stdout.splitlines())}
    assert result.returncode == 0, result.stdout
    assert all(set(each) == set(VerifyResponse.model_fields) for each in answers.values())
    warnings = {name: each["warnings"] for name, each in answers.items()}
    assert re.fullmatch(r"it needs 6\d% of the time limit, more than 50%", *warnings["accepted/close.py"])
    assert re.fullmatch(
        r"it ends after 0\.2\d+ s, less than 1.5 times the time limit", *warnings["time_limit_exceeded/close.py"]
    )
    assert warnings["accepted/fast.py"] == warnings["time_limit_exceeded/slow.py"] == []


def test_verify_infers_the_time_limit(package: Callable[..., Path]) -> None:
    """Twice the slowest accepted submission, in whole steps; others are judged by it."""
    yaml = "limits: {time_resolution: 0.1}"
    submissions = {"accepted/a.py": burn(0.25), "time_limit_exceeded/b.py": burn(60)}
    result = zuko("verify", package(yaml, submissions))
    assert result.returncode == 0, result.stdout
    assert re.match(r"time limit: 0\.6 s, at least 2 times the slowest accepted, 0\.2\d\d s\n", result.stdout.decode())


def test_verify_says_what_it_runs(package: Callable[..., Path]) -> None:
    """On a terminal the submission's name is below the table while it runs; a pipe has its row alone."""
    path = package("limits: {time_limit: 5}", {"accepted/sleeps.py": "import time; time.sleep(1); print(1)"})
    name = b"accepted/sleeps.py"
    before, _, _ = on_a_terminal("verify", path).partition(name + b"  python")
    assert before.count(name) >= 2, "again with each turn of the spinner"
    assert before.rpartition(b"\n")[2].endswith(b"\r\x1b[2K"), "the row takes its place"
    piped = zuko("verify", path).stdout
    assert (piped.count(name), piped.count(ESCAPE)) == (1, 0)


def test_verify_several_packages(package: Callable[..., Path]) -> None:
    """The highest exit code counts, and a wrong package does not keep the others from being verified."""
    path = package("limits: {time_limit: 1}", {"accepted/one.py": "print(1)"})
    result = zuko("verify", path / "data", path)
    assert result.returncode == 2
    assert f"{path}/data/problem.yaml: is missing" in result.stderr.decode()
    assert result.stdout.endswith(b"1 as claimed\n")


# --- score --------------------------------------------------------------------------------------------------------

EVENTS: Final = b"""\
{"team": "Ada", "problem": "A", "time_s": 754.2, "verdict": "AC", "points": 100}
{"team": "Bob", "problem": "A", "time_s": 900, "verdict": "WA", "points": 40}
{"team": "Bob", "problem": "A", "time_s": 1954, "verdict": "AC", "points": 100}
"""


def test_score() -> None:
    result = zuko("score", "-", "--rules", "icpc", given=EVENTS)
    assert result.returncode == 0
    _, _, ada, bob = rows(result.stdout)
    assert ada == ["1", "Ada", "1", "12", "*", "12"]
    assert bob == ["2", "Bob", "1", "52", "+1", "32"]  # minute 32, and 20 for the rejected one


def test_score_frozen_and_unfrozen() -> None:
    frozen = zuko("score", "-", "-r", "icpc", "--freeze", "20", given=EVENTS)
    assert rows(frozen.stdout)[3] == ["2", "Bob", "0", "0", "-1", "?1"]
    unfrozen = zuko("score", "-", "-r", "icpc", "--freeze", "20", "--unfreeze", given=EVENTS)
    assert unfrozen.stdout == zuko("score", "-", "-r", "icpc", given=EVENTS).stdout


def test_score_writes_a_page_and_json(tmp_path: Path) -> None:
    events, page, data = tmp_path / "events.jsonl", tmp_path / "board.html", tmp_path / "board.json"
    events.write_bytes(EVENTS)
    result = zuko("score", events, "-r", "points", "--html", page, "--json", data, "--title", "Finals <1>")
    assert result.returncode == 0
    assert "<title>Finals &lt;1&gt;</title>" in page.read_text()
    board = json.loads(data.read_text())
    assert [row["points"] for row in board["rows"]] == [100, 100]
    assert json.loads(zuko("score", events, "-r", "points", "--json", "-").stdout) == board
    assert zuko("score", events, "-r", "points", "--html", tmp_path / "no/where").returncode == 2


def test_score_names_the_line() -> None:
    result = zuko("score", "-", "-r", "ioi", given=EVENTS + b'{"team": "Ada"}\n')
    assert result.returncode == 2
    assert result.stderr == b"zuko: -, line 4: problem: is missing\n"


# --- the rest -----------------------------------------------------------------------------------------------------


def test_help_waits_for_nothing() -> None:
    """The list of commands loads neither the Docker SDK nor pydantic, and no command loads fastapi."""
    code = "import sys, zuko.cli.main; print(sorted({'docker', 'pydantic', 'rich'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code]) == b"[]\n"
    code = "import sys, zuko.cli.run, zuko.cli.judge, zuko.cli.verify, zuko.cli.score; print('fastapi' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code]) == b"False\n"


def test_console_script() -> None:
    """`zuko` is `python -m zuko`."""
    script = Path(sys.executable).parent / "zuko"
    told = f"zuko {__version__}\n".encode()
    assert subprocess.check_output([script, "--version"]) == zuko("--version").stdout == told
