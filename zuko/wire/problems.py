"""Stored problems: the responses."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from zuko.problem import Verdict
from zuko.wire.submissions import StateName


class ProblemResponse(BaseModel):
    """A version of a stored problem."""

    name: str
    version: int
    title: str
    format: Annotated[str, Field(description="of the package: legacy, 2025-09, …")]
    cases: Annotated[int, Field(description="number of test cases")]
    time_limit_ms: Annotated[int, Field(description="CPU time limit of a case, ms")]
    memory_limit_kb: Annotated[int, Field(description="memory limit of a case, KB (1024 bytes)")]
    scored: Annotated[bool, Field(description="whether its cases have points")]
    interactive: Annotated[bool, Field(description="whether an interactor talks with the program")]
    jury_languages: Annotated[list[str], Field(description="of its checkers and interactors")]
    allowed_languages: Annotated[
        list[str] | None, Field(description="of submissions, by the format's codes; null: all")
    ]
    code_limit_bytes: Annotated[int, Field(description="of all files of a submission together")]
    submissions: Annotated[int, Field(description="number of the package's own submissions")]
    size_bytes: Annotated[int, Field(description="of its files")]
    notes: Annotated[list[str], Field(description="oddities that are not errors, each beginning with its place")]
    created_at: datetime


class ProblemsResponse(BaseModel):
    """Stored problems: the newest version of each by name, or the versions of one, the newest first."""

    problems: list[ProblemResponse]


class VerifiedResponse(BaseModel):
    """One of a problem's own submissions, and whether its result is as the package claims."""

    submission: Annotated[str, Field(description="path below submissions/")]
    id: Annotated[str | None, Field(description="of the stored submission; null: it cannot be run")]
    state: Annotated[StateName | None, Field(description="of the stored submission")]
    language: Annotated[str | None, Field(description="null: it cannot be run")]
    expected: Annotated[str, Field(description="verdicts, separated by /; part: accepted with fewer points; any; -")]
    verdict: Annotated[Verdict | None, Field(description="of all cases; null: it has no result yet, or none at all")]
    points: Annotated[float | None, Field(description="null: no result, or nothing has points")]
    time_used_ms: Annotated[float | None, Field(description="CPU time of the slowest case, ms")]
    memory_used_kb: Annotated[int | None, Field(description="peak RSS of the largest case, KB (1024 bytes)")]
    ok: Annotated[bool | None, Field(description="whether all results are as claimed; null: it has no result")]
    unmet: Annotated[
        list[str], Field(description="a sentence for each claim that is not met, or a refusal of the package")
    ]
    warnings: Annotated[list[str], Field(description="about times that are close to the limit")]
    message: Annotated[str | None, Field(description="why it has no result, if it will not have one")]


class VerificationResponse(BaseModel):
    """A verification of a stored problem: its own submissions, judged, and its claims."""

    id: str
    url: Annotated[str, Field(description="path of the verification")]
    problem: Annotated[str, Field(description="name@version")]
    state: Annotated[Literal["running", "done"], Field(description="done: no submission will change any more")]
    ok: Annotated[
        bool | None,
        Field(description="false: a claim is not met; true: all are; null: not known yet, or one has no result"),
    ]
    time_limit_ms: Annotated[int, Field(description="CPU time limit of a case, ms")]
    submissions: list[VerifiedResponse]
