"""`zuko verify` as a user runs it: a separate process and the real engine."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from tests import PROBLEMS
from tests.harness.command import DIFFERENT, ESCAPE, on_a_terminal, zuko
from zuko.wire.verify import VerifyResponse


def test_verify(tmp_path: Path) -> None:
    """A package with four languages and a submission of each verdict; the page has the same."""
    page = tmp_path / "report.html"
    result = zuko("verify", DIFFERENT, "--html", page, timeout_s=280)
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
    html = page.read_text()
    assert "<p>Time limit: 2 s, set by the package</p>" in html
    assert all(f">{name}<" in html for name in shown)
    assert html.count('<td class="good">ok</td>') == len(shown)


def test_a_page_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    result = zuko("verify", DIFFERENT, "--html", tmp_path / "none" / "report.html")
    assert result.returncode == 2
    assert b"report.html cannot be written: No such file or directory" in result.stderr
    assert result.stdout == b""


def test_verify_partial_points() -> None:
    result = zuko("verify", PROBLEMS / "steps")
    assert result.returncode == 0, result.stdout
    assert b"partially_accepted/recursive.py  python    part      AC 40" in result.stdout


def burn(seconds: float) -> str:
    """Return a correct program that uses this much CPU time."""
    return f"import time\nprint(input())\nwhile time.process_time() < {seconds}: pass"


def test_verify_finds_what_is_not_as_claimed(package: Callable[..., Path]) -> None:
    path = package("limits: {time_limit: 1}", {"accepted/two.py": "print(2)", "wrong_answer/one.py": "print(1)"})
    (path / "submissions/accepted/old.sim").write_text("fun main() {}")
    result = zuko("verify", path)
    assert result.returncode == 1
    text = result.stdout.decode()
    assert "    accepted: secret/1 is WA, expected AC (a token differs)\n" in text
    assert "    wrong_answer: no case is WA, expected at least one\n" in text
    assert re.search(r"accepted/old\.sim .* not run\n    .*is in simula, which is not supported", text)
    assert text.endswith("0 as claimed, 2 NOT as claimed, 1 not run\n")


def test_verify_finds_what_the_package_does_not_allow(package: Callable[..., Path]) -> None:
    """A submission that could not be submitted proves nothing, whatever its verdict."""
    submissions = {"accepted/long.py": f"print(1)  # {'-' * 1024}", "accepted/other.c": "int main() {}"}
    result = zuko("verify", package("languages: [python3]\nlimits: {time_limit: 1, code: 1}", submissions))
    assert result.returncode == 1
    text = result.stdout.decode()
    assert re.search(r"accepted/long\.py .* AC .* NOT ok\n    it has 1036 bytes; .* limits\.code: 1024 bytes\n", text)
    assert "    it is in C17; problem.yaml, languages: python3\n" in text
    assert "    accepted: secret/1 is WA, expected AC (the output ends too early)\n" in text


def test_verify_warns_of_times_close_to_the_limit(package: Callable[..., Path]) -> None:
    """A time is close within half of the limit below it, and within the format's margin of 1.5 above it."""
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
    shown = result.stdout.decode()
    assert re.match(r"time limit: 0\.6 s, at least 2 times that of accepted/a\.py, 0\.2\d\d s\n", shown)


def test_verify_says_what_it_runs(package: Callable[..., Path]) -> None:
    """On a terminal the submission's name is below the table while it runs; in a pipe there are only rows."""
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
    other = path.parent / "other"
    other.mkdir()
    result = zuko("verify", other, path)
    assert result.returncode == 2
    assert f"{other}/problem.yaml: is missing" in result.stderr.decode()
    assert result.stdout.endswith(b"1 as claimed\n")
