"""The façade of SandboxFusion: `/run_code`, which is all that RL frameworks call, and `/v1/ping`.

Whatever a program does is 200. Its clients take every other status for a failure of the sample, except for 504, after
which verl tries again: so a request waits for a sandbox for as long as its client waits for a response, then gets 504.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from zuko.api.compat.facade import Facade
from zuko.api.compat.limits import memory_for
from zuko.api.compat.reading import check_json_type, read_sized
from zuko.api.compat.running import execute
from zuko.api.request_body import aside
from zuko.api.responses import FAILED, JSON
from zuko.errors import SubmissionError, UnavailableError, UnknownLanguageError, ZukoError
from zuko.execution.admission import admit
from zuko.execution.encoding import BASE64, decode, encode
from zuko.execution.options import admit_compiler, admit_options
from zuko.execution.submission import Submission
from zuko.languages.table import Language, find_language
from zuko.settings import MIB, Settings
from zuko.types import Execution, Reason, SourceFile, Status

# Its words for languages where ours are others, and how its Java is started.
_LANGUAGES: Final = {"cpp": "cpp17", "nodejs": "javascript", "R": "r"}
_ASSERTIONS: Final = {"java": "-ea"}
_WORKSPACE: Final = "/workspace/"
_CLIENT_S: Final = 10.0  # that clients wait in addition to both time limits
_MARGIN_S: Final = 1.0  # for a response to arrive
_TIMES: Final = (Reason.CPU_TIME_LIMIT, Reason.WALL_TIME_LIMIT)
_KILLED: Final = (Reason.SIGNAL, Reason.MEMORY_LIMIT, Reason.OUTPUT_LIMIT, Reason.FORBIDDEN_SYSCALL)

_Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class RunCode(BaseModel):
    """A program to run, as SandboxFusion's clients send it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    code: str
    language: str
    compile_timeout: _Seconds = 10.0
    run_timeout: _Seconds = 10.0
    memory_limit_mb: Annotated[int, Field(alias="memory_limit_MB")] = -1
    stdin: str | None = None
    files: dict[str, str | None] = {}
    fetch_files: list[str] = []
    args: list[str] = []


def facade(settings: Settings) -> Facade:
    """Return the façade."""
    limits = limits_of(settings)

    async def run_code(request: Request) -> Response:
        check_json_type(request)
        sent, size_bytes = await read_sized(request)
        try:
            asked = RunCode.model_validate(sent)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            return _wrong([{**each, "loc": ["body", *each["loc"]]} for each in found])
        submission = await aside(size_bytes, to_submission, asked, limits)
        execution = await execute(request, submission, wait_s(asked, submission.language))
        return JSONResponse(to_answer(execution, submission.language, asked.fetch_files))

    async def ping(_: Request) -> Response:
        return JSONResponse("pong")

    return Facade(
        prefixes=("/run_code", "/v1/ping"),
        routes=[Route("/run_code", run_code, methods=["POST"]), Route("/v1/ping", ping)],
        answer=answer,
        body_limit_bytes=settings.sandboxfusion_body_limit_bytes,
    )


def limits_of(settings: Settings) -> Settings:
    """Return the settings with the façade's own limits."""
    own = {
        "timeout_max_s": settings.sandboxfusion_timeout_max_s,
        "code_limit_bytes": settings.sandboxfusion_files_limit_bytes,
    }
    return settings.model_copy(update=own)


def answer(error: Exception) -> Response:
    """Return the response to an error."""
    match error:
        case HTTPException(status_code=status_code, detail=detail):
            return JSONResponse({"detail": detail}, status_code)
        case UnavailableError():
            return JSONResponse({"detail": str(error)}, 504, {"retry-after": str(error.retry_after_s)})
        case SubmissionError():
            return _wrong([{"loc": ["body", error.field], "msg": str(error), "type": "out_of_bounds"}])
        case ZukoError():
            return JSONResponse({"status": "SandboxError", "message": str(error)})
    return JSONResponse({"detail": FAILED.message}, 500)


def _wrong(errors: list[dict[str, Any]]) -> Response:
    return Response(json.dumps({"detail": errors}), 422, media_type=JSON)


def wait_s(asked: RunCode, language: Language) -> float:
    """Return for how long a request may wait for a sandbox, so that its client still gets what comes after."""
    left_s = _CLIENT_S - _MARGIN_S + (asked.compile_timeout if language.compiler is None else 0.0)
    return min(left_s, 3600.0)


def to_submission(asked: RunCode, settings: Settings) -> Submission:
    """Return the submission that a request is about.

    Raises:
        UnknownLanguageError: it is in none of ours.
        SubmissionError: a field is out of bounds.
    """
    language = find_language(_LANGUAGES.get(asked.language, asked.language))
    if language is None:
        raise UnknownLanguageError("language", f"language {asked.language[:40]!r} is not supported")
    if (flag := _ASSERTIONS.get(language.family)) is not None:
        language = replace(language, run_argv=(language.run_argv[0], flag, *language.run_argv[1:]))
    if language.compiler is not None and asked.compile_timeout * 1000 != language.compiler.cpu_time_ms:
        most_s = max(settings.timeout_max_s, language.compiler.cpu_time_ms / 1000)
        compile_ms = max(round(min(asked.compile_timeout, most_s) * 1000), 1)
        language = admit_compiler(settings, language, cpu_time_ms=compile_ms)
    asked_mib = asked.memory_limit_mb if asked.memory_limit_mb > 0 else settings.memory_limit_max_mib
    run_ms = round(min(asked.run_timeout, settings.timeout_max_s) * 1000)
    return admit(
        settings,
        language,
        (SourceFile(language.source_name, encode(asked.code, "code")), *_files(asked.files)),
        encode(asked.stdin or "", "stdin"),
        wall_time_ms=max(run_ms, 1),
        memory_bytes=memory_for(settings, language, asked_mib * MIB),
        options=admit_options(settings, arguments=asked.args, artifacts=_wanted(asked.fetch_files) or None),
    )


def _files(files: Mapping[str, str | None]) -> list[SourceFile]:
    return [
        SourceFile(_local(name), decode(content, BASE64, "files", f"files: {name[:64]!r}"))
        for name, content in files.items()
        if content is not None
    ]


def _wanted(paths: list[str]) -> list[str]:
    """Return the files to take; a path that leads elsewhere names none that there could be."""
    return [local for path in paths if not (local := _local(path)).startswith("/")]


def _local(path: str) -> str:
    return path.removeprefix(_WORKSPACE).removeprefix("./")


def to_answer(execution: Execution, language: Language, fetched: list[str]) -> dict[str, Any]:
    """Return the response to a program that was run."""
    compiled = run = None
    status, message = "Success", ""
    if execution.status is Status.ERROR:
        status, message = "SandboxError", execution.message or "the sandbox failed"
    elif execution.status is Status.COMPILE_ERROR:
        is_late = execution.reason in _TIMES
        stderr = execution.compile_output or execution.message or ""
        status, compiled = "Failed", _stage(is_late=is_late, code=1, stderr=stderr)
    else:
        if language.compiler is not None:
            compiled = _stage(is_late=False, code=0, stderr=execution.compile_output or "")
        is_late = execution.status is Status.TIMEOUT
        usage = execution.usage
        run = _stage(
            is_late=is_late,
            code=_exit_code(execution),
            stdout=execution.stdout,
            stderr=execution.stderr,
            time_s=None if usage is None else usage.wall_time_ns / 1e9,
        )
        status = "Failed" if is_late or run["return_code"] else "Success"
    taken = {file.name: base64.b64encode(file.content).decode() for file in execution.artifacts or ()}
    return {
        "status": status,
        "message": message,
        "compile_result": compiled,
        "run_result": run,
        "executor_pod_name": None,
        "files": {path: taken[name] for path in fetched if (name := _local(path)) in taken},
    }


def _stage(
    *, is_late: bool, code: int, stdout: str = "", stderr: str = "", time_s: float | None = None
) -> dict[str, Any]:
    return {
        "status": "TimeLimitExceeded" if is_late else "Finished",
        "execution_time": time_s,
        "return_code": None if is_late else code,
        "stdout": stdout,
        "stderr": stderr,
    }


def _exit_code(execution: Execution) -> int:
    """Return the exit code; -n after signal n."""
    code = execution.exit_code or 0
    return 128 - code if execution.reason in _KILLED and code > 128 else code
