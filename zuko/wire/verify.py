"""What became of a package's own submissions, and of its inputs."""

from typing import Annotated

from pydantic import BaseModel, Field

from zuko.wire.judge import JudgeResponse


class VerifyResponse(BaseModel):
    """One submission of a problem package, and whether it came to what is claimed of it."""

    problem: Annotated[str, Field(description="the package's short name")]
    submission: Annotated[str, Field(description="path below submissions/")]
    language: Annotated[str | None, Field(description="null: it cannot be run")]
    expected: Annotated[str, Field(description="verdicts, separated by /; part: accepted with fewer points; any; -")]
    ok: Annotated[bool | None, Field(description="all is as claimed; null: it was not run")]
    unmet: Annotated[
        list[str], Field(description="a sentence for each claim that is not borne out, or a refusal of the package")
    ]
    warnings: Annotated[list[str], Field(description="of times that are close to the limit")]
    message: Annotated[str | None, Field(description="why it was not run")]
    time_limit_ms: Annotated[int, Field(description="CPU time limit of a case, ms")]
    judgement: Annotated[JudgeResponse | None, Field(description="with every case run; null: it was not run")]


class InputFaultResponse(BaseModel):
    """An input that a validator does not call valid."""

    case: Annotated[str, Field(description="path of the case below data/, without ending")]
    message: Annotated[str, Field(description="why, as a sentence")]


class ValidatorResponse(BaseModel):
    """One input validator of a problem package, and what it has against the inputs."""

    problem: Annotated[str, Field(description="the package's short name")]
    validator: Annotated[str, Field(description="path in the package")]
    language: Annotated[str | None, Field(description="null: it cannot be run")]
    inputs: Annotated[int, Field(description="inputs that it was asked about")]
    ok: Annotated[bool | None, Field(description="all of them are valid; null: it was not run")]
    faults: list[InputFaultResponse]
    message: Annotated[str | None, Field(description="why it was not run, or does not compile")]
