"""Stored problems as a process uses them: read from the store once, then kept on its disk and in its memory.

    store ──files that are missing──> PartCache (disk) ──read_package──> Problem (memory) ──> judging

A version never changes, but a name may be deleted and stored again: what is in memory counts only as long as the store
has the version that it was made from, which each use looks up.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Final, Protocol

from zuko.errors import MissingProblemError, SubmissionError
from zuko.execution.admission import admit_program
from zuko.execution.caches import user_cache
from zuko.execution.loaded import named_for
from zuko.execution.submission import JudgeJob
from zuko.judge.admission import admit_judging, check_source
from zuko.languages.entry import with_entry
from zuko.package import Package, read_package
from zuko.package.includes import NOTHING, Includes, including
from zuko.package.solutions import Solution, refused
from zuko.problem import CustomChecker, Problem, Program
from zuko.settings import MIB, JudgingSettings, ProblemSettings
from zuko.submissions.claims import Claims, read_claims
from zuko.submissions.model import ProblemRef, StoredProblem
from zuko.submissions.packing import Details, ProblemParts, fitted
from zuko.submissions.part_cache import PartCache
from zuko.submissions.store import ProblemStore
from zuko.wire.judge import JudgeRequest

_CASE_BYTES: Final = 512  # of a case in memory, in addition to its input and its answer
_READ_AT_ONCE: Final = 2  # packages: each is in memory as a whole while it is read
_CLAIMS_KEPT: Final = 64  # versions whose claims are kept


class ProblemSource(Protocol):
    """The stored problems of a worker."""

    def job_of(self, request: JudgeRequest, tenant: str, ref: ProblemRef) -> JudgeJob:
        """Return a submission, with the files that the problem adds to it, and the problem.

        Raises:
            SubmissionError: it is not allowed, naming the field.
            MissingProblemError: the problem was deleted.
            ProblemError: its limits are higher than this process allows, or its files cannot be added.
            StoreError: the store does not answer, or the files cannot be kept.
        """


def find_problem(store: ProblemStore, tenant: str, named: str) -> StoredProblem:
    """Return the stored problem of a name, or of name@version.

    Raises:
        MissingProblemError: there is none.
    """
    name, _, version = named.partition("@")
    found = store.get_problem(tenant, name, int(version) if version else None)
    if found is None:
        raise MissingProblemError(named)
    return found


def check_allowed(request: JudgeRequest, problem: StoredProblem, settings: JudgingSettings) -> Solution:
    """Refuse a request that its stored problem does not take, without reading the problem.

    Args:
        request: which names the problem.
        problem: as it is stored.
        settings: the bounds.

    Returns:
        the submitted program.

    Raises:
        SubmissionError: naming the field.
    """
    check_source(request)
    language, files = admit_program(request, settings)
    solution = Solution("code", language, files, sum(len(file.content) for file in files))
    if refusal := refused(Details.of(problem), solution):
        field = "language" if refusal.startswith("is in") else "code"
        raise SubmissionError(field, f"{field}: the program {refusal}")
    return solution


class Problems:
    """The stored problems that a process judges by. Safe for several threads; every method may block.

    Args:
        store: returns the store.
        settings: the bounds of limits, and of what is kept.
    """

    def __init__(self, store: Callable[[], ProblemParts], settings: ProblemSettings) -> None:
        self._store = store
        self._settings = settings
        directory = Path(settings.problem_cache) if settings.problem_cache else user_cache("problems")
        self._parts = PartCache(directory, settings.problem_cache_mib * MIB)
        self._limit_bytes = settings.problem_memory_mib * MIB
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()  # the one used last is last
        self._claims: OrderedDict[_Key, Claims] = OrderedDict()
        self._reading: dict[_Key, threading.Lock] = {}
        self._places = threading.Semaphore(_READ_AT_ONCE)

    def job_of(self, request: JudgeRequest, tenant: str, ref: ProblemRef) -> JudgeJob:
        """Return a submission and its problem; see `ProblemSource`."""
        kept = self._kept_of(tenant, ref)
        return including_files(admit_judging(request, self._settings, kept.problem), request.code_name, kept.includes)

    def problem_of(self, tenant: str, ref: ProblemRef) -> Problem:
        """Return a problem to judge by. Raises as `job_of` does."""
        return self._kept_of(tenant, ref).problem

    def _kept_of(self, tenant: str, ref: ProblemRef) -> "_Kept":
        key = self._key(tenant, ref)
        with self._lock:
            if kept := self._found(key):
                return kept
            reading = self._reading.setdefault(key, threading.Lock())
        with reading:  # the submissions that come meanwhile wait for this one to have read it
            with self._lock:
                if kept := self._found(key):
                    return kept
            try:
                with self._places:
                    package = self._read(key)
                    problem = fitted(package.problem, self._settings)
                kept = _Kept(problem, package.includes, size_of(problem, package.includes))
                with self._lock:
                    self._keep(key, kept)
            finally:
                with self._lock:
                    self._reading.pop(key, None)
        return kept

    def admit(self, request: JudgeRequest, tenant: str) -> JudgeJob:
        """Admit a request to judge by a stored problem.

        Raises:
            SubmissionError: naming the field.
            ProblemError, StoreError: see `job_of`.
        """
        stored = find_problem(self._store(), tenant, request.problem or "")
        check_allowed(request, stored, self._settings)
        return self.job_of(request, tenant, stored.ref)

    def claims_of(self, tenant: str, ref: ProblemRef) -> Claims:
        """Return what a version claims of its submissions.

        Raises:
            MissingProblemError: it was deleted.
            StoreError: see `job_of`.
        """
        key = self._key(tenant, ref)
        with self._lock:
            if key in self._claims:
                self._claims.move_to_end(key)
                return self._claims[key]
        return self._own_submissions(key)[0]

    def own_submissions(self, tenant: str, ref: ProblemRef) -> tuple[Claims, dict[str, JudgeRequest]]:
        """Return the claims of a version, and the requests to judge those of its submissions that can be run, by path.

        Raises:
            MissingProblemError: it was deleted.
            StoreError: see `job_of`.
        """
        return self._own_submissions(self._key(tenant, ref))

    def kept_bytes(self) -> int:
        """Return the size of what is in memory."""
        with self._lock:
            return sum(kept.size_bytes for kept in self._kept.values())

    def _own_submissions(self, key: "_Key") -> tuple[Claims, dict[str, JudgeRequest]]:
        with self._places:
            claims, requests = read_claims(self._read(key), key[1], self._settings)
        with self._lock:
            self._claims[key] = claims
            while len(self._claims) > _CLAIMS_KEPT:
                self._claims.popitem(last=False)
        return claims, requests

    def _key(self, tenant: str, ref: ProblemRef) -> "_Key":
        found = self._store().get_problem(tenant, ref.name, ref.version)
        if found is None:
            raise MissingProblemError(str(ref))
        return tenant, ref, found.created_at

    def _found(self, key: "_Key") -> "_Kept | None":
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def _keep(self, key: "_Key", kept: "_Kept") -> None:
        if kept.size_bytes > self._limit_bytes:
            return
        self._kept[key] = kept
        while sum(kept.size_bytes for kept in self._kept.values()) > self._limit_bytes:
            self._kept.popitem(last=False)

    def _read(self, key: "_Key") -> Package:
        tenant, ref, _ = key
        store = self._store()
        files = store.problem_files(tenant, ref)
        if files is None:
            raise MissingProblemError(str(ref))
        with self._parts.tree(ref.name, files, store.get_part) as directory:
            return read_package(directory)


type _Key = tuple[str, ProblemRef, float]  # tenant, version, and when it was stored


@dataclass(frozen=True, slots=True)
class _Kept:
    problem: Problem
    includes: Includes
    size_bytes: int


def including_files(job: JudgeJob, code_name: str | None, includes: Includes) -> JudgeJob:
    """Return a submission with the files that a package adds in its language.

    Args:
        job: as it was admitted: its main file has the name that the language runs.
        code_name: name of the main file for files that call it; None: any that no added file has.
        includes: of the package.

    Raises:
        ProblemError: they cannot be added.
    """
    added = includes.of(job.language.name)
    if not added:
        return job
    main, *others = job.files
    own_name = main.name if all(file.name != main.name for file in added) else f"submission{PurePath(main.name).suffix}"
    program = Program(job.language.name, (replace(main, name=code_name or own_name), *others))
    whole = including(program, added)
    language = with_entry(job.language, whole.entry)
    return replace(job, language=language, files=named_for(language, whole.files))


def size_of(problem: Problem, includes: Includes = NOTHING) -> int:
    """Return about the memory that a problem takes, bytes."""
    cases = sum(len(case.input) + len(case.answer) + _CASE_BYTES for case in problem.cases)
    programs = {
        id(own): sum(len(file.content) for file in own.files)
        for case in problem.cases
        for each in (problem.checker_for(case), problem.interactor_for(case))
        if isinstance(each, CustomChecker)
        for own in each.programs
    }
    added = sum(len(file.content) for files in includes.by_language.values() for file in files)
    return cases + sum(programs.values()) + added
