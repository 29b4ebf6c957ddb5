"""`zuko judge` as a user runs it: a separate process and the real engine."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests import PROBLEMS
from tests.harness.command import DIFFERENT, Write, rows, zuko
from zuko.wire.judge import CaseResponse, JudgeResponse


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
    assert result.stdout.endswith(b"CE  Compile error: the compiler rejected the program, with exit code 1\n")


def test_judge_gives_points() -> None:
    """Points are of groups and of the whole; several solutions in one call give the exit code of the worst."""
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
    assert [set(response) for response in answers] == [set(JudgeResponse.model_fields)] * 2
    assert answers[0]["verdict"] == "WA"
    assert set(answers[0]["cases"][0]) == set(CaseResponse.model_fields)
    assert len(answers[0]["skipped"]) == 3
    assert result.returncode == 1


def test_judge_in_another_language(write: Write) -> None:
    path = write("solution.txt", (DIFFERENT / "submissions/accepted/absolute.py").read_text())
    refused = zuko("judge", DIFFERENT, path)
    assert refused.stderr.decode().startswith(f"zuko: {path}: unknown extension; choose a language with --language: ")
    assert refused.returncode == 2
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
