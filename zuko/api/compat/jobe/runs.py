"""A run as a client of Jobe asks for it, and its answer. Pure."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.exceptions import HTTPException

from zuko.api.compat.jobe.files import FILE_ID
from zuko.api.compat.jobe.languages import Task, task_of
from zuko.api.compat.limits import memory_for, processes_for
from zuko.errors import SubmissionError
from zuko.execution.admission import admit
from zuko.execution.options import admit_arguments, admit_compiler, admit_options
from zuko.execution.submission import Submission
from zuko.languages.entry import named
from zuko.languages.table import Language
from zuko.settings import MIB, Settings
from zuko.types import ARGUMENTS_BYTES_MAX, Execution, Reason, SourceFile, Status

COMPILE_ERROR: Final = 11
RUNTIME_ERROR: Final = 12
TIME_LIMIT: Final = 13
SUCCESS: Final = 15
MEMORY_LIMIT: Final = 17
FORBIDDEN_CALL: Final = 19
INTERNAL_ERROR: Final = 20
OVERLOAD: Final = 21

MISSING: Final = "One or more of the specified files is missing/unavailable"
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.% -]{0,254}")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
_OUTPUT_MB: Final = 2.0
_OUTPUT_MB_BOUNDS: Final = (0.001, 4.0)
_WORDS_MAX: Final = 64
_SYNTAX: Final = re.compile(rb"(?:SyntaxError|IndentationError|TabError): ")
_DROPPED: Final = frozenset(("-x", "c", "c++"))  # "-x c": the language is known


@dataclass(frozen=True, slots=True)
class Asked:
    """A run that was checked, except for what admission checks."""

    task: Task
    sourcecode: str
    input: str
    file_list: tuple[tuple[str, str], ...]  # ids and names
    parameters: Mapping[str, Any]

    def number(self, name: str, default: float) -> float:
        """Return a parameter; what is not a number stands for the default."""
        value = self.parameters.get(name)
        try:
            number = default if value is None or isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            return default
        return number if 0 <= number < 1e9 else default

    def words(self, name: str) -> list[str] | None:
        """Return the words of a parameter, as a shell divides them; None: absent.

        Raises:
            HTTPException: 400: it is not a list of texts.
        """
        value = self.parameters.get(name)
        if value is None:
            return None
        given = [str(each) for each in value] if isinstance(value, list) else [str(value)]
        if sum(len(text) + 1 for text in given) > ARGUMENTS_BYTES_MAX:  # a shell's words are divided one by one
            raise HTTPException(400, f"{name} are larger than {ARGUMENTS_BYTES_MAX} bytes together")
        try:
            words = [word for text in given for word in shlex.split(text)]
        except ValueError as error:
            raise HTTPException(400, f"{name}: a quote is not closed") from error
        if len(words) > _WORDS_MAX:
            raise HTTPException(400, f"{name} has more than {_WORDS_MAX} words")
        return words


def read(sent: object, settings: Settings) -> Asked:
    """Return what a request asks for.

    Raises:
        HTTPException: 400, with Jobe's own message.
    """
    run = sent.get("run_spec") if isinstance(sent, dict) else None
    if not isinstance(run, dict):
        raise HTTPException(400, "No run_spec attribute found in post data")
    for name in ("sourcecode", "language_id"):
        if not isinstance(run.get(name), str):
            raise HTTPException(400, f"run_spec is missing the required attribute '{name}'")
    task = task_of(run["language_id"])
    if task is None:
        raise HTTPException(400, f"Language '{run['language_id'][:40]}' is not known")
    source_name = run.get("sourcefilename")
    if source_name and not (isinstance(source_name, str) and _NAME.fullmatch(source_name)):
        raise HTTPException(400, "The sourcefilename for the run_spec is illegal")
    parameters, files = run.get("parameters"), run.get("file_list") or []
    if not isinstance(files, list):
        raise HTTPException(400, "Invalid file specifier: file_list must be an array")
    asked = Asked(
        task,
        run["sourcecode"],
        str(run.get("input") or ""),
        tuple(map(_file, files)),
        parameters if isinstance(parameters, dict) else {},
    )
    if asked.number("cputime", 0) > settings.jobe_timeout_max_s:
        most = f"({settings.jobe_timeout_max_s} secs)"
        raise HTTPException(400, f"cputime exceeds maximum allowed on this Jobe server {most}")
    return asked


def _file(sent: object) -> tuple[str, str]:
    match sent:
        case [str(file_id), str(name), *rest] if len(rest) <= 1 and FILE_ID.fullmatch(file_id):
            if _FILE_NAME.fullmatch(name):
                return file_id, name
    raise HTTPException(400, f"Invalid file specifier: {str(sent)[:100]}")


def limits_of(settings: Settings) -> Settings:
    """Return the settings with the bounds of Jobe's runs."""
    return settings.model_copy(
        update={
            "timeout_max_s": 2 * settings.jobe_timeout_max_s,
            "code_limit_bytes": settings.jobe_files_limit_bytes,
            "output_limit_bytes": _output_bytes(_OUTPUT_MB),
        }
    )


def _output_bytes(asked_mb: float) -> int:
    least, most = _OUTPUT_MB_BOUNDS
    return round(min(max(asked_mb, least), most) * 1e6)


def to_submission(asked: Asked, files: Sequence[SourceFile], limits: Settings) -> Submission:
    """Return the submission that a run is.

    Args:
        asked: the run.
        files: those that it names.
        limits: from `limits_of`.

    Raises:
        HTTPException: 400: a parameter is wrong.
        SubmissionError: a field is out of bounds.
    """
    cpu_s = asked.number("cputime", 5.0) or limits.jobe_timeout_max_s
    if (output_mb := asked.number("streamsize", _OUTPUT_MB)) != _OUTPUT_MB:
        limits = limits.model_copy(update={"output_limit_bytes": _output_bytes(output_mb)})
    language = asked.task.language
    arguments = asked.words("runargs") or []
    before = list(admit_arguments(asked.words("interpreterargs") or (), "interpreterargs"))
    if language.executes_artifact:
        before, arguments = [], before + arguments
    names = {file.name for file in files}
    if before or language.source_name in names:
        language = _started(language, before, names)
    if language.compiler is not None:
        language = admit_compiler(limits, language, options=_compile_options(asked))
    processes = round(asked.number("numprocs", 0))
    memory_mib = round(asked.number("memorylimit", asked.task.memory_mb)) or limits.memory_limit_max_mib
    disk_mb = asked.number("disklimit", 0)
    memory_bytes = memory_for(limits, language, memory_mib * MIB)
    try:
        sources = (SourceFile(language.source_name, asked.sourcecode.encode()), *files)
        input_data = asked.input.encode()
    except UnicodeEncodeError as error:
        raise HTTPException(400, "the program or its input is not valid Unicode") from error
    return admit(
        limits,
        language,
        sources,
        input_data,
        cpu_time_ms=max(round(cpu_s * 1000), 1),
        wall_time_ms=max(round(2 * cpu_s * 1000), 1),
        memory_bytes=memory_bytes,
        options=admit_options(
            limits,
            arguments=arguments,
            # With Jobe, endless recursion meets a limit of address space, and is a signal: not out of memory.
            stack_kb=memory_bytes // 2 // 1024 if language.executes_artifact else None,
            processes=processes_for(limits, language, processes) if processes else None,
            file_kb=min(max(round(disk_mb * 1000), 1), limits.workspace_mib * 1024) if disk_mb else None,
        ),
    )


def _started(language: Language, options: Sequence[str], names: set[str]) -> Language:
    """Return a row with options for its interpreter, and with another name for the program where a file has its own."""
    source_name = language.source_name
    while source_name in names:
        source_name = f"_{source_name}"
    language = named(language, source_name)
    first, *rest = language.run_argv
    return replace(language, run_argv=(first, *options, *rest))


def _compile_options(asked: Asked) -> list[str]:
    options = asked.words("compileargs")
    options = list(asked.task.compile_options) if options is None else options
    return [
        word for word in (*asked.task.base_options, *options, *(asked.words("linkargs") or ())) if word not in _DROPPED
    ]


def rejected(error: SubmissionError) -> dict[str, Any]:
    """Return the answer to a program whose compiler would be given an option that is not allowed."""
    return _answer(COMPILE_ERROR, cmpinfo=str(error))


def to_answer(execution: Execution) -> dict[str, Any]:
    """Return the answer to a program that was run.

    As with Jobe, a compiler that says anything has rejected the program, and a program that writes to standard error
    has failed; its exit code does not count.
    """
    if execution.status is Status.ERROR:
        return _answer(INTERNAL_ERROR, stderr=execution.message or "")
    if execution.status is Status.COMPILE_ERROR or execution.compile_output:
        return _answer(COMPILE_ERROR, cmpinfo=execution.compile_output or execution.message or "compile error")
    stdout, stderr = (execution.result.stdout, execution.result.stderr) if execution.result else (b"", b"")
    if _is_syntax_error(execution, stdout, stderr):
        return _answer(COMPILE_ERROR, cmpinfo=_text(stderr))
    match execution.reason:
        case Reason.CPU_TIME_LIMIT | Reason.WALL_TIME_LIMIT | Reason.OUTPUT_LIMIT:
            return _answer(TIME_LIMIT, stdout=_text(stdout))
        case Reason.MEMORY_LIMIT:
            outcome = MEMORY_LIMIT
        case Reason.FORBIDDEN_SYSCALL:
            outcome = FORBIDDEN_CALL
        case Reason.SIGNAL:
            outcome = RUNTIME_ERROR
        case _:
            return _answer(RUNTIME_ERROR if stderr else SUCCESS, stdout=_text(stdout), stderr=_text(stderr))
    return _answer(outcome, stdout=_text(stdout), stderr=_text(stderr) or f"{execution.message}\n")


def overloaded() -> dict[str, Any]:
    """Return the answer to a program that found no sandbox in time."""
    return _answer(OVERLOAD)


def _is_syntax_error(execution: Execution, stdout: bytes, stderr: bytes) -> bool:
    """Return whether Python could not read the program: Jobe compiles it before. A run of it has a traceback."""
    if stdout or execution.exit_code != 1 or not stderr.startswith(b"  File "):
        return False
    return _SYNTAX.match(stderr.rstrip().rpartition(b"\n")[2]) is not None


def _answer(outcome: int, *, cmpinfo: str = "", stdout: str = "", stderr: str = "") -> dict[str, Any]:
    return {"run_id": None, "outcome": outcome, "cmpinfo": cmpinfo, "stdout": stdout, "stderr": stderr}


def _text(output: bytes) -> str:
    """Return an output as text; of one that is not UTF-8, each other byte as its number, as Jobe shows it."""
    try:
        return output.decode()
    except UnicodeDecodeError:
        return "".join(chr(byte) if 32 <= byte <= 126 or byte in b"\n\r\t" else f"\\x{byte:02x}" for byte in output)
