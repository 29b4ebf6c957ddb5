"""Verifying a problem package: the results of its own submissions, and of its input validators."""

from typing import Annotated

from pydantic import BaseModel, Field

from zuko.wire.judge import JudgeResponse


class VerifyResponse(BaseModel):
    """One submission of a problem package, and whether its results are as the package claims."""

    problem: Annotated[str, Field(description="the package's short name")]
    submission: Annotated[str, Field(description="path below submissions/")]
    language: Annotated[str | None, Field(description="null: it cannot be run")]
    expected: Annotated[str, Field(description="verdicts, separated by /; part: accepted with fewer points; any; -")]
    ok: Annotated[bool | None, Field(description="whether all results are as claimed; null: it was not run")]
    unmet: Annotated[
        list[str],
        Field(description="a sentence for each claim that is not met, or a refusal of the package"),
    ]
    warnings: Annotated[list[str], Field(description="about times that are close to the limit")]
    message: Annotated[str | None, Field(description="why it was not run")]
    time_limit_ms: Annotated[int, Field(description="CPU time limit of a case, ms")]
    judgement: Annotated[JudgeResponse | None, Field(description="of all cases; null: it was not run")]


class InputFaultResponse(BaseModel):
    """An input that a validator has not accepted."""

    case: Annotated[str, Field(description="path of the case below data/, without ending")]
    message: Annotated[str, Field(description="the reason, as a sentence")]


class ValidatorResponse(BaseModel):
    """One input validator of a problem package, and the inputs that it has not accepted."""

    problem: Annotated[str, Field(description="the package's short name")]
    validator: Annotated[str, Field(description="path in the package; of a directory on which validators were tried")]
    language: Annotated[str | None, Field(description="null: it cannot be run, or it is a directory")]
    inputs: Annotated[int, Field(description="number of inputs that it checked, or of cases in the directory")]
    ok: Annotated[bool | None, Field(description="whether all are as they should be; null: it was not run")]
    faults: list[InputFaultResponse]
    message: Annotated[str | None, Field(description="why it was not run, or does not compile")]
