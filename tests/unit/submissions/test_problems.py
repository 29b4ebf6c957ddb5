"""Stored problems as a process uses them: read once, kept within bounds, and gone when they are deleted."""

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.harness.problem_store import YAML, MemoryProblems, store, write_package
from zuko.errors import MissingProblemError, ProblemError, StoreError, SubmissionError
from zuko.judge.admission import check_source
from zuko.problem import Problem
from zuko.settings import Settings
from zuko.submissions.model import ProblemFile, ProblemRef
from zuko.submissions.problems import Problems, find_problem, size_of
from zuko.wire.judge import JudgeRequest

SUMS = ProblemRef("sums", 1)
MODERN = """\
problem_format_version: 2025-09
name: Sums
uuid: 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed
limits: {time_limit: 1}
"""


def settings(tmp_path: Path, **changed: Any) -> Settings:
    return Settings(problem_cache=str(tmp_path / "cache"), **changed)


def open_problems(problems: MemoryProblems, tmp_path: Path, **changed: Any) -> Problems:
    return Problems(lambda: problems, settings(tmp_path, **changed))


def request(**changed: Any) -> JudgeRequest:
    return JudgeRequest(**{"language": "python", "code": "print(3)", "problem": "sums", **changed})


def test_a_problem_is_read_once(tmp_path: Path) -> None:
    problems = MemoryProblems()
    cases = {"secret/1": ("1 2\n", "3\n"), "secret/2": ("1" * 100_000, "4\n")}
    store(write_package(tmp_path / "sums", cases), problems)
    kept = open_problems(problems, tmp_path)
    problem = kept.problem_of("", SUMS)
    assert [case.name for case in problem.cases] == ["secret/1", "secret/2"]
    assert problem.name == "sums"
    assert kept.problem_of("", SUMS) is problem
    reads = problems.reads.total()
    other = open_problems(problems, tmp_path)
    assert other.problem_of("", SUMS) == problem
    assert problems.reads.total() == reads, "another process has the files from the disk"
    shutil.rmtree(tmp_path / "cache")
    assert kept.problem_of("", SUMS) is problem, "what is in memory needs no file"


def test_submissions_that_come_together_wait_for_one_reading(tmp_path: Path) -> None:
    class Slow(MemoryProblems):
        def get_part(self, digest: str) -> bytes | None:
            time.sleep(0.02)
            return super().get_part(digest)

    problems = Slow()
    store(write_package(tmp_path / "sums"), problems)
    kept = open_problems(problems, tmp_path)
    found: list[Problem] = []
    threads = [threading.Thread(target=lambda: found.append(kept.problem_of("", SUMS))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 6
    assert all(problem is found[0] for problem in found)
    assert set(problems.reads.values()) == {1}


def test_few_packages_are_read_at_a_time(tmp_path: Path) -> None:
    """Each is in memory as a whole, and a client may name many."""
    reading: set[str] = set()
    most = 0

    class Slow(MemoryProblems):
        def problem_files(self, tenant: str, ref: ProblemRef) -> tuple[ProblemFile, ...] | None:
            nonlocal most
            reading.add(ref.name)
            most = max(most, len(reading))
            time.sleep(0.05)
            reading.discard(ref.name)
            return super().problem_files(tenant, ref)

    problems = Slow()
    names = [f"sums{number}" for number in range(6)]
    for name in names:
        store(write_package(tmp_path / name), problems, name=name)
    kept = open_problems(problems, tmp_path)
    calls: list[Callable[[], object]] = [partial(kept.problem_of, "", ProblemRef(name, 1)) for name in names]
    calls += [partial(kept.own_submissions, "", ProblemRef(name, 1)) for name in names]
    with ThreadPoolExecutor(len(calls)) as threads:
        for done in [threads.submit(call) for call in calls]:
            done.result(30)
    assert 1 <= most <= 2


def test_memory_is_bounded(tmp_path: Path) -> None:
    problems = MemoryProblems()
    for number in range(5):
        package = write_package(tmp_path / str(number), {"secret/1": (str(number) * 400_000, "3\n")})
        store(package, problems, name=f"p{number}")
    kept = open_problems(problems, tmp_path, problem_memory_mib=1)
    read = [kept.problem_of("", ProblemRef(f"p{number}", 1)) for number in range(5)]
    assert kept.kept_bytes() == size_of(read[3]) + size_of(read[4]) <= 1 << 20
    assert kept.problem_of("", ProblemRef("p4", 1)) is read[4]
    assert kept.problem_of("", ProblemRef("p0", 1)) == read[0]
    assert kept.problem_of("", ProblemRef("p4", 1)) is read[4], "the one that was not used for longest went"
    assert kept.problem_of("", ProblemRef("p3", 1)) is not read[3]


def test_a_problem_that_is_larger_than_memory_may_hold_is_judged_by(tmp_path: Path) -> None:
    problems = MemoryProblems()
    store(write_package(tmp_path / "sums"), problems)
    kept = open_problems(problems, tmp_path, problem_memory_mib=0)
    assert kept.problem_of("", SUMS) == kept.problem_of("", SUMS)
    assert kept.kept_bytes() == 0
    assert set(problems.reads.values()) == {1}


def test_a_deleted_problem_is_gone(tmp_path: Path) -> None:
    """Its name may be stored again with other files, as the same version: memory must not have the old ones."""
    problems = MemoryProblems()
    store(write_package(tmp_path / "sums"), problems)
    kept = open_problems(problems, tmp_path)
    old = kept.problem_of("", SUMS)
    claims = kept.claims_of("", SUMS)
    problems.delete_problem("", "sums")
    for look in (kept.problem_of, kept.claims_of):
        with pytest.raises(MissingProblemError, match="'sums@1' does not exist"):
            look("", SUMS)
    package = write_package(tmp_path / "sums", {"secret/1": ("2 2\n", "4\n")})
    (package / "submissions/wrong_answer").mkdir()
    shutil.copy(package / "submissions/accepted/add.py", package / "submissions/wrong_answer/add.py")
    assert store(package, problems).ref == SUMS
    assert kept.problem_of("", SUMS) != old
    assert len(kept.claims_of("", SUMS).submissions) == len(claims.submissions) + 1


def test_tenants_have_their_own(tmp_path: Path) -> None:
    problems = MemoryProblems()
    store(write_package(tmp_path / "sums"), problems, tenant="a")
    kept = open_problems(problems, tmp_path)
    assert kept.problem_of("a", SUMS).cases
    with pytest.raises(MissingProblemError):
        kept.problem_of("b", SUMS)


def test_a_version_is_chosen_by_its_number(tmp_path: Path) -> None:
    problems = MemoryProblems()
    store(write_package(tmp_path / "sums"), problems)
    store(write_package(tmp_path / "sums", {"secret/1": ("2 2\n", "4\n")}), problems)
    assert find_problem(problems, "", "sums").ref.version == 2
    assert find_problem(problems, "", "sums@1").ref.version == 1
    for missing in ("sums@3", "other"):
        with pytest.raises(MissingProblemError, match=f"problem: '{missing}' does not exist"):
            find_problem(problems, "", missing)
    kept = open_problems(problems, tmp_path)
    assert kept.admit(request(problem="sums@1"), "").problem.cases[0].answer == b"3\n"
    assert kept.admit(request(), "").problem.cases[0].answer == b"4\n"


def test_a_store_that_is_away(tmp_path: Path) -> None:
    def away() -> MemoryProblems:
        raise StoreError("away")

    with pytest.raises(StoreError):
        Problems(away, settings(tmp_path)).problem_of("", SUMS)


def test_a_process_with_lower_limits_refuses(tmp_path: Path) -> None:
    problems = MemoryProblems()
    store(write_package(tmp_path / "sums", time_limit="5"), problems)
    kept = open_problems(problems, tmp_path, timeout_max_s=4)
    for _ in range(2):
        with pytest.raises(ProblemError, match="a time limit of 5000 ms; at most 4000 are allowed"):
            kept.problem_of("", SUMS)


@pytest.mark.parametrize(
    ("yaml", "changed", "field", "text"),
    [
        ("languages: [cpp, java]\n", {}, "language", "the program is in Python; problem.yaml, languages: cpp, java"),
        ("", {"code": "#" * 140_000}, "code", "the program has 140000 bytes; problem.yaml, limits.code: 131072 bytes"),
        ("", {"cases": [{"output": ""}]}, "cases", "the stored problem has its own"),
        ("", {"time_limit_ms": 1}, "time_limit_ms", "the stored problem has its own"),
        ("", {"checker": {}}, "checker", "the stored problem has its own"),
        ("", {"language": "intercal"}, "language", "unknown language"),
    ],
)
def test_what_a_problem_does_not_take(
    tmp_path: Path, yaml: str, changed: dict[str, Any], field: str, text: str
) -> None:
    problems = MemoryProblems()
    store(write_package(tmp_path / "sums", yaml=MODERN + yaml, time_limit=""), problems)
    kept = open_problems(problems, tmp_path)
    with pytest.raises(SubmissionError, match=text) as refused:
        kept.admit(request(**changed), "")
    assert refused.value.field == field
    assert not problems.reads, "nothing was read for it"


def test_stop_at_failure_beside_a_problem(tmp_path: Path) -> None:
    problems = MemoryProblems()
    store(write_package(tmp_path / "sums", yaml=YAML), problems)
    kept = open_problems(problems, tmp_path)
    own = kept.problem_of("", SUMS)
    assert any(group.stop_at_failure for group in (own.root, *own.groups))
    assert kept.admit(request(), "").problem is own
    everything = kept.admit(request(stop_at_failure=False), "").problem
    assert not any(group.stop_at_failure for group in (everything.root, *everything.groups))
    assert kept.admit(request(stop_at_failure=True), "").problem.root.stop_at_failure


DRIVER = "from solution import solve\nprint(solve(*map(int, input().split())))\n"
SOLVE = "def solve(a, b):\n    return a + b\n"


def with_driver(directory: Path) -> Path:
    write_package(directory)
    for name, text in (("include/python3/main.py", DRIVER), ("submissions/accepted/solution.py", SOLVE)):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    return directory


def test_files_that_a_problem_adds_are_part_of_the_program(tmp_path: Path) -> None:
    problems = MemoryProblems()
    store(with_driver(tmp_path / "sums"), problems)
    kept = open_problems(problems, tmp_path)

    def files(**changed: Any) -> dict[str, bytes]:
        return {file.name: file.content for file in kept.admit(request(**changed), "").files}

    named = files(code=SOLVE, code_name="solution.py")
    assert named == {"main.py": DRIVER.encode(), "solution.py": SOLVE.encode()}
    assert next(iter(named)) == "main.py", "the program begins with the driver"
    assert files(code=SOLVE) == {"main.py": DRIVER.encode(), "submission.py": SOLVE.encode()}
    assert files(language="c", code="int main") == {"main.c": b"int main"}, "of another language"
    own = kept.own_submissions("", SUMS)[1]["accepted/solution.py"]
    assert (own.code, own.code_name) == (SOLVE, "solution.py")


def test_a_name_is_for_files_that_a_stored_problem_adds() -> None:
    alone: dict[str, Any] = {
        "language": "python",
        "code": "",
        "cases": [{"input": "", "output": ""}],
        "code_name": "a.py",
    }
    with pytest.raises(SubmissionError, match="only a stored problem adds files"):
        check_source(JudgeRequest(**alone))


def test_files_that_cannot_be_added_refuse_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = MemoryProblems()
    store(with_driver(tmp_path / "sums"), problems)
    monkeypatch.setattr("zuko.package.includes.PROGRAM_FILES_MAX", 1)
    with pytest.raises(ProblemError, match="include: with these files the program has more than 1"):
        open_problems(problems, tmp_path).admit(request(code=SOLVE), "")
