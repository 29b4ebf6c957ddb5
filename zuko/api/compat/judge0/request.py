"""Judge0's submission as one of ours. Pure."""

import base64
from typing import Any, Final

from zuko.api.compat.judge0.asked import Asked, InvalidError, split
from zuko.api.compat.limits import memory_for, processes_for
from zuko.settings import Settings

FACADE: Final = "judge0"  # key of the metadata
_MANAGED_STACK_KB: Final = 8192  # a runtime does not start with less
_STACK_KB: Final = 64
_MEMORY_KB: Final = 128_000  # Judge0's default, which clients also send


def to_request(asked: Asked, settings: Settings) -> dict[str, Any]:
    """Return the request that the store keeps and a worker runs.

    Raises:
        InvalidError: options or arguments cannot be divided into words, or the source is not text.
    """
    errors: dict[str, list[str]] = {}
    words: dict[str, list[str]] = {}
    for name, text in (("compiler_options", asked.compiler_options), ("command_line_arguments", asked.arguments)):
        try:
            words[name] = split(text)
        except ValueError:
            errors[name] = ["has a quote that is not closed"]
    try:
        code = asked.source_code.decode()
    except UnicodeDecodeError:
        errors["source_code"] = ["is not valid UTF-8"]
    if errors:
        raise InvalidError(errors)
    request: dict[str, Any] = {
        "language": asked.row.name,
        "code": code,
        "output_encoding": "base64",
        "metadata": {FACADE: _kept(asked)},
        **_input(asked.stdin),
        **_limits(asked, settings),
    }
    if asked.keeps_files:
        request["artifacts"] = ["**"]
    if asked.flags["redirect_stderr_to_stdout"]:
        request["stderr_to_stdout"] = True
    if words["compiler_options"]:
        request["compile_options"] = words["compiler_options"]
    if words["command_line_arguments"]:
        request["args"] = words["command_line_arguments"]
    if asked.files:
        request["files"] = [
            {"name": file.name, "content": base64.b64encode(file.content).decode(), "encoding": "base64"}
            for file in asked.files
        ]
    return request


def _input(stdin: bytes | None) -> dict[str, str]:
    if not stdin:
        return {}
    try:
        return {"input_data": stdin.decode()}
    except UnicodeDecodeError:
        return {"input_data": base64.b64encode(stdin).decode(), "input_encoding": "base64"}


def _limits(asked: Asked, settings: Settings) -> dict[str, int]:
    numbers, row = asked.numbers, asked.row
    most_ms = settings.timeout_max_s * 1000
    cpu_ms = round((numbers["cpu_time_limit"] + numbers["cpu_extra_time"]) * 1000)
    found = {
        "time_limit_ms": min(max(cpu_ms, 1), most_ms),
        "wall_time_limit_ms": min(round(numbers["wall_time_limit"] * 1000), most_ms),
    }
    if numbers["memory_limit"] != _MEMORY_KB:  # the language's own limit then: a sandbox with that one is ready
        found["memory_limit_kb"] = memory_for(settings, row, int(numbers["memory_limit"]) * 1024) // 1024
    is_native = row.executes_artifact
    if "stack_limit" in asked.named:
        stack_kb = max(int(numbers["stack_limit"]), _STACK_KB if is_native else _MANAGED_STACK_KB)
        found["stack_limit_kb"] = min(stack_kb, settings.memory_limit_max_mib * 1024)
    if "max_processes_and_or_threads" in asked.named:
        found["process_limit"] = processes_for(settings, row, int(numbers["max_processes_and_or_threads"]))
    if "max_file_size" in asked.named:
        found["file_size_limit_kb"] = min(max(int(numbers["max_file_size"]), 1), settings.workspace_mib * 1024)
    return found


def _kept(asked: Asked) -> dict[str, Any]:
    """Return what our request does not have, to be read by the client again."""
    expected = asked.expected_output
    kept: dict[str, Any] = {"language_id": asked.language.id, **asked.numbers, **asked.flags}
    kept["stdin"] = asked.stdin is not None
    if expected is not None:
        kept["expected_output"] = base64.b64encode(expected).decode()
    for name, value in (
        ("compiler_options", asked.compiler_options),
        ("command_line_arguments", asked.arguments),
        ("additional_files", asked.additional_files),
        ("callback_url", asked.callback_url),
    ):
        if value is not None:
            kept[name] = value
    return kept
