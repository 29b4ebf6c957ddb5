"""Verification of a stored problem: its own submissions are judged as stored ones, and the results compared with its
claims, as `zuko verify` does. What a verification has is read from the store; it is kept nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from zuko.errors import ProblemError, SubmissionError
from zuko.execution.admission import admit_program
from zuko.package import Package
from zuko.package.expectations import Expectation, unmet
from zuko.package.solutions import refused, solution_of
from zuko.package.submissions import PackageSubmission
from zuko.package.verify import near_limit
from zuko.problem import CaseResult, GroupResult, Judgement, Problem, Verdict
from zuko.settings import JudgingSettings
from zuko.submissions.model import ProblemRef
from zuko.types import SourceFile
from zuko.wire.execute import FileModel
from zuko.wire.judge import JudgeRequest

VERIFICATION: Final = "zuko/verification"  # label of the submissions of a verification: its id
SUBMISSION: Final = "zuko/submission"  # label of each: its path below submissions/


@dataclass(frozen=True, slots=True)
class Claimant:
    """A submission of a package, and what is claimed of it."""

    path: str  # below submissions/
    language: str | None  # of ours; None: it cannot be run
    reason: str  # why it is not run; "" if it is
    refusal: str  # why the package does not allow it; "" if it does
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class Claims:
    """All that a package claims, without its test data and programs."""

    problem: Problem  # without cases
    submissions: tuple[Claimant, ...]


def read_claims(package: Package, ref: ProblemRef, settings: JudgingSettings) -> tuple[Claims, dict[str, JudgeRequest]]:
    """Return what a package claims of its own submissions, and the requests to judge those that can be run, by path.

    Args:
        package: as it was read from the store.
        ref: the version that it is.
        settings: the bounds of a program.
    """
    claims: list[Claimant] = []
    requests: dict[str, JudgeRequest] = {}
    for each in package.submissions:
        try:
            request, language, refusal = _request(package, each, ref, settings)
        except (ProblemError, SubmissionError) as error:
            claims.append(Claimant(each.path, None, str(error), "", each.expectations))
        else:
            requests[each.path] = request
            claims.append(Claimant(each.path, language, "", refusal, each.expectations))
    return Claims(replace(package.problem, cases=()), tuple(claims)), requests


def contradictions(claimant: Claimant, judgement: Judgement) -> tuple[str, ...]:
    """Return a sentence for each claim that does not hold, and for a refusal of the package."""
    sentences = unmet(claimant.expectations, judgement)
    return (f"it {claimant.refusal}", *sentences) if claimant.refusal else sentences


def warnings(claimant: Claimant, judgement: Judgement, problem: Problem) -> tuple[str, ...]:
    """Return sentences about times that could give another verdict on another machine."""
    return near_limit(claimant.expectations, judgement, problem)


def judgement_of(response: Mapping[str, Any]) -> Judgement:
    """Return the judgement of a response of /judge, as far as claims are about it."""
    return Judgement(
        Verdict(response["verdict"]),
        response["message"] or "",
        response["points"],
        response["max_points"],
        tuple(_case(case) for case in response["cases"]),
        tuple(
            GroupResult(
                group["name"],
                None if group["verdict"] is None else Verdict(group["verdict"]),
                group["points"] or 0.0,
                group["max_points"],
            )
            for group in response["groups"]
        ),
        tuple(response["skipped"]),
        response["decided_by"],
        response["compile_output"] or "",
    )


def _request(
    package: Package, own: PackageSubmission, ref: ProblemRef, settings: JudgingSettings
) -> tuple[JudgeRequest, str, str]:
    if own.program is None:
        raise ProblemError(own.path, own.reason)
    solution = solution_of(own.path, own.program)
    main, *others = solution.files
    fields: dict[str, Any] = {
        "language": solution.language.name,
        "code": _text(main),
        "files": [FileModel(name=file.name, content=_text(file)) for file in others],
        "problem": str(ref),
        "stop_at_failure": False,  # a claim is about all cases
    }
    if package.includes.of(solution.language.name):  # they are added when it is judged
        names = {file.name for file in others}
        fields["code_name"] = next(file.name for file in own.program.files if file.name not in names)
    request = JudgeRequest(**fields)
    admit_program(request, settings)
    return request, solution.language.name, refused(package, solution)


def _text(file: SourceFile) -> str:
    try:
        return file.content.decode()
    except UnicodeDecodeError:
        raise ProblemError(file.name, "is not UTF-8, and cannot be sent as a submission") from None


def _case(case: Mapping[str, Any]) -> CaseResult:
    return CaseResult(
        case["name"],
        case["group"],
        Verdict(case["verdict"]),
        case["message"] or "",
        _ns(case["time_used_ms"]),
        _ns(case["wall_time_ms"]),
        None if case["memory_used_kb"] is None else case["memory_used_kb"] * 1024,
        case["points"] or 0.0,
        case["diff"] or "",
        case["checker_message"] or "",
        borderline=case["borderline"],
    )


def _ns(time_ms: float | None) -> int | None:
    return None if time_ms is None else round(time_ms * 1_000_000)
