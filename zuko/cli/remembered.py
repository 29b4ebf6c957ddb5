"""Results of earlier verifications, by the content of all that they depend on: what has not changed need not run again.

<cache>/zuko/verify/<submission and problem>.json    {<case>: result}
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import zuko
from zuko.cli.judging import is_starved_case
from zuko.execution.caches import write_atomically
from zuko.judge import grading
from zuko.package.solutions import Solution
from zuko.problem import CaseResult, Judgement, Problem, TestCase, Verdict
from zuko.types import SourceFile

_FILES_MAX: Final = 2000  # submissions that are remembered; the ones used longest ago go first
_FIELDS: Final = ("reason", "cpu_time_ns", "wall_time_ns", "peak_rss_bytes", "points", "diff", "message", "borderline")

Judge = Callable[[Solution, Problem], Judgement]


class Remembered:
    """The results of cases, kept in a directory.

    Args:
        directory: of the files.
        judge: judges what is not remembered.
        reads: results of earlier runs count; else they are only written.
    """

    def __init__(self, directory: Path, judge: Judge, *, reads: bool) -> None:
        self._directory = directory
        self._judge = judge
        self._reads = reads
        self.recalled = 0  # results of earlier runs
        self._digests: dict[int, tuple[TestCase, str]] = {}  # by identity: every submission is judged on the same cases

    def judge(self, solution: Solution, problem: Problem) -> Judgement:
        """Judge a submission on the cases whose results are not remembered, and return the judgement on all."""
        if any(group.grader for group in (problem.root, *problem.groups)):
            return self._judge(solution, problem)
        path = self._directory / f"{_digest(_submission_parts(solution, problem))}.json"
        keys = {case.name: self._key(case) for case in problem.cases}
        kept = self._read(path) if self._reads else {}
        known = {
            case.name: _result_of(case, kept[keys[case.name]]) for case in problem.cases if keys[case.name] in kept
        }
        unneeded = grading.unneeded(problem, known.values())
        left = tuple(case for case in problem.cases if case.name not in known and case.name not in unneeded)
        self.recalled += len(known)
        if not left:
            return grading.grade(problem, known.values())
        judgement = self._judge(solution, replace(problem, cases=left))
        new = {case.name: case for case in judgement.cases}
        self._write(path, kept | {keys[name]: _fields_of(case) for name, case in new.items() if _is_final(case)})
        if not known or judgement.verdict is Verdict.CE or not judgement.cases:
            return judgement
        return grading.grade(problem, (known | new).values(), compile_output=judgement.compile_output)

    def _key(self, case: TestCase) -> str:
        if id(case) not in self._digests:
            self._digests[id(case)] = case, _digest(_case_parts(case))
        return self._digests[id(case)][1]

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            content = json.loads(path.read_bytes())
        except (OSError, ValueError):
            return {}
        with contextlib.suppress(OSError):
            os.utime(path)
        return content if isinstance(content, dict) else {}

    def _write(self, path: Path, results: dict[str, Any]) -> None:
        # Results are a convenience: a full disk, or a home that cannot be written to, must not end a verification.
        with contextlib.suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, json.dumps(results).encode())

    def forget(self) -> None:
        """Remove the files that were used longest ago, above a number of them."""
        with contextlib.suppress(OSError):
            files = sorted(self._directory.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
            for file in files[_FILES_MAX:]:
                file.unlink()


def _is_final(result: CaseResult) -> bool:
    return result.verdict is not Verdict.JE and not is_starved_case(result)


def _fields_of(result: CaseResult) -> dict[str, Any]:
    values = asdict(result)
    return {"verdict": str(result.verdict), **{name: values[name] for name in _FIELDS}}


def _result_of(case: TestCase, fields: dict[str, Any]) -> CaseResult:
    values = {name: fields[name] for name in _FIELDS}
    return CaseResult(name=case.name, group=case.group, verdict=Verdict(fields["verdict"]), **values)


def _submission_parts(solution: Solution, problem: Problem) -> Iterable[bytes]:
    yield repr((zuko.__version__, solution.language.name, solution.language.image, solution.language.run_argv)).encode()
    yield repr(
        (problem.limits, problem.checker_limits, problem.compiler_limits, problem.passes, problem.scored)
    ).encode()
    yield repr((problem.checker, problem.interactor)).encode()
    yield from _file_parts(solution.files)


def _case_parts(case: TestCase) -> Iterable[bytes]:
    yield case.input
    yield case.answer
    yield repr((case.name, case.points, case.checker, case.arguments)).encode()
    yield from _file_parts(case.files)


def _file_parts(files: Iterable[SourceFile]) -> Iterable[bytes]:
    for file in files:
        yield file.name.encode(errors="surrogateescape")
        yield file.content


def _digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "little"))
        whole.update(part)
    return whole.hexdigest()
