"""`zuko run`: run one program with our standard input and output."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from zuko.cli.artifacts import save
from zuko.cli.execution_output import NOT_COMPILED, TIMEOUT, exit_code, show_execution
from zuko.cli.failures import SOFTWARE, USAGE
from zuko.cli.session import executing, read_settings
from zuko.cli.sources import FILE_MAX_BYTES, choose_language, read_extra, read_file
from zuko.errors import SubmissionError
from zuko.execution.admission import admit, wall_time_for
from zuko.execution.early import EarlyStart
from zuko.execution.options import admit_compiler, admit_options
from zuko.execution.submission import Submission
from zuko.languages.table import Language
from zuko.settings import Settings
from zuko.types import Execution, SourceFile

# The options, and the settings that bound them, by the fields of the API.
_OPTIONS: Final = {
    "language": "--language",
    "files": "--file",
    "wall_time_limit_ms": "--wall-time-limit",
    "time_limit_ms": "--time-limit",
    "memory_limit_kb": "--memory-limit",
    "args": "ARGS",
    "artifacts": "--artifact",
    "stack_limit_kb": "--stack-limit",
    "file_size_limit_kb": "--file-size-limit",
    "process_limit": "--process-limit",
    "compile_options": "--compile-option",
    "compile_time_limit_ms": "--compile-time-limit",
    "compile_memory_limit_kb": "--compile-memory-limit",
}
_SETTINGS: Final = {
    "code": "ZUKO_CODE_LIMIT_BYTES",
    "files": "ZUKO_CODE_LIMIT_BYTES",
    "input_data": "ZUKO_INPUT_LIMIT_BYTES",
    "wall_time_limit_ms": "ZUKO_TIMEOUT_MAX_S",
    "time_limit_ms": "ZUKO_TIMEOUT_MAX_S",
    "memory_limit_kb": "ZUKO_MEMORY_LIMIT_MAX_MIB",
    "stack_limit_kb": "ZUKO_MEMORY_LIMIT_MAX_MIB",
    "file_size_limit_kb": "ZUKO_WORKSPACE_MIB",
    "process_limit": "ZUKO_PIDS_LIMIT",
    "compile_time_limit_ms": "ZUKO_TIMEOUT_MAX_S",
    "compile_memory_limit_kb": "ZUKO_MEMORY_LIMIT_MAX_MIB",
}
_LIMITS: Final = ("wall_time_limit_ms", "time_limit_ms", "memory_limit_kb")
_PATH: Final = click.Path(path_type=Path)
_POSITIVE: Final = click.IntRange(min=1)
_EPILOG: Final = f"""\
Exit code: the program's own, 128 + n after signal n; {TIMEOUT}: stopped at a time limit; {NOT_COMPILED}: the compiler
rejected it; {USAGE}: an option or a file is wrong; {SOFTWARE}: the sandbox failed; 75: nothing was run, the Docker host
or an image is missing.
"""


@click.command("run", epilog=_EPILOG)
@click.argument("file", type=_PATH)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- ARGS...]")
@click.option("-l", "--language", metavar="NAME", help="Language of FILE; default: by its extension.")
@click.option("-i", "--input", "input_path", type=_PATH, metavar="PATH", help="Standard input of the program.")
@click.option(
    "-f",
    "--file",
    "extra",
    type=_PATH,
    multiple=True,
    metavar="PATH",
    help="Another file for the program, or a directory of files; repeatable.",
)
@click.option(
    "--time-limit", "time_limit_ms", type=_POSITIVE, metavar="MS", help="CPU time limit, of all processes together."
)
@click.option(
    "--wall-time-limit",
    "wall_time_limit_ms",
    type=_POSITIVE,
    metavar="MS",
    help="Default: ZUKO_TIMEOUT_DEFAULT_S, but at least twice the CPU time limit and a second.",
)
@click.option(
    "--memory-limit",
    "memory_limit_kb",
    type=_POSITIVE,
    metavar="KB",
    help="Memory, KB of 1024 bytes; default: the language's.",
)
@click.option("--stack-limit", "stack_limit_kb", type=_POSITIVE, metavar="KB", help="Stack of the main thread.")
@click.option(
    "--file-size-limit", "file_size_limit_kb", type=_POSITIVE, metavar="KB", help="Each file that the program writes."
)
@click.option("--process-limit", type=_POSITIVE, metavar="N", help="Processes and threads of the program together.")
@click.option(
    "--compile-option", "compile_options", multiple=True, metavar="WORD", help="--compile-option=-O3; repeatable."
)
@click.option(
    "--compile-time-limit",
    "compile_time_limit_ms",
    type=_POSITIVE,
    metavar="MS",
    help="CPU time limit of the compiler.",
)
@click.option(
    "--compile-memory-limit",
    "compile_memory_limit_kb",
    type=_POSITIVE,
    metavar="KB",
    help="Memory limit of the compiler.",
)
@click.option(
    "--merge",
    "stderr_to_stdout",
    is_flag=True,
    help="Standard error goes into standard output, in the order of writing.",
)
@click.option(
    "-a",
    "--artifact",
    "artifacts",
    multiple=True,
    metavar="PATTERN",
    help="Fetch files that the program writes: *.png, out/**; repeatable.",
)
@click.option(
    "--artifact-dir", type=_PATH, metavar="DIR", default=Path("artifacts"), help="Where to, default: ./artifacts."
)
@click.option("--remote", "url", metavar="URL", help="Run it in this service, instead of on a Docker host of ours.")
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="Header to send there; repeatable.")
@click.option("-q", "--quiet", is_flag=True, help="Do not print figures and the compiler's warnings on standard error.")
@click.option("--json", "as_json", is_flag=True, help="Print the HTTP API's response instead of the output.")
def command(
    file: Path,
    arguments: tuple[str, ...],
    language: str | None,
    input_path: Path | None,
    extra: tuple[Path, ...],
    *,
    artifact_dir: Path,
    url: str | None,
    headers: tuple[str, ...],
    quiet: bool,
    as_json: bool,
    **fields: Any,
) -> int:
    """Run the program in FILE in a sandbox, with the arguments behind `--`.

    The program reads the command's standard input, unless that is a terminal. Its output is printed after it has ended,
    byte for byte, followed by a line on standard error with the result, the times and the memory.
    """
    asked = {"args": arguments, **fields}  # by the names of the API
    names = {"code": str(file), "input_data": str(input_path or "standard input"), **_OPTIONS}
    if url is not None:
        from zuko.cli.remote_run import run_remotely  # noqa: PLC0415 - it loads what no program here waits for

        program = (language or choose_language(file, None).name, read_file(file))
        options = {"files": read_extra(extra), "input_data": _read_input(input_path, FILE_MAX_BYTES), **asked}
        execution, outputs = run_remotely(url, headers, program, options, names, as_json=as_json)
        if not as_json:
            show_execution(execution, *outputs, quiet=quiet)
    else:
        settings = read_settings()
        chosen = choose_language(file, language)
        files = (SourceFile(chosen.source_name, read_file(file)), *read_extra(extra))
        input_data = _read_input(input_path, settings.input_limit_bytes)
        try:
            submission = _admit(settings, chosen, files, input_data, asked)
        except SubmissionError as error:
            raise _at_the_prompt(error, names) from error
        with EarlyStart(settings, chosen) as early, executing(settings, early=early) as (executor, _):
            execution = executor.execute(submission)
            _show(execution, quiet=quiet, as_json=as_json)
    if execution.artifacts is not None and not as_json:
        save(execution.artifacts, execution.skipped, artifact_dir, quiet=quiet)
    return exit_code(execution)


def _admit(
    settings: Settings, language: Language, files: tuple[SourceFile, ...], input_data: bytes, asked: Mapping[str, Any]
) -> Submission:
    """Admit a program with what was asked for, by the names of the API.

    Raises:
        SubmissionError: naming the field and its limit.
    """
    wall_time_ms, cpu_time_ms, memory_kb = (asked[name] for name in _LIMITS)
    if cpu_time_ms is not None and wall_time_ms is None:
        wall_time_ms = max(settings.timeout_default_s * 1000, wall_time_for(settings, cpu_time_ms))
    return admit(
        settings,
        admit_compiler(
            settings,
            language,
            options=asked["compile_options"],
            cpu_time_ms=asked["compile_time_limit_ms"],
            memory_kb=asked["compile_memory_limit_kb"],
        ),
        files,
        input_data,
        wall_time_ms=wall_time_ms,
        cpu_time_ms=cpu_time_ms,
        memory_bytes=None if memory_kb is None else memory_kb * 1024,
        options=admit_options(
            settings,
            arguments=asked["args"],
            stack_kb=asked["stack_limit_kb"],
            file_kb=asked["file_size_limit_kb"],
            processes=asked["process_limit"],
            stderr_to_stdout=asked["stderr_to_stdout"],
            artifacts=asked["artifacts"] or None,
        ),
    )


def _show(execution: Execution, *, quiet: bool, as_json: bool) -> None:
    if as_json:
        from zuko.wire.execute import ExecuteResponse  # noqa: PLC0415 - only this option needs pydantic's models

        click.echo(ExecuteResponse.from_execution(execution).to_json())
        return
    ran = execution.result
    show_execution(execution, ran.stdout if ran else b"", ran.stderr if ran else b"", quiet=quiet)


def _read_input(path: Path | None, limit_bytes: int) -> bytes:
    """Return the whole input, or one byte more than the limit, which admission refuses."""
    if path is not None:
        return read_file(path)
    if sys.stdin is None or sys.stdin.isatty():
        return b""
    return sys.stdin.buffer.read(limit_bytes + 1)


def _at_the_prompt(error: SubmissionError, names: Mapping[str, str]) -> SubmissionError:
    """Return the error in terms of the command's options, and with the setting that changes the limit."""
    name = names.get(error.field, error.field)
    setting = _SETTINGS.get(error.field)
    message = str(error).replace(error.field, name, 1).replace("`code`", names["code"])
    bounded = setting and any(words in message for words in (" larger than ", " must be from "))
    return SubmissionError(error.field, f"{message}; the setting {setting} bounds it" if bounded else message)
