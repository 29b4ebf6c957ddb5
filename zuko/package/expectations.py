"""A package's claims about its submissions, and the comparison of a judgement with them. Pure.

The format has the verdicts AC, WA, TLE and RTE. MLE and OLE count as RTE unless they are named.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final, Literal

from zuko.problem import CaseResult, Judgement, Verdict

_AC, _WA, _TLE, _RTE = Verdict.AC, Verdict.WA, Verdict.TLE, Verdict.RTE
ANY: Final = frozenset({_AC, _WA, _TLE, _RTE})
ALTERNATIVES_MAX: Final = 1000  # of one pattern
CRASHES: Final = frozenset({Verdict.RTE, Verdict.MLE, Verdict.OLE})


@dataclass(frozen=True, slots=True)
class Expectation:
    """One claim about a submission."""

    source: str  # where it comes from: "accepted", or a pattern of submissions.yaml
    permitted: frozenset[Verdict] = ANY  # every case must have one of these
    required: frozenset[Verdict] = ANY  # at least one case must have one of these
    cases: str = ""  # pattern of the cases or groups that it applies to: "secret/group1", "secret/*-easy"; "": all
    score: tuple[float, float] | None = (
        None  # minimum and maximum of the points, of the submission or the group `cases`
    )
    whole: bool = False  # about the first case that is not accepted, as DOMjudge counts, instead of every case
    partial: bool = False  # accepted, or with points, but not all of them
    best_points: float | None = None  # of a complete solution, where fewer are better; None: all of them
    message: str = ""  # part of the checker's message on at least one case
    time_limit: Literal["lower", "upper"] | None = (
        None  # its time is a lower or an upper bound of the time limit; None: neither
    )


def folder_expectation(folder: str, *, legacy: bool) -> Expectation | None:
    """Return the claim that a folder's name makes about its submissions; None for an unknown name."""
    return (_LEGACY if legacy else _MODERN).get(folder) or _OURS.get(folder)


def as_a_whole(claim: Expectation) -> Expectation:
    """Return the claim of a folder as DOMjudge understands it: about the first case that is not accepted."""
    verdicts = claim.permitted if claim.required == ANY else claim.required
    return replace(claim, permitted=verdicts, required=verdicts, whole=not claim.partial)


def known_folders(*, legacy: bool) -> list[str]:
    """Return the names of folders that make a claim."""
    return [*(_LEGACY if legacy else _MODERN), *_OURS]


def _claim(
    folder: str,
    permitted: Iterable[Verdict],
    required: Iterable[Verdict],
    time_limit: Literal["lower", "upper"] | None = None,
) -> tuple[str, Expectation]:
    return folder, Expectation(folder, frozenset(permitted), frozenset(required), time_limit=time_limit)


_MODERN: Final = dict(
    (
        _claim("accepted", {_AC}, ANY, "lower"),
        _claim("wrong_answer", {_AC, _WA}, {_WA}, "lower"),
        _claim("time_limit_exceeded", {_AC, _TLE}, {_TLE}, "upper"),
        _claim("run_time_error", {_AC, _RTE}, {_RTE}, "lower"),
        _claim("brute_force", {_AC, _RTE, _TLE}, {_RTE, _TLE}),
    )
)
_LEGACY: Final = dict(
    (
        _claim("accepted", {_AC}, ANY, "lower"),
        _claim("wrong_answer", {_AC, _WA}, {_WA}),
        _claim("time_limit_exceeded", {_AC, _WA, _TLE}, {_TLE}, "upper"),
        _claim("run_time_error", ANY, {_RTE}),
    )
)
# In addition, for both formats. Other systems have `mixed` and `rejected`, too.
_OURS: Final = dict(
    (
        ("partially_accepted", Expectation("partially_accepted", partial=True)),  # the legacy format has it
        _claim("mixed", ANY | {Verdict.CE}, ANY | {Verdict.CE}),
        _claim("rejected", ANY, {_RTE, _TLE, _WA}),
        _claim("memory_limit_exceeded", {_AC, Verdict.MLE}, {Verdict.MLE}),
        _claim("output_limit_exceeded", {_AC, Verdict.OLE}, {Verdict.OLE}),
        _claim("compile_error", {Verdict.CE}, {Verdict.CE}),
        # DOMjudge's names
        _claim("compiler_error", {Verdict.CE}, {Verdict.CE}),
        _claim("output_limit", {_AC, Verdict.OLE}, {Verdict.OLE}),
        _claim("no_output", {_AC, _WA}, {_WA}),
    )
)
# Folders of submissions whose tags say what is expected, if they have one.
TAGGED: Final = ("mixed", "mixed-verdicts", "multiple", "rejected", "check_manually")


def unmet(expectations: Iterable[Expectation], judgement: Judgement) -> tuple[str, ...]:
    """Return a sentence for each claim that the judgement contradicts.

    Judge with `run_everything`: a claim is about all cases, including those after the first failure.
    """
    sentences = []
    for expectation in expectations:
        sentences += [f"{expectation.source}: {sentence}" for sentence in _unmet(expectation, judgement)]
    return tuple(sentences)


def _unmet(expectation: Expectation, judgement: Judgement) -> Iterable[str]:
    if expectation.whole and judgement.verdict is not Verdict.JE:
        yield from _unmet_whole(expectation, judgement)
        return
    if judgement.verdict in (Verdict.CE, Verdict.JE):
        if judgement.verdict not in expectation.permitted:
            yield f"{judgement.verdict.meaning.lower()}: {judgement.reason}".rstrip(": ")
        return
    chosen = [case for case in judgement.cases if matches(expectation.cases, case.name)]
    scope = f" of {expectation.cases}" if expectation.cases else ""
    if forbidden := next((case for case in chosen if not _is_in(case.verdict, expectation.permitted)), None):
        yield _said(forbidden, f", expected {_names(expectation.permitted)}")
    if not any(_is_in(case.verdict, expectation.required) for case in chosen):
        other = None if forbidden else next((case for case in chosen if case.verdict is not Verdict.AC), None)
        instead = f": {_said(other)}" if other else ""
        yield f"no case{scope} is {_names(expectation.required)}, expected at least one{instead}"
    if expectation.message and not any(expectation.message in case.message for case in chosen):
        yield f"no message{scope} contains {expectation.message[:60]!r}"
    if expectation.partial:
        yield from _unmet_partial(judgement, expectation.best_points)
    if expectation.score:
        yield from _unmet_score(expectation, judgement, expectation.score)


def _said(case: CaseResult, rest: str = "") -> str:
    """Return the verdict on a case, with the first line of its reason."""
    first, *more = case.reason.splitlines() or [""]
    return f"{case.name} is {case.verdict}{rest}" + (f" ({first}{'…' if more else ''})" if first else "")


def _unmet_whole(expectation: Expectation, judgement: Judgement) -> Iterable[str]:
    first = next((case for case in judgement.cases if case.verdict is not Verdict.AC), None)
    verdict = first.verdict if first else judgement.verdict if judgement.verdict is Verdict.CE else Verdict.AC
    if not _is_in(verdict, expectation.permitted):
        where = f"{first.name} is the first that is not accepted: {verdict}" if first else f"it is {verdict}"
        yield f"{where}, expected {_names(expectation.permitted)}"


def _unmet_partial(judgement: Judgement, best_points: float | None) -> Iterable[str]:
    # In the legacy format a submission that is not accepted has no points.
    if judgement.verdict is not Verdict.AC and not judgement.points:
        yield f"is {judgement.verdict}, expected AC with less than full points"
    elif best_points is not None and judgement.points == best_points:
        yield f"has {judgement.points:g} points, the fewest, expected more"
    elif best_points is None and judgement.points is not None and judgement.points == judgement.max_points:
        yield f"has all {judgement.points:g} points, expected fewer"


def _unmet_score(expectation: Expectation, judgement: Judgement, score: tuple[float, float]) -> Iterable[str]:
    least, most = score
    points = judgement.points
    if expectation.cases:
        points = next((group.points for group in judgement.groups if group.name == expectation.cases), None)
    if points is None or not least - 1e-9 <= points <= most + 1e-9:  # points are sums of fractions: allow rounding
        expected = f"{least:g}" if least == most else f"{least:g} to {most:g}"
        yield f"has {'no' if points is None else f'{points:g}'} points, expected {expected}"


def _is_in(verdict: Verdict, verdicts: frozenset[Verdict]) -> bool:
    return verdict in verdicts or (verdict in CRASHES and Verdict.RTE in verdicts)


def _names(verdicts: frozenset[Verdict]) -> str:
    return " or ".join(verdict for verdict in Verdict if verdict in verdicts)


def matches(pattern: str, path: str) -> bool:
    """Return whether a pattern of submissions.yaml matches a path or a directory above it; "" matches everything.

    `*` matches any part of a name, `{a, b}` either alternative. Other characters are literal, and `a/` is as `a`.

    Raises:
        ValueError: the braces do not match, or there are more than `ALTERNATIVES_MAX` alternatives.
    """
    if not pattern:
        return True
    names = path.split("/")
    return any(_matches_names(each.split("/"), names) for each in expand(pattern.removesuffix("/")))


def _matches_names(patterns: list[str], names: list[str]) -> bool:
    # `fnmatch` handles stars in linear time, which a hand-written regular expression easily fails to do.
    return len(patterns) <= len(names) and all(
        fnmatchcase(name, pattern.replace("[", "[[]").replace("?", "[?]"))
        for pattern, name in zip(patterns, names, strict=False)
    )


def expand(pattern: str) -> list[str]:
    """Return the alternatives of a pattern's braces, which may be nested; blanks around one are not of it.

    Raises:
        ValueError: see `matches`.
    """
    done: list[str] = []
    waiting = [pattern]
    while waiting:
        one = waiting.pop()
        close = one.find("}")
        start = one.rfind("{", 0, close if close >= 0 else None)
        if (close < 0) != (start < 0):
            raise ValueError(f"braces do not match in {pattern[:60]!r}")
        if close < 0:
            done.append(one)
        else:
            waiting += [one[:start] + word.strip() + one[close + 1 :] for word in one[start + 1 : close].split(",")]
        if len(waiting) + len(done) > ALTERNATIVES_MAX:
            raise ValueError(f"more than {ALTERNATIVES_MAX} alternatives in {pattern[:60]!r}")
    return done
