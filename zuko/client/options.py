"""Options of requests: the fields of the contract by their names, with files and cases as Python has them."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from pydantic import BaseModel, TypeAdapter, ValidationError

from zuko.client.errors import error_of_request
from zuko.wire.execute import ExecuteRequest
from zuko.wire.judge import BuiltinCheckerModel, CaseModel, GroupModel, JudgeRequest, ProgramModel
from zuko.wire.submissions import RejudgeRequest, SubmissionRequest


class ProgramOptions(TypedDict, total=False):
    """Options of every program."""

    version: str | None
    files: Mapping[str, str | bytes]  # by their paths in the program's directory
    args: Sequence[str]
    time_limit_ms: int
    wall_time_limit_ms: int
    memory_limit_kb: int
    stack_limit_kb: int
    file_size_limit_kb: int
    process_limit: int
    compile_options: Sequence[str]
    compile_time_limit_ms: int
    compile_memory_limit_kb: int


class RunOptions(ProgramOptions, total=False):
    """Options of a program that is run: the fields of `ExecuteRequest`."""

    input_data: str | bytes
    timeout: int
    output_encoding: Literal["utf8", "base64"]
    stderr_to_stdout: bool
    interleave_output: bool
    artifacts: Sequence[str]


class JudgeOptions(ProgramOptions, total=False):
    """Options of a program that is judged: the fields of `JudgeRequest`."""

    cases: Sequence[tuple[str, str] | CaseModel]  # pairs are input and answer
    problem: str
    code_name: str
    groups: Sequence[GroupModel]
    checker: BuiltinCheckerModel | ProgramModel
    interactor: ProgramModel
    output_limit_kb: int
    stop_at_failure: bool
    workers: int


class SubmitOptions(RunOptions, JudgeOptions, total=False):
    """Options of a stored submission: with `cases` or `problem` it is judged, without it is run."""

    priority: int
    labels: Mapping[str, str]
    webhook: str
    metadata: Mapping[str, Any]


class ListOptions(TypedDict, total=False):
    """Filters of a list of submissions: those that fit every one."""

    states: Sequence[str]
    kind: Literal["execute", "judge"]
    language: str
    problem: str
    labels: Mapping[str, str]
    created_from: str  # RFC 3339
    created_before: str
    webhook_state: str


class RejudgeOptions(TypedDict, total=False):
    """Filters of submissions that are judged again: the fields of `RejudgeRequest`."""

    problem: str
    judge_by: int
    language: str
    labels: Mapping[str, str]
    states: Sequence[str]
    created_from: datetime
    created_before: datetime


_SUBMISSION: TypeAdapter[SubmissionRequest] = TypeAdapter(SubmissionRequest)


def execute_request(language: str, code: str, options: RunOptions) -> ExecuteRequest:
    """Return the request to run a program.

    Raises:
        SubmissionError: an option is wrong; it is named.
    """
    return _checked(ExecuteRequest, _fields(language, code, options))


def judge_request(language: str, code: str, options: JudgeOptions) -> JudgeRequest:
    """Return the request to judge a program.

    Raises:
        SubmissionError: an option is wrong; it is named.
    """
    return _checked(JudgeRequest, _fields(language, code, options))


def rejudge_request(options: RejudgeOptions) -> RejudgeRequest:
    """Return the request to judge all submissions again that fit.

    Raises:
        SubmissionError: an option is wrong; it is named.
    """
    return _checked(RejudgeRequest, _plain(options))


def submission(language: str, code: str, **options: Unpack[SubmitOptions]) -> SubmissionRequest:
    """Return a submission to be stored: one of a batch.

    Raises:
        SubmissionError: an option is wrong; it is named.
    """
    try:
        return _SUBMISSION.validate_python(_fields(language, code, options))
    except ValidationError as error:
        raise error_of_request(error) from error


def body_of(request: BaseModel) -> bytes:
    """Return the JSON of a request: what was given, and nothing else."""
    return request.model_dump_json(exclude_unset=True).encode()


def run_time_s(request: ExecuteRequest) -> float:
    """Return for how long a request may let its program run, s; 0: as the service has it."""
    wall_ms = request.wall_time_limit_ms or (request.timeout or 0) * 1000
    cpu_ms = request.time_limit_ms or 0
    return (wall_ms or (2 * cpu_ms + 1000 if cpu_ms else 0)) / 1000 + (request.compile_time_limit_ms or 0) / 1000


def _checked[Model: BaseModel](model: type[Model], fields: dict[str, Any]) -> Model:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise error_of_request(error) from error


def _fields(language: str, code: str, options: Mapping[str, Any]) -> dict[str, Any]:
    return {"language": language, "code": code, **_plain(options)}


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in options.items():
        match name, value:
            case _, None:
                continue
            case "files", _:
                fields[name] = [{"name": path, **_content(content)} for path, content in value.items()]
            case "input_data", bytes():
                sent = _content(value)
                fields[name] = sent["content"]
                if "encoding" in sent:
                    fields["input_encoding"] = sent["encoding"]
            case "cases", _:
                fields[name] = [
                    each if isinstance(each, CaseModel) else {"input": each[0], "output": each[1]} for each in value
                ]
            case _, Mapping():
                fields[name] = dict(value)
            case _, str() | bytes():
                fields[name] = value
            case _, Sequence():
                fields[name] = list(value)
            case _:
                fields[name] = value
    return fields


def _content(content: str | bytes) -> dict[str, str]:
    """Return the fields of a file: bytes that are text are sent as text, which is shorter and can be read in a log."""
    if isinstance(content, str):
        return {"content": content}
    try:
        return {"content": content.decode()}
    except UnicodeDecodeError:
        return {"content": base64.b64encode(content).decode(), "encoding": "base64"}
