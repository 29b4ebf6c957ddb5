"""The package's own submissions and the claims about them, by folder and by `submissions.yaml`."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BeforeValidator, Field

from zuko.errors import ProblemError
from zuko.package.answers import read_answers
from zuko.package.document import Document, check_values, read_values, refused_key
from zuko.package.domjudge import read_entry_points, tagged
from zuko.package.expectations import (
    ANY,
    TAGGED,
    Expectation,
    as_a_whole,
    expand,
    folder_expectation,
    known_folders,
    matches,
)
from zuko.package.files import PackageFiles
from zuko.package.metadata import Metadata
from zuko.package.programs import read_program
from zuko.problem import Program, Verdict

SUBMISSIONS_YAML: Final = "submissions.yaml"
_PATH: Final = f"submissions/{SUBMISSIONS_YAML}"
SUBMISSIONS_MAX: Final = 1000


@dataclass(frozen=True, slots=True)
class PackageSubmission:
    """A submission of the package, and the claims about it."""

    path: str  # below submissions/: "accepted/solution.py"
    program: Program | None  # None: it cannot be run
    reason: str  # why it cannot be run; "" if it can
    expectations: tuple[Expectation, ...]  # all of them must hold; empty: no claims


_Verdicts = tuple[Literal["AC", "WA", "TLE", "RTE"], ...]


def _range(value: object) -> object:
    return [value, value] if isinstance(value, str) else value


class _Claims(Document):
    elsewhere: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("language", "entrypoint"), "the entry of the submission, not of some of its cases"),
        **dict.fromkeys(("expected", "verdict", "verdicts"), "permitted and required"),
    }

    permitted: _Verdicts | None = None
    required: _Verdicts | None = None
    score: Annotated[tuple[float, float], BeforeValidator(_range)] | None = None
    message: str = ""
    use_for_time_limit: bool | Literal["lower", "upper"] | None = Field(default=None, union_mode="left_to_right")


class _Submission(_Claims):
    elsewhere: ClassVar[Mapping[str, str]] = {
        key: place for key, place in _Claims.elsewhere.items() if key not in {"language", "entrypoint"}
    }
    harmless: ClassVar[frozenset[str]] = frozenset(("authors", "model_solution"))

    language: str | None = None
    entrypoint: str | None = None
    authors: object = None
    model_solution: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    pattern: str
    submission: _Submission
    parts: Mapping[str, _Claims]  # by pattern of cases or groups


def read_submissions(files: PackageFiles, notes: list[str], metadata: Metadata) -> tuple[PackageSubmission, ...]:
    """Read everything in `submissions/<folder>/`, in order.

    A submission that cannot be run, because of its language for example, is not an error of the package: its `reason`
    says why.

    Raises:
        ProblemError: submissions.yaml is wrong, or there are too many submissions.
    """
    legacy = metadata.legacy
    entries = []
    if files.is_file(_PATH):
        if legacy:
            notes.append(f"{_PATH}: is not part of the legacy format and is ignored")
        else:
            entries = list(_read_entries(files, notes))
    found: list[PackageSubmission] = []
    entry_points = read_entry_points(files, notes)
    for folder in files.list("submissions"):
        if not files.is_dir(f"submissions/{folder}"):
            if folder != SUBMISSIONS_YAML:
                notes.append(f"submissions/{folder}: is not in a folder and is ignored")
            continue
        base = _folder_claim(folder, entries, legacy=legacy)
        if base is None and folder not in TAGGED and not any(_may_match(entry.pattern, folder) for entry in entries):
            meant = difflib.get_close_matches(folder, known_folders(legacy=legacy), n=1)
            hint = f"; did you mean {meant[0]}?" if meant else ""
            notes.append(f"submissions/{folder}: the folder's name does not say what is expected{hint}")
        for name in files.list(f"submissions/{folder}"):
            path = f"{folder}/{name}"
            one = _read_submission(files, path, base, entries, main=entry_points.get(path), metadata=metadata)
            if one.program:
                one = _with_tag(one, None if folder in TAGGED else base, notes)
            found.append(one)
            if len(found) > SUBMISSIONS_MAX:
                raise ProblemError("submissions", f"has more than {SUBMISSIONS_MAX} submissions")
    if not any(each.path.startswith("accepted/") for each in found):
        notes.append("submissions/accepted: the format requires at least one accepted submission")
    matched = {entry.pattern for entry in entries for each in found if matches(entry.pattern, each.path)}
    notes += [f"{_PATH}: {entry.pattern}: matches no submission" for entry in entries if entry.pattern not in matched]
    return tuple(found)


def with_best(submissions: tuple[PackageSubmission, ...], best_points: float) -> tuple[PackageSubmission, ...]:
    """Return submissions of a problem where fewer points are better: a claim of a part is about those."""
    return tuple(
        replace(each, expectations=tuple(replace(one, best_points=best_points) for one in each.expectations))
        for each in submissions
    )


def _with_tag(submission: PackageSubmission, base: Expectation | None, notes: list[str]) -> PackageSubmission:
    """Return a submission with the claim of its tag.

    In a folder that makes a claim, `base`, a tag says no more than that it is meant as DOMjudge counts.
    """
    try:
        claim = tagged(submission.program.files if submission.program else (), submission.path)
    except ProblemError as error:
        notes.append(f"submissions/{error}, which are ignored")
        return submission
    if claim is None:
        return submission
    if base is None:
        return replace(submission, expectations=(claim, *submission.expectations))
    whole = as_a_whole(base)
    if not whole.permitted & claim.permitted:
        notes.append(f"submissions/{submission.path}: its @EXPECTED_RESULTS@ contradict its folder, and are ignored")
        return submission
    expectations = tuple(whole if each is base else each for each in submission.expectations)
    return replace(submission, expectations=expectations)


def _read_submission(
    files: PackageFiles,
    path: str,
    base: Expectation | None,
    entries: list[_Entry],
    *,
    main: str | None,
    metadata: Metadata,
) -> PackageSubmission:
    folder = path.partition("/")[0]
    expectations = [base] if base else []
    language = None
    for entry in entries:
        if not matches(entry.pattern, path):
            continue
        language = entry.submission.language or language
        main = entry.submission.entrypoint or main
        if not (entry.pattern == folder and base):  # otherwise it is already part of `base`
            expectations += _expectations(entry.pattern, entry.submission, "")
        for part, claims in entry.parts.items():
            expectations += _expectations(f"{entry.pattern}: {part}", claims, part)
    where = f"submissions/{path}"
    try:
        if metadata.submits_answers:
            program = read_answers(files, where, metadata.output_bytes)
        else:
            program = read_program(files, where, language=language, main=main)
        return PackageSubmission(path, program, "", tuple(expectations))
    except ProblemError as exc:
        return PackageSubmission(path, None, str(exc), tuple(expectations))


def _folder_claim(folder: str, entries: list[_Entry], *, legacy: bool) -> Expectation | None:
    """Return the claim of the folder's name; an entry of exactly that name overrides the keys that it has."""
    base = folder_expectation(folder, legacy=legacy)
    entry = next((entry.submission for entry in entries if entry.pattern == folder), None)
    if base is None or entry is None:
        return base
    changed = replace(
        base,
        permitted=base.permitted if entry.permitted is None else _verdicts(entry.permitted),
        required=base.required if entry.required is None else _verdicts(entry.required),
        score=entry.score or base.score,
        message=entry.message or base.message,
    )
    return replace(changed, time_limit=_time_limit(changed, entry.use_for_time_limit))


def _expectations(source: str, claims: _Claims, cases: str) -> Iterator[Expectation]:
    if not claims.model_fields_set & set(_Claims.model_fields):
        return
    one = Expectation(
        source=source,
        permitted=ANY if claims.permitted is None else _verdicts(claims.permitted),
        required=ANY if claims.required is None else _verdicts(claims.required),
        cases=cases,
        score=claims.score,
        message=claims.message,
    )
    yield replace(one, time_limit=_time_limit(one, claims.use_for_time_limit))


def _time_limit(claim: Expectation, use: bool | str | None) -> Literal["lower", "upper"] | None:
    """Return what a claim means for the time limit ("Timelimit inference" in the format)."""
    if use in ("lower", "upper"):
        return "lower" if use == "lower" else "upper"
    if use is False:
        return None
    if claim.required == {Verdict.TLE}:
        return "upper"
    return "lower" if Verdict.TLE not in claim.permitted else None


def _verdicts(names: tuple[str, ...]) -> frozenset[Verdict]:
    return frozenset(map(Verdict, names))


def _read_entries(files: PackageFiles, notes: list[str]) -> Iterator[_Entry]:
    values = read_values(files, _PATH, notes)
    if not isinstance(values.root, dict):
        raise ProblemError(_PATH, "must be a mapping of patterns")
    for pattern, given in values.root.items():
        where = values.place((pattern,))
        mapping: dict[str, Any] = given if isinstance(given, dict) else {}
        if given is not None and not isinstance(given, dict):
            raise ProblemError(where, f"{pattern}: must be a mapping")
        own = {key: value for key, value in mapping.items() if key in _Submission.model_fields}
        # Any other key is a pattern of cases or groups, if its value can be claims.
        parts = {}
        for key, value in mapping.items():
            if isinstance(value, dict) and key not in own:
                parts[key] = value
            elif key not in own:
                place = values.place((pattern, key))
                if refusal := refused_key(_Submission, key):
                    raise ProblemError(place, f"{pattern}.{key}: {refusal}")
                notes.append(f"{place}: {pattern}.{key}: unknown key, ignored")
        for part in (pattern, *parts):
            try:
                expand(part)
            except ValueError as exc:
                raise ProblemError(where, str(exc)) from None
        yield _Entry(
            pattern,
            check_values(values, own, _Submission, notes, (pattern,)),
            {key: check_values(values, value, _Claims, notes, (pattern, key)) for key, value in parts.items()},
        )


def _may_match(pattern: str, folder: str) -> bool:
    return any(matches(each.partition("/")[0], folder) for each in expand(pattern))
