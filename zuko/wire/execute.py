"""Running a program: the request and the response."""

import base64
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import to_json

from zuko.types import (
    ARGUMENT_BYTES_MAX,
    ARGUMENTS_BYTES_MAX,
    ARGUMENTS_MAX,
    COMPILE_OPTIONS_MAX,
    FILES_MAX,
    PATTERNS_MAX,
    Execution,
    Reason,
    SourceFile,
    Status,
)

_MAY_BE_ABSENT: Final = ("compile_output", "output", "artifacts", "artifacts_skipped")
_HELLO: Final[dict[str, JsonValue]] = {
    "language": "python",
    "code": "print('Hello', input())",
    "input_data": "Zuko",
    "timeout": 3,
}
HELLO_RESPONSE: Final[dict[str, JsonValue]] = {
    "status": "OK",
    "stdout": "Hello Zuko\n",
    "stderr": "",
    "exit_code": 0,
    "time_used": 16.412,
    "memory_used": 8616,
    "time_used_ms": 16.412,
    "memory_used_kb": 8616,
    "wall_time_ms": 17.03,
    "reason": None,
    "message": None,
    "stdout_truncated": False,
    "stderr_truncated": False,
}

STATUS_MEANINGS: Final[dict[Status, str]] = {
    Status.OK: "the program ended by itself with exit code 0",
    Status.RUNTIME_ERROR: "it ended with another exit code or by a signal, or was stopped for something it did; "
    "syntax errors of interpreted languages are included",
    Status.TIMEOUT: "it was stopped at its time limit",
    Status.COMPILE_ERROR: "the compiler rejected it, so it was not run; compiled languages only",
    Status.ERROR: "it was not run, or its result is lost; this says nothing about the program",
}

# The service adds the names of its languages to the description: the contract does not depend on them.
LanguageName = Annotated[str, Field(description="a language's name, or an alias")]
LanguageVersion = Annotated[
    str | None, Field(description="its version, or the beginning of that; unset: what the name means")
]


Encoding = Literal["utf8", "base64"]
Argument = Annotated[str, Field(max_length=ARGUMENT_BYTES_MAX, pattern=r"^[^\x00]*$")]
Arguments = Annotated[
    list[Argument] | None,
    Field(
        max_length=ARGUMENTS_MAX,
        description=f"arguments of the program, up to {ARGUMENTS_BYTES_MAX} bytes in all; no shell reads them",
    ),
]
CompileOptions = Annotated[
    list[str] | None,
    Field(max_length=COMPILE_OPTIONS_MAX, description="options for the compiler, of those that the language allows"),
]
CompileTimeLimit = Annotated[int | None, Field(description="CPU time limit of the compiler, ms; unset: the language's")]
CompileMemoryLimit = Annotated[
    int | None, Field(description="memory limit of the compiler, KB (1024 bytes); unset: the language's or the run's")
]
StackLimit = Annotated[int | None, Field(description="limit of the main thread's stack, KB; unset: the memory limit's")]
FileSizeLimit = Annotated[
    int | None, Field(description="limit of each file that it writes, KB; unset: the size of its directory")
]
ProcessLimit = Annotated[
    int | None, Field(description="limit of its processes and threads together; unset: the sandbox's")
]


class FileModel(BaseModel):
    """A file of a submission."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    name: Annotated[str, Field(description="its path in the program's directory: pkg/util.py")]
    content: Annotated[str, Field(description="text, stored as UTF-8, or base64")]
    encoding: Annotated[Encoding, Field(description="of content")] = "utf8"


class ExecuteRequest(BaseModel):
    """A program to run."""

    model_config = ConfigDict(
        extra="forbid", strict=True, hide_input_in_errors=True, json_schema_extra={"examples": [_HELLO]}
    )

    language: LanguageName
    version: LanguageVersion = None
    code: Annotated[str, Field(description="the program's source")]
    input_data: Annotated[str, Field(description="the program's standard input")] = ""
    # The service's settings are the bounds of limits. They are checked together, so that a refusal names both.
    timeout: Annotated[int | None, Field(description="wall time limit, s; unset: the service's default")] = None
    # A factory, as pydantic calls copy.deepcopy for a list: that was a third of the time in which a request is parsed.
    files: Annotated[
        list[FileModel],
        Field(
            default_factory=list,
            max_length=FILES_MAX,
            description="other files, in the program's directory",
            json_schema_extra={"default": []},
        ),
    ]
    time_limit_ms: Annotated[
        int | None,
        Field(description="CPU time limit of all its processes together, ms; unset: the service's, if any"),
    ] = None
    wall_time_limit_ms: Annotated[int | None, Field(description="wall time limit, ms, instead of timeout")] = None
    memory_limit_kb: Annotated[
        int | None, Field(description="memory limit, KB (1024 bytes); unset: the language's default")
    ] = None
    args: Arguments = None
    input_encoding: Annotated[Encoding, Field(description="of input_data: text, or any bytes as base64")] = "utf8"
    output_encoding: Annotated[
        Encoding, Field(description="of stdout and stderr in the response: text, or their exact bytes as base64")
    ] = "utf8"
    stderr_to_stdout: Annotated[
        bool, Field(description="standard error goes into standard output, in the order in which both are written")
    ] = False
    interleave_output: Annotated[
        bool, Field(description="the response also has both outputs as one, in the order in which they came")
    ] = False
    artifacts: Annotated[
        list[str] | None,
        Field(
            max_length=PATTERNS_MAX,
            description="files to return, by path or by pattern: *.png, out/result.json, **/*.csv",
        ),
    ] = None
    stack_limit_kb: StackLimit = None
    file_size_limit_kb: FileSizeLimit = None
    process_limit: ProcessLimit = None
    compile_options: CompileOptions = None
    compile_time_limit_ms: CompileTimeLimit = None
    compile_memory_limit_kb: CompileMemoryLimit = None


class ArtifactModel(BaseModel):
    """A file that the program wrote, in the form of a file of a request."""

    name: str
    content: str
    encoding: Literal["base64"] = "base64"


class SkippedModel(BaseModel):
    """A file that was asked for and is not returned."""

    name: Annotated[str, Field(description="empty: there are more than are listed")]
    message: str


class ExecuteResponse(BaseModel):
    """How the program ended, what it printed and what it cost. Figures that could not be measured are null."""

    model_config = ConfigDict(json_schema_extra={"examples": [HELLO_RESPONSE]})

    status: Annotated[
        Status, Field(description="\n".join(f"- {status}: {meaning}" for status, meaning in STATUS_MEANINGS.items()))
    ]
    stdout: str
    stderr: str
    exit_code: Annotated[int | None, Field(description="128 + n after signal n; null when nothing ran")]
    time_used: Annotated[float | None, Field(description="CPU time of all its processes, ms")]
    memory_used: Annotated[int | None, Field(description="peak RSS of its largest process, KB (1024 bytes)")]
    time_used_ms: Annotated[float | None, Field(description="the same as time_used")]
    memory_used_kb: Annotated[int | None, Field(description="the same as memory_used")]
    wall_time_ms: Annotated[float | None, Field(description="from its start to its end, ms")]
    reason: Annotated[Reason | None, Field(description="why it did not simply exit; null when it did")]
    message: Annotated[str | None, Field(description="the reason as a sentence")]
    stdout_truncated: bool
    stderr_truncated: bool
    compile_output: Annotated[
        str | None, Field(description="the compiler's messages; only for languages that are compiled")
    ] = None
    output: Annotated[
        str | None,
        Field(description="both outputs in the order in which they came; only where it is asked for"),
    ] = None
    artifacts: Annotated[
        list[ArtifactModel] | None, Field(description="files that the program wrote; only where they are asked for")
    ] = None
    artifacts_skipped: Annotated[
        list[SkippedModel] | None, Field(description="files that are not returned; only where they are asked for")
    ] = None

    def to_json(self) -> str:
        """Return the contract's JSON: fields that may be absent are there only if a compiler ran, or by request."""
        absent = {name for name in _MAY_BE_ABSENT if getattr(self, name) is None}
        return self.model_dump_json(exclude=absent or None)

    @classmethod
    def from_execution(cls, execution: Execution) -> Self:
        """Return the wire form of an execution."""
        return cls(**_fields(execution))


def execution_json(execution: Execution) -> bytes:
    """Return the contract's JSON of an execution, as `ExecuteResponse.to_json`, without making and checking a model."""
    return to_json(_fields(execution))


def _fields(execution: Execution) -> dict[str, Any]:
    usage, raw, files = execution.usage, execution.raw_output, execution.artifacts
    stdout, stderr = (execution.result.stdout, execution.result.stderr) if execution.result else (b"", b"")
    cpu_ms = wall_ms = peak_kb = None
    if usage is not None:
        wall_ms = round(usage.wall_time_ns / 1e6, 3)
        cpu_ms = None if usage.cpu_time_ns is None else round(usage.cpu_time_ns / 1e6, 3)
        peak_kb = None if usage.peak_rss_bytes is None else usage.peak_rss_bytes // 1024
    fields: dict[str, Any] = {
        "status": execution.status,
        "stdout": _base64(stdout) if raw else execution.stdout,
        "stderr": _base64(stderr) if raw else execution.stderr,
        "exit_code": execution.exit_code,
        "time_used": cpu_ms,
        "memory_used": peak_kb,
        "time_used_ms": cpu_ms,
        "memory_used_kb": peak_kb,
        "wall_time_ms": wall_ms,
        "reason": execution.reason,
        "message": execution.message,
        "stdout_truncated": execution.stdout_truncated,
        "stderr_truncated": execution.stderr_truncated,
    }
    if execution.compile_output is not None:
        fields["compile_output"] = execution.compile_output
    if execution.output is not None:
        interleaved = execution.result.interleaved if execution.result else b""
        fields["output"] = _base64(interleaved) if raw else execution.output
    if files is not None:
        fields["artifacts"] = [_artifact(file) for file in files]
        fields["artifacts_skipped"] = [{"name": each.name, "message": each.why} for each in execution.skipped]
    return fields


def _artifact(file: SourceFile) -> dict[str, str]:
    return {"name": file.name, "content": _base64(file.content), "encoding": "base64"}


def _base64(content: bytes | None) -> str:
    return base64.b64encode(content or b"").decode()
