"""A store of problems in memory, which counts what is read, and small packages to store."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from zuko.settings import Settings
from zuko.submissions.model import NewProblem, ProblemFile, ProblemRef, StoredProblem
from zuko.submissions.packing import read_checked, store_package

YAML: Final = "problem_format_version: legacy\nname: Sums\n"


class MemoryProblems:
    """Parts and problems in memory."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}
        self.reads: Counter[str] = Counter()
        self.puts: list[set[str]] = []  # the digests of each call
        self._versions: dict[tuple[str, str], list[tuple[StoredProblem, tuple[ProblemFile, ...]]]] = {}
        self._clock = 1000.0
        self._lock = threading.Lock()

    def missing_parts(self, digests: Iterable[str]) -> set[str]:
        return set(digests) - self.parts.keys()

    def put_parts(self, parts: Mapping[str, bytes]) -> None:
        assert all(hashlib.sha256(content).hexdigest() == digest for digest, content in parts.items())
        self.puts.append(set(parts))
        self.parts |= parts

    def get_part(self, digest: str) -> bytes | None:
        with self._lock:
            self.reads[digest] += 1
        return self.parts.get(digest)

    def put_problem(self, problem: NewProblem) -> StoredProblem:
        versions = self._versions.setdefault((problem.tenant, problem.name), [])
        if versions and versions[-1][1] == problem.files:
            return versions[-1][0]
        self._clock += 1
        stored = StoredProblem(
            tenant=problem.tenant,
            ref=ProblemRef(problem.name, len(versions) + 1),
            title=problem.title,
            format=problem.format,
            languages=problem.languages,
            size_bytes=sum(file.size_bytes for file in problem.files),
            cases=problem.cases,
            notes=problem.notes,
            created_at=self._clock,
            details=problem.details,
        )
        versions.append((stored, problem.files))
        return stored

    def get_problem(self, tenant: str, name: str, version: int | None = None) -> StoredProblem | None:
        found = [stored for stored, _ in self._versions.get((tenant, name), [])]
        return next((each for each in reversed(found) if version in (None, each.ref.version)), None)

    def problem_files(self, tenant: str, ref: ProblemRef) -> tuple[ProblemFile, ...] | None:
        versions = self._versions.get((tenant, ref.name), [])
        return next((files for stored, files in versions if stored.ref == ref), None)

    def list_problems(self, tenant: str) -> list[StoredProblem]:
        return [versions[-1][0] for (owner, _), versions in sorted(self._versions.items()) if owner == tenant]

    def problem_versions(self, tenant: str, name: str) -> list[StoredProblem]:
        return [stored for stored, _ in reversed(self._versions.get((tenant, name), []))]

    def delete_problem(self, tenant: str, name: str) -> bool:
        return self._versions.pop((tenant, name), None) is not None


def write_package(
    directory: Path, cases: Mapping[str, tuple[str, str]] | None = None, *, yaml: str = YAML, time_limit: str = "1"
) -> Path:
    """Write a package whose cases are input and answer by name, with one submission that adds up its input."""
    files = {"problem.yaml": yaml, "submissions/accepted/add.py": "print(sum(map(int, input().split())))\n"}
    if time_limit:
        files[".timelimit"] = time_limit
    for name, (given, answer) in (cases or {"secret/1": ("1 2\n", "3\n")}).items():
        files |= {f"data/{name}.in": given, f"data/{name}.ans": answer}
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(content)
    return directory


def store(directory: Path, problems: MemoryProblems, name: str = "sums", tenant: str = "") -> StoredProblem:
    """Store a package."""
    return store_package(directory, read_checked(directory, Settings()), problems, tenant=tenant, name=name)


def details(**changed: object) -> str:
    """Return the details of a problem that allows everything."""
    allows = {"languages": None, "code_bytes": 1 << 20}
    figures = {"time_limit_ms": 1000, "memory_bytes": 1 << 28, "scored": False, "interactive": False, "submissions": 1}
    return json.dumps({**figures, **allows, **changed})
