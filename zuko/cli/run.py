"""`zuko run`: run one program with our standard input and output."""

import sys
from pathlib import Path
from typing import Final

import click

from zuko.cli.artifacts import save
from zuko.cli.failures import SOFTWARE, USAGE
from zuko.cli.figures import has_colours, mebibytes, seconds
from zuko.cli.printable import printable_lines
from zuko.cli.session import executing, read_settings
from zuko.cli.sources import choose_language, read_extra, read_file
from zuko.errors import SubmissionError
from zuko.execution.admission import admit, admit_compiler, admit_options, wall_time_for
from zuko.execution.early import EarlyStart
from zuko.types import Execution, SourceFile, Status

TIMEOUT: Final = 124  # like timeout(1)
NOT_COMPILED: Final = 65  # EX_DATAERR of sysexits.h

_COLOURS: Final = {Status.OK: "green", Status.ERROR: "magenta"}
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
@click.option("--time-limit", type=_POSITIVE, metavar="MS", help="CPU time limit, of all processes together.")
@click.option(
    "--wall-time-limit",
    type=_POSITIVE,
    metavar="MS",
    help="Default: ZUKO_TIMEOUT_DEFAULT_S, but at least twice the CPU time limit and a second.",
)
@click.option("--memory-limit", type=_POSITIVE, metavar="KB", help="Memory, KB of 1024 bytes; default: the language's.")
@click.option("--stack-limit", type=_POSITIVE, metavar="KB", help="Stack of the main thread.")
@click.option("--file-size-limit", type=_POSITIVE, metavar="KB", help="Each file that the program writes.")
@click.option("--process-limit", type=_POSITIVE, metavar="N", help="Processes and threads of the program together.")
@click.option(
    "--compile-option", "compile_options", multiple=True, metavar="WORD", help="--compile-option=-O3; repeatable."
)
@click.option("--compile-time-limit", type=_POSITIVE, metavar="MS", help="CPU time limit of the compiler.")
@click.option("--compile-memory-limit", type=_POSITIVE, metavar="KB", help="Memory limit of the compiler.")
@click.option("--merge", is_flag=True, help="Standard error goes into standard output, in the order of writing.")
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
@click.option("-q", "--quiet", is_flag=True, help="Do not print figures and the compiler's warnings on standard error.")
@click.option("--json", "as_json", is_flag=True, help="Print the HTTP API's response instead of the output.")
def command(
    file: Path,
    arguments: tuple[str, ...],
    language: str | None,
    input_path: Path | None,
    extra: tuple[Path, ...],
    *,
    time_limit: int | None,
    wall_time_limit: int | None,
    memory_limit: int | None,
    stack_limit: int | None,
    file_size_limit: int | None,
    process_limit: int | None,
    compile_options: tuple[str, ...],
    compile_time_limit: int | None,
    compile_memory_limit: int | None,
    merge: bool,
    artifacts: tuple[str, ...],
    artifact_dir: Path,
    quiet: bool,
    as_json: bool,
) -> int:
    """Run the program in FILE in a sandbox, with the arguments behind `--`.

    The program reads the command's standard input, unless that is a terminal. Its output is printed after it has ended,
    byte for byte, followed by a line on standard error with the result, the times and the memory.
    """
    settings = read_settings()
    chosen = choose_language(file, language)
    files = (SourceFile(chosen.source_name, read_file(file)), *read_extra(extra))
    input_data = _read_input(input_path, settings.input_limit_bytes)
    if time_limit is not None and wall_time_limit is None:
        wall_time_limit = max(settings.timeout_default_s * 1000, wall_time_for(settings, time_limit))
    try:
        asked = admit_compiler(
            settings,
            chosen,
            options=compile_options,
            cpu_time_ms=compile_time_limit,
            memory_kb=compile_memory_limit,
        )
        submission = admit(
            settings,
            asked,
            files,
            input_data,
            wall_time_ms=wall_time_limit,
            cpu_time_ms=time_limit,
            memory_bytes=None if memory_limit is None else memory_limit * 1024,
            options=admit_options(
                settings,
                arguments=arguments,
                stack_kb=stack_limit,
                file_kb=file_size_limit,
                processes=process_limit,
                stderr_to_stdout=merge,
                artifacts=artifacts or None,
            ),
        )
    except SubmissionError as error:
        raise _at_the_prompt(error, file, input_path) from error
    with EarlyStart(settings, chosen) as early, executing(settings, early=early) as (executor, _):
        execution = executor.execute(submission)
        _show(execution, quiet=quiet, as_json=as_json)
    if execution.artifacts is not None and not as_json:
        save(execution.artifacts, execution.skipped, artifact_dir, quiet=quiet)
    return _exit_code(execution)


def _read_input(path: Path | None, limit_bytes: int) -> bytes:
    """Return the whole input, or one byte more than the limit, which admission refuses."""
    if path is not None:
        return read_file(path)
    if sys.stdin is None or sys.stdin.isatty():
        return b""
    return sys.stdin.buffer.read(limit_bytes + 1)


def _at_the_prompt(error: SubmissionError, file: Path, input_path: Path | None) -> SubmissionError:
    """Return the error in terms of the command's options, and with the setting that changes the limit."""
    name, setting = {
        "code": (str(file), "ZUKO_CODE_LIMIT_BYTES"),
        "files": ("--file", "ZUKO_CODE_LIMIT_BYTES"),
        "input_data": (str(input_path or "standard input"), "ZUKO_INPUT_LIMIT_BYTES"),
        "wall_time_limit_ms": ("--wall-time-limit", "ZUKO_TIMEOUT_MAX_S"),
        "time_limit_ms": ("--time-limit", "ZUKO_TIMEOUT_MAX_S"),
        "memory_limit_kb": ("--memory-limit", "ZUKO_MEMORY_LIMIT_MAX_MIB"),
        "args": ("ARGS", ""),
        "artifacts": ("--artifact", ""),
        "stack_limit_kb": ("--stack-limit", "ZUKO_MEMORY_LIMIT_MAX_MIB"),
        "file_size_limit_kb": ("--file-size-limit", "ZUKO_WORKSPACE_MIB"),
        "process_limit": ("--process-limit", "ZUKO_PIDS_LIMIT"),
        "compile_options": ("--compile-option", ""),
        "compile_time_limit_ms": ("--compile-time-limit", "ZUKO_TIMEOUT_MAX_S"),
        "compile_memory_limit_kb": ("--compile-memory-limit", "ZUKO_MEMORY_LIMIT_MAX_MIB"),
    }.get(error.field, (error.field, ""))
    message = str(error).replace(error.field, name, 1).replace("`code`", str(file))
    bounded = setting and any(words in message for words in (" larger than ", " must be from "))
    return SubmissionError(error.field, f"{message}; the setting {setting} bounds it" if bounded else message)


def _show(execution: Execution, *, quiet: bool, as_json: bool) -> None:
    if as_json:
        from zuko.wire.execute import ExecuteResponse  # noqa: PLC0415 - only this option needs pydantic's models

        click.echo(ExecuteResponse.from_execution(execution).to_json())
        return
    if execution.compile_output and (execution.status is Status.COMPILE_ERROR or not quiet):
        sys.stderr.write(printable_lines(execution.compile_output))
    stdout, stderr = (execution.result.stdout, execution.result.stderr) if execution.result else (b"", b"")
    sys.stdout.buffer.write(stdout)
    sys.stdout.flush()
    sys.stderr.flush()
    sys.stderr.buffer.write(stderr)
    if not quiet:
        # Begin a new line even if the program's output does not end with a newline.
        on_a_terminal = sys.stdout.isatty() and not stdout.endswith(b"\n") and stdout
        unended = stderr and not stderr.endswith(b"\n")
        sys.stderr.write(("\n" if unended or (on_a_terminal and not stderr) else "") + _summary(execution))
    sys.stderr.flush()


def _summary(execution: Execution) -> str:
    """Return the result in a line: "OK  0.013 s CPU, 0.014 s wall, 8.5 MiB"."""
    status: str = execution.status
    if has_colours(sys.stderr):
        status = click.style(status, fg=_COLOURS.get(execution.status, "red"), bold=True)
    remarks = [execution.message] if execution.message else []
    if execution.status is Status.RUNTIME_ERROR and not remarks:
        remarks = [f"exit code {execution.exit_code}"]
    if execution.usage is not None:
        usage = execution.usage
        cost = (
            f"{seconds(usage.cpu_time_ns)} CPU, {seconds(usage.wall_time_ns)} wall, {mebibytes(usage.peak_rss_bytes)}"
        )
        remarks.insert(0, cost)
    return f"{status}  {printable_lines('; '.join(remarks))}\n"


def _exit_code(execution: Execution) -> int:
    match execution.status:
        case Status.TIMEOUT:
            return TIMEOUT
        case Status.COMPILE_ERROR:
            return NOT_COMPILED
        case Status.ERROR:
            return SOFTWARE
    return execution.exit_code or 0
