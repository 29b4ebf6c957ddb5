"""`zuko run --remote`: a program that a service runs, shown like one of ours."""

import base64
from collections.abc import Mapping
from typing import Any

import click

from zuko.cli.remote import Remote
from zuko.errors import SubmissionError
from zuko.types import CpuSource, Execution, SkippedFile, SourceFile, Usage
from zuko.wire.execute import ExecuteResponse

type Outputs = tuple[bytes, bytes]


def run_remotely(
    url: str,
    headers: tuple[str, ...],
    program: tuple[str, bytes],
    options: Mapping[str, Any],
    names: Mapping[str, str],
    *,
    as_json: bool,
) -> tuple[Execution, Outputs]:
    """Return the execution of a program in a service, and its outputs.

    Args:
        url: of the service.
        headers: NAME:VALUE.
        program: the language, and the main file.
        options: fields of the request; those without a value are not sent.
        names: of the command's options, by these fields.
        as_json: print the service's response.

    Raises:
        ZukoError: the service refuses it, cannot run it now, or failed.
    """
    language, code = program
    sent = {name: value for name, value in options.items() if value}
    if files := sent.get("files"):
        sent["files"] = {file.name: file.content for file in files}
    if not as_json:
        sent["output_encoding"] = "base64"
    with Remote(url, headers, "--remote").connected(options=names) as client:
        response = client.run(language, _text(code, names["code"]), **sent)
    if as_json:
        click.echo(response.to_json())
        return execution_of(response), (b"", b"")
    return execution_of(response), (base64.b64decode(response.stdout), base64.b64decode(response.stderr))


def execution_of(response: ExecuteResponse) -> Execution:
    """Return the execution that a response is about, without its outputs."""
    usage = None
    if response.wall_time_ms is not None:
        cpu_ms, peak_kb = response.time_used_ms, response.memory_used_kb
        usage = Usage(
            round(response.wall_time_ms * 1e6),
            None if cpu_ms is None else round(cpu_ms * 1e6),
            None if peak_kb is None else peak_kb * 1024,
            CpuSource.RUSAGE,  # the response does not say: nothing here depends on it
        )
    files = response.artifacts
    return Execution(
        response.status,
        response.reason,
        response.message,
        exit_code=response.exit_code,
        usage=usage,
        compile_output=response.compile_output,
        artifacts=None
        if files is None
        else tuple(SourceFile(file.name, base64.b64decode(file.content)) for file in files),
        skipped=tuple(SkippedFile(each.name, each.message) for each in response.artifacts_skipped or ()),
    )


def _text(code: bytes, name: str) -> str:
    try:
        return code.decode()
    except UnicodeDecodeError as error:
        raise SubmissionError("code", f"{name}: is not UTF-8: {error.reason}") from error
