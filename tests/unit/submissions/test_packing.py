"""A package in the store: its files once, versions that never change, and what is refused."""

import json
import os
from pathlib import Path
from typing import Final

import pytest

from tests.harness.problem_store import YAML, MemoryProblems, store, write_package
from zuko.errors import ProblemError
from zuko.problem import CheckerLimits, CompilerLimits, Problem, ProblemLimits
from zuko.settings import Settings
from zuko.submissions import packing
from zuko.submissions.model import NewProblem
from zuko.submissions.packing import Details, fitted, read_checked

MODERN: Final = "problem_format_version: 2025-09\nname: Sums\nuuid: 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed\n"
PY_CHECKER: Final = "import sys\nsys.exit(42)\n"


def paths(problems: MemoryProblems, name: str = "sums") -> list[str]:
    newest = problems.get_problem("", name)
    assert newest is not None
    return [file.path for file in problems.problem_files("", newest.ref) or ()]


def test_a_package_is_stored(tmp_path: Path) -> None:
    problems = MemoryProblems()
    stored = store(write_package(tmp_path), problems)
    assert str(stored.ref) == "sums@1"
    assert (stored.title, stored.format, stored.cases, stored.languages) == ("Sums", "legacy", 1, ())
    expected = [".timelimit", "data/secret/1.ans", "data/secret/1.in", "problem.yaml", "submissions/accepted/add.py"]
    assert paths(problems) == expected
    assert stored.size_bytes == sum((tmp_path / path).stat().st_size for path in expected)
    kept = Details.of(stored)
    assert (kept.time_limit_ms, kept.submissions, kept.languages) == (1000, 1, None)


def test_only_missing_files_are_sent(tmp_path: Path) -> None:
    problems = MemoryProblems()
    package = write_package(tmp_path, {"secret/1": ("1 2\n", "3\n"), "secret/2": ("2 2\n", "4\n")})
    first = store(package, problems)
    problems.puts.clear()
    assert store(package, problems) == first, "the same files are the same version"
    assert problems.puts == []
    (package / "data/secret/2.ans").write_text("5\n")
    assert str(store(package, problems).ref) == "sums@2"
    assert len(problems.puts) == 1
    assert len(problems.puts[0]) == 1


def test_files_are_sent_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "BATCH_BYTES", 10_000)
    problems = MemoryProblems()
    cases = {f"secret/{number}": (f"{number}" * 4000, "3\n") for number in range(6)} | {"secret/l": ("1" * 30_000, "1")}
    store(write_package(tmp_path, cases), problems)
    sizes = [sum(len(problems.parts[digest]) for digest in batch) for batch in problems.puts]
    assert sum(sizes) == sum(map(len, problems.parts.values()))
    assert len(sizes) >= 4
    assert all(size <= 10_000 or len(batch) == 1 for size, batch in zip(sizes, problems.puts, strict=True))


def test_what_the_format_does_not_name_is_left_out(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    for path in (".git/config", "data/secret/.1.in.swp", "statement (old).txt"):
        (package / path).parent.mkdir(exist_ok=True)
        (package / path).write_text("x")
    (package / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    os.mkfifo(package / "pipe")
    problems = MemoryProblems()
    store(package, problems)
    assert len(paths(problems)) == 5


def test_links_are_stored_as_what_they_lead_to(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    (package / "data/secret/2.in").symlink_to("1.in")
    (package / "data/secret/2.ans").symlink_to("1.ans")
    (package / "data/sample").symlink_to("secret")
    problems = MemoryProblems()
    assert store(package, problems).cases == 4
    files = {file.path: file.digest for file in problems.problem_files("", problems.list_problems("")[0].ref) or ()}
    assert files["data/sample/2.in"] == files["data/secret/1.in"]


@pytest.mark.parametrize("depth", [0, 3])
def test_a_link_to_a_directory_around_it_ends(tmp_path: Path, depth: int) -> None:
    package = write_package(tmp_path)
    inner = package.joinpath("attachments", *"abc"[:depth])
    inner.mkdir(parents=True)
    (inner / "again").symlink_to(package)
    with pytest.raises(ProblemError, match="directories are nested more than"):
        store(package, MemoryProblems())


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = write_package(tmp_path)
    monkeypatch.setattr(packing, "ENTRIES_MAX", 20)
    (package / "attachments").mkdir()
    for number in range(20):
        (package / f"attachments/{number}").write_bytes(b"")
    with pytest.raises(ProblemError, match="more than 20 files"):
        store(package, MemoryProblems())


def test_links_do_not_make_a_package_larger_than_it_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few links to one another are tens of thousands of paths, and each is a file for those who judge by it."""
    package = write_package(tmp_path)
    (package / "attachments/0").mkdir(parents=True)
    (package / "attachments/0/large").write_bytes(b"1" * 1000)
    for level in range(1, 8):
        (package / f"attachments/{level}").mkdir()
        for name in "abc":
            (package / f"attachments/{level}/{name}").symlink_to(f"../{level - 1}")
    monkeypatch.setattr(packing, "TOTAL_MAX_BYTES", 1_000_000)
    problems = MemoryProblems()
    with pytest.raises(ProblemError, match="larger than 1000000 bytes in all"):
        store(package, problems)
    assert problems.puts == []


def test_a_program_keeps_its_mode(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    (package / "submissions/accepted/add.py").chmod(0o700)
    problems = MemoryProblems()
    ref = store(package, problems).ref
    modes = {file.path: file.mode for file in problems.problem_files("", ref) or ()}
    assert modes["submissions/accepted/add.py"] == 0o755
    assert modes["problem.yaml"] == 0o644


def test_the_languages_are_those_of_the_jury(tmp_path: Path) -> None:
    package = write_package(tmp_path, yaml=YAML + "validation: custom\n")
    (package / "output_validators").mkdir()
    (package / "output_validators/check.py").write_text(PY_CHECKER)
    assert store(package, MemoryProblems()).languages == ("python",)


def refusal(package: Path, **settings: int) -> str:
    with pytest.raises(ProblemError) as refused:
        read_checked(package, Settings(**settings))
    return str(refused.value)


def test_a_package_without_a_time_limit_is_refused(tmp_path: Path) -> None:
    message = refusal(write_package(tmp_path, time_limit=""))
    assert message.startswith("problem.yaml: the package has no time limit")
    assert ".timelimit" in message
    assert "limits.time_limit" in message
    assert "zuko verify" in message


def test_a_package_without_cases_is_refused(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    for path in (package / "data/secret").iterdir():
        path.unlink()
    assert "test" in refusal(package)


@pytest.mark.parametrize(
    ("limits", "settings", "text"),
    [
        ("time_limit: 7", {"timeout_max_s": 6}, "a time limit of 7000 ms; at most 6000 are allowed"),
        ("time_limit: 1\n  memory: 700", {"memory_limit_max_mib": 512}, "limits.memory: 700 MiB; "),
        ("time_limit: 1\n  memory: 4", {}, "limits.memory: 4 MiB; "),
        ("time_limit: 1\n  output: 20", {}, "limits.output: 20 MiB; at most 16 are allowed"),
        ("time_limit: 1", {"judge_cases_max": 1}, "data: 2 test cases; at most 1 are allowed"),
    ],
)
def test_limits_that_no_request_may_have(tmp_path: Path, limits: str, settings: dict[str, int], text: str) -> None:
    cases = {"secret/1": ("1\n", "1\n"), "secret/2": ("2\n", "2\n")}
    package = write_package(tmp_path, cases, yaml=f"{MODERN}limits:\n  {limits}\n", time_limit="")
    assert text in refusal(package, **settings)


def test_limits_of_the_jury_are_lowered() -> None:
    settings = Settings(timeout_max_s=10, memory_limit_max_mib=512, judge_timeout_s=60)
    problem = Problem(
        "sums",
        (),
        ProblemLimits(6000, 13_000, 256 << 20),
        checker_limits=CheckerLimits(60_000, 1 << 30),
        compiler_limits=CompilerLimits(100_000, 1 << 30),
    )
    fit = fitted(problem, settings)
    assert (fit.limits.cpu_time_ms, fit.limits.wall_time_ms) == (6000, 10_000)
    assert (fit.checker_limits.cpu_time_ms, fit.checker_limits.memory_bytes) == (10_000, 512 << 20)
    assert (fit.compiler_limits.cpu_time_ms, fit.compiler_limits.memory_bytes) == (60_000, 512 << 20)


def test_details_are_read_as_they_were_written() -> None:
    kept = Details(1000, 1 << 28, True, False, 3, ("python3", "cpp"), 1 << 17)
    problem = MemoryProblems().put_problem(
        NewProblem("", "sums", "Sums", "legacy", (), 1, (), (), details=kept.to_json())
    )
    assert Details.of(problem) == kept
    assert json.loads(kept.to_json())["languages"] == ["python3", "cpp"]
