"""Admission: the one place that decides which sizes, names and limits a program may have.

Every way in (a route, a command, a queue) hands what it was sent to this module and gets a `Submission`, or an error
that names the field and its limit. What most programs do not ask for is in options.py, text as bytes in encoding.py.
"""

from typing import TYPE_CHECKING, Final, cast

from zuko.errors import SubmissionError, UnknownLanguageError
from zuko.execution.encoding import BASE64, decode, encode
from zuko.execution.options import admit_compiler, admit_options
from zuko.execution.submission import NO_OPTIONS, RunOptions, Submission
from zuko.languages.table import Language, find_language, unknown_language
from zuko.sandbox.files import clash, name_error
from zuko.settings import AdmissionSettings
from zuko.types import (
    FILES_MAX,
    Limits,
    SourceFile,
)

if TYPE_CHECKING:  # a command that runs a program has bytes, and does without the contract's models
    from zuko.wire.execute import ExecuteRequest
    from zuko.wire.judge import JudgeRequest, ProgramModel

_COMPILER: Final = frozenset(("compile_options", "compile_time_limit_ms", "compile_memory_limit_kb"))
# Fields of the contract that are options of a run.
_OPTIONS: Final = frozenset(
    (
        *("args", "output_encoding", "stderr_to_stdout", "interleave_output", "artifacts"),
        *("stack_limit_kb", "file_size_limit_kb", "process_limit"),
    )
)

type SentProgram = ExecuteRequest | JudgeRequest | ProgramModel


def admit_request(request: "ExecuteRequest", settings: AdmissionSettings) -> Submission:
    """Admit a program that came as the contract's request.

    Raises:
        UnknownLanguageError: no language has that name.
        SubmissionError: naming the field and its limit.
    """
    wall_time_ms = request.wall_time_limit_ms
    if wall_time_ms is not None:  # checked before the language: an unknown one is a response, not a refusal
        if request.timeout is not None:
            raise SubmissionError(
                "wall_time_limit_ms", "wall_time_limit_ms and timeout set the same limit: give only one"
            )
        check_time(settings, "wall_time_limit_ms", wall_time_ms)
    language, files = admit_program(request, settings)
    options = NO_OPTIONS
    if not request.model_fields_set.isdisjoint(_OPTIONS):
        options = admit_options(
            settings,
            arguments=request.args,
            stack_kb=request.stack_limit_kb,
            file_kb=request.file_size_limit_kb,
            processes=request.process_limit,
            stderr_to_stdout=request.stderr_to_stdout,
            interleaves=request.interleave_output,
            raw_output=request.output_encoding == BASE64,
            artifacts=request.artifacts,
        )
    if request.timeout is not None:
        if not 1 <= request.timeout <= settings.timeout_max_s:
            raise SubmissionError("timeout", f"timeout must be from 1 to {settings.timeout_max_s} s")
        wall_time_ms = request.timeout * 1000
    return _submission(
        settings,
        language,
        files,
        decode(request.input_data, request.input_encoding, "input_data"),
        wall_time_ms=wall_time_ms,
        cpu_time_ms=request.time_limit_ms,
        memory_bytes=None if request.memory_limit_kb is None else request.memory_limit_kb * 1024,
        options=options,
    )


def _admit_compiler_of(
    request: "ExecuteRequest | JudgeRequest", settings: AdmissionSettings, language: Language
) -> Language:
    if request.model_fields_set.isdisjoint(_COMPILER):
        return language
    return admit_compiler(
        settings,
        language,
        options=request.compile_options,
        cpu_time_ms=request.compile_time_limit_ms,
        memory_kb=request.compile_memory_limit_kb,
    )


def admit(
    settings: AdmissionSettings,
    language: Language,
    files: tuple[SourceFile, ...],
    input_data: bytes = b"",
    *,
    wall_time_ms: int | None = None,
    cpu_time_ms: int | None = None,
    memory_bytes: int | None = None,
    options: RunOptions = NO_OPTIONS,
) -> Submission:
    """Admit a program that is there as bytes.

    Args:
        settings: the bounds, and what holds where a limit is None.
        language: of the program.
        files: the main one first.
        input_data: standard input.
        wall_time_ms: limit; None: the default.
        cpu_time_ms: limit of all its processes together; None: the settings'.
        memory_bytes: limit; None: the language's default.
        options: see `admit_options`.

    Raises:
        SubmissionError: naming the contract's field and its limit.
    """
    check_files(settings, language, files)
    return _submission(
        settings,
        language,
        files,
        input_data,
        wall_time_ms=wall_time_ms,
        cpu_time_ms=cpu_time_ms,
        memory_bytes=memory_bytes,
        options=options,
    )


def admit_program(
    sent: SentProgram, settings: AdmissionSettings, field: str | None = None
) -> tuple[Language, tuple[SourceFile, ...]]:
    """Return a program's language and its files, the main one first.

    Args:
        sent: the program.
        settings: the bounds.
        field: which has it, where it is not the submission itself.

    Raises:
        UnknownLanguageError: no language has that name.
        SubmissionError: naming the field and its limit.
    """
    language = admit_language(sent.language, field, sent.version)
    if field is None:
        language = _admit_compiler_of(cast("ExecuteRequest | JudgeRequest", sent), settings, language)
    prefix = "" if field is None else f"{field}: "
    main = SourceFile(language.source_name, encode(sent.code, field or "code", f"{prefix}code"))
    others = (
        SourceFile(
            file.name, decode(file.content, file.encoding, field or "files", f"{prefix}files: {file.name[:64]!r}")
        )
        for file in sent.files
    )
    files = (main, *others)
    check_files(settings, language, files, field)
    return language, files


def admit_language(name: str, field: str | None = None, version: str | None = None) -> Language:
    """Return the language that has a name, or has it as an alias.

    Args:
        name: as it was sent.
        field: which has the program, where it is not the submission itself.
        version: that is wanted; None: what the name means.

    Raises:
        UnknownLanguageError: none has.
    """
    name = name if version is None else f"{name}@{version}"
    language = find_language(name)
    if language is None:
        message = unknown_language(name)
        raise UnknownLanguageError(field or "language", message if field is None else f"{field}: {message}")
    return language


def check_files(
    settings: AdmissionSettings, language: Language, files: tuple[SourceFile, ...], field: str | None = None
) -> None:
    """Refuse files of a program that must not reach a sandbox.

    Args:
        settings: the bounds.
        language: of the program.
        files: as they would stand in the workspace, the main one first.
        field: which has the program, where it is not the submission itself.

    Raises:
        SubmissionError: naming the field and its limit.
    """
    main, *others = files
    size_max = settings.code_limit_bytes

    def refusal(name: str, message: str) -> SubmissionError:
        return SubmissionError(field or name, message if field is None else f"{field}: {message}")

    if len(main.content) > size_max:
        raise refusal("code", f"code is larger than {size_max} bytes")
    if len(others) > FILES_MAX:
        raise refusal("files", f"files has more than {FILES_MAX} entries")
    if sum(len(file.content) for file in others) > size_max:
        raise refusal("files", f"files are larger than {size_max} bytes together")
    if error := name_error(main.name):  # an interface may let a request choose it
        raise refusal("files", f"files: {main.name[:64]!r} {error}")
    names = set[str]()
    for file in others:
        if error := name_error(file.name):
            raise refusal("files", f"files: {file.name[:64]!r} {error}")
        if file.name == language.source_name:
            raise refusal("files", f"files: {file.name!r} is reserved for `code`")
        if file.name in names:
            raise refusal("files", f"files: {file.name!r} appears twice")
        names.add(file.name)
    if both := clash((language.source_name, *names)):
        raise refusal("files", f"files: {both!r} is a file, and a directory of another file")


def check_time(settings: AdmissionSettings, field: str, time_ms: int) -> None:
    """Refuse a time limit that is out of bounds.

    Raises:
        SubmissionError: naming the bounds.
    """
    most_ms = settings.timeout_max_s * 1000
    if not 1 <= time_ms <= most_ms:
        raise SubmissionError(field, f"{field} must be from 1 to {most_ms} ms")


def admit_memory(settings: AdmissionSettings, language: Language, memory_bytes: int | None) -> int:
    """Return the memory limit of a run, bytes.

    Args:
        settings: the bounds.
        language: of the program.
        memory_bytes: as it was asked for; None: the language's default.

    Raises:
        SubmissionError: naming the bounds.
    """
    if memory_bytes is None:
        return settings.memory_bytes(language)
    least, most = settings.memory_bounds_bytes
    if not least <= memory_bytes <= most:
        raise SubmissionError("memory_limit_kb", f"memory_limit_kb must be from {least // 1024} to {most // 1024} KB")
    return memory_bytes


def wall_time_for(settings: AdmissionSettings, cpu_time_ms: int) -> int:
    """Return the wall time limit, ms, that a CPU time limit brings along where none is named."""
    return min(2 * cpu_time_ms + 1000, settings.timeout_max_s * 1000)


def _submission(
    settings: AdmissionSettings,
    language: Language,
    files: tuple[SourceFile, ...],
    input_data: bytes,
    *,
    wall_time_ms: int | None,
    cpu_time_ms: int | None,
    memory_bytes: int | None,
    options: RunOptions,
) -> Submission:
    if len(input_data) > settings.input_limit_bytes:
        raise SubmissionError("input_data", f"input_data is larger than {settings.input_limit_bytes} bytes")
    for field, time_ms in (("wall_time_limit_ms", wall_time_ms), ("time_limit_ms", cpu_time_ms)):
        if time_ms is not None:
            check_time(settings, field, time_ms)
    limits = Limits(
        wall_time_ms=wall_time_ms or settings.timeout_default_s * 1000,
        cpu_time_ms=cpu_time_ms or settings.cpu_time_limit_ms,
        stdout_bytes=settings.output_limit_bytes,
        stderr_bytes=settings.output_limit_bytes,
        stack_bytes=options.stack_bytes,
        file_bytes=options.file_bytes,
        processes=options.processes,
    )
    return Submission(language, files, input_data, limits, admit_memory(settings, language, memory_bytes), options)
