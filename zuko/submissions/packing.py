"""Storing a problem package: its files as parts, each once, and the version that names them."""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from zuko.errors import ProblemError
from zuko.execution.admission import wall_time_for
from zuko.judge.custom import check_cases
from zuko.package import Package, read_package
from zuko.package.files import DEPTH_MAX, ENTRIES_MAX, TOTAL_MAX_BYTES, is_package_name, shown_path
from zuko.problem import CheckerLimits, CompilerLimits, CustomChecker, Problem, ProblemLimits
from zuko.settings import MIB, JudgingSettings
from zuko.submissions.model import NewProblem, ProblemFile, StoredProblem
from zuko.submissions.store import PartStore, ProblemStore

BATCH_BYTES: Final = 8 << 20  # of parts that are stored in one transaction, unless one alone is larger
_DIRECTORIES_MAX: Final = DEPTH_MAX + 2  # in each other, as in an archive
_NO_TIME_LIMIT: Final = (
    "the package has no time limit, and a stored problem needs one, so that every machine judges by the same:"
    " `zuko verify` infers it; write it to .timelimit (legacy format) or limits.time_limit"
)


class ProblemParts(PartStore, ProblemStore, Protocol):
    """The store, as far as problems need it."""


@dataclass(frozen=True, slots=True)
class Details:
    """The properties of a version that are known without reading its files."""

    time_limit_ms: int  # CPU time of a case
    memory_bytes: int
    scored: bool
    interactive: bool
    submissions: int  # of the package
    languages: tuple[str, ...] | None  # the format's codes of the allowed languages; None: all
    code_bytes: int  # maximum of a submission's files together

    def to_json(self) -> str:
        """Return it as the store keeps it."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def of(cls, problem: StoredProblem) -> "Details":
        """Return those of a stored problem."""
        kept = json.loads(problem.details)
        languages = kept.pop("languages")
        return cls(**kept, languages=None if languages is None else tuple(languages))


def read_checked(directory: Path, settings: JudgingSettings) -> Package:
    """Read a package that is to be judged by within the limits of a service.

    Raises:
        ProblemError: something in it is wrong or not supported, it has no time limit, or exceeds a limit of the
            service; the message begins with the place in the package.
    """
    package = read_package(directory)
    if package.timing.time_limit_ms is None:
        raise ProblemError("problem.yaml", _NO_TIME_LIMIT)
    if not package.problem.cases:
        raise ProblemError("data", "has no test cases")
    if package.submits_answers:
        raise ProblemError("problem.yaml", "type: a stored problem cannot be submit-answer yet")
    _check_limits(package.problem, settings)
    return package


def fitted(problem: Problem, settings: JudgingSettings) -> Problem:
    """Return a problem as a service judges by it.

    Its wall time limit, and the limits of its checkers and of the compiler, are at most those that a request may
    have; a verdict depends on them only where something is wrong.

    Raises:
        ProblemError: a limit of the submission's is higher than this service allows.
    """
    _check_limits(problem, settings)
    limits, checker, compiler = problem.limits, problem.checker_limits, problem.compiler_limits
    memory_max_bytes = settings.memory_limit_max_mib * MIB
    return replace(
        problem,
        limits=replace(limits, wall_time_ms=wall_time_for(settings, limits.cpu_time_ms)),
        checker_limits=CheckerLimits(
            min(checker.cpu_time_ms, settings.timeout_max_s * 1000),
            min(checker.memory_bytes, memory_max_bytes),
            checker.output_bytes,
            compile_memory_bytes=min(checker.compile_memory_bytes, memory_max_bytes),
        ),
        compiler_limits=CompilerLimits(
            None if compiler.cpu_time_ms is None else min(compiler.cpu_time_ms, round(settings.judge_timeout_s * 1000)),
            None if compiler.memory_bytes is None else min(compiler.memory_bytes, memory_max_bytes),
        ),
    )


def store_package(
    directory: Path,
    package: Package,
    store: ProblemParts,
    *,
    tenant: str,
    name: str,
    take: Callable[[int], None] = lambda _: None,
) -> StoredProblem:
    """Store a package; only the files that the store does not have are sent to it.

    Args:
        directory: of the package.
        package: as it was read.
        store: keeps it.
        tenant: owner of the problem.
        name: of the problem.
        take: called with the bytes that the store does not have yet, before they are stored.

    Returns:
        the new version, or the newest one if it has the same files.

    Raises:
        ProblemError: it has too many files, or a link that leads to a directory around it, or it is too large.
        StoreError: the store failed.
    """
    paths = dict(sorted(_files(directory)))
    _check_size(paths)
    files = tuple(_describe(path, paths[path]) for path in paths)
    _store_parts(files, paths, store, take)
    problem = package.problem
    details = Details(
        time_limit_ms=problem.limits.cpu_time_ms,
        memory_bytes=problem.limits.memory_bytes,
        scored=problem.scored,
        interactive=problem.interactor is not None,
        submissions=len(package.submissions),
        languages=package.languages,
        code_bytes=package.code_bytes,
    )
    return store.put_problem(
        NewProblem(
            tenant=tenant,
            name=name,
            title=package.title,
            format=package.version,
            languages=jury_languages(problem),
            cases=len(problem.cases),
            notes=package.notes,
            files=files,
            details=details.to_json(),
        )
    )


def jury_languages(problem: Problem) -> tuple[str, ...]:
    """Return the languages of a problem's checkers and interactors, sorted: those that a judging needs."""
    programs = {each for case in problem.cases for each in (problem.checker_for(case), problem.interactor_for(case))}
    return tuple(
        sorted({own.language for each in programs if isinstance(each, CustomChecker) for own in each.programs})
    )


def _check_limits(problem: Problem, settings: JudgingSettings) -> None:
    """Refuse limits that no request may have.

    Raises:
        ProblemError: it names both.
    """
    limits: ProblemLimits = problem.limits
    most_ms = settings.timeout_max_s * 1000
    if limits.cpu_time_ms > most_ms:
        raise ProblemError("problem.yaml", f"a time limit of {limits.cpu_time_ms} ms; at most {most_ms} are allowed")
    least, most = settings.memory_bounds_bytes
    if not least <= limits.memory_bytes <= most:
        allowed = f"{-(-least // MIB)} to {most // MIB} MiB are allowed"
        raise ProblemError("problem.yaml", f"limits.memory: {limits.memory_bytes // MIB} MiB; {allowed}")
    if limits.output_bytes > settings.judge_output_limit_bytes:
        allowed = f"at most {settings.judge_output_limit_bytes // MIB} are allowed"
        raise ProblemError("problem.yaml", f"limits.output: {limits.output_bytes // MIB} MiB; {allowed}")
    check_cases(problem, settings.workspace_mib * MIB)
    if len(problem.cases) > settings.judge_cases_max:
        raise ProblemError("data", f"{len(problem.cases)} test cases; at most {settings.judge_cases_max} are allowed")


def _files(directory: Path) -> Iterator[tuple[str, Path]]:
    """Yield path in the package, and on the disk, of each file that may be read; links are followed.

    Raises:
        ProblemError: there are too many, or directories are in each other without end.
    """
    waiting = [("", directory, 0)]
    count = 0
    while waiting:
        prefix, at, depth = waiting.pop()
        with os.scandir(at) as entries:
            for entry in entries:
                path = f"{prefix}{entry.name}"
                if not is_package_name(entry.name) and path != ".timelimit":
                    continue  # the reader ignores these files, too
                count += 1
                if count > ENTRIES_MAX:
                    raise ProblemError(shown_path(path), f"the package has more than {ENTRIES_MAX} files")
                if entry.is_dir():
                    if depth == _DIRECTORIES_MAX:
                        message = f"directories are nested more than {_DIRECTORIES_MAX} deep"
                        raise ProblemError(shown_path(path), message)
                    waiting.append((f"{path}/", Path(entry.path), depth + 1))
                elif entry.is_file():
                    yield path, Path(entry.path)


def _check_size(paths: Mapping[str, Path]) -> None:
    """Refuse a package that is much larger than what was sent, as links lead to its files again and again.

    Every path is a file for those who judge by it.

    Raises:
        ProblemError: its files are too large.
    """
    size_bytes = 0
    for path, file in paths.items():
        size_bytes += file.stat().st_size
        if size_bytes > TOTAL_MAX_BYTES:
            raise ProblemError(shown_path(path), f"the package's files are larger than {TOTAL_MAX_BYTES} bytes in all")


def _describe(path: str, file: Path) -> ProblemFile:
    with file.open("rb") as content:
        found = os.fstat(content.fileno())
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return ProblemFile(path, digest, found.st_size, 0o755 if found.st_mode & stat.S_IXUSR else 0o644)


def _store_parts(
    files: Sequence[ProblemFile], paths: Mapping[str, Path], store: PartStore, take: Callable[[int], None]
) -> None:
    by_digest = {file.digest: file for file in files}
    missing = sorted(store.missing_parts(by_digest))
    take(sum(by_digest[digest].size_bytes for digest in missing))
    batch: dict[str, bytes] = {}
    size_bytes = 0
    for digest in missing:
        file = by_digest[digest]
        if batch and size_bytes + file.size_bytes > BATCH_BYTES:
            store.put_parts(batch)
            batch, size_bytes = {}, 0
        batch[digest] = paths[file.path].read_bytes()
        size_bytes += file.size_bytes
    if batch:
        store.put_parts(batch)
