"""Admission of what most programs do not ask for: options of their runs, and of their compilers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from zuko.errors import SubmissionError
from zuko.execution.encoding import encode
from zuko.execution.submission import RunOptions
from zuko.languages.table import Language
from zuko.sandbox.files import pattern_error
from zuko.settings import AdmissionSettings
from zuko.types import ARGUMENT_BYTES_MAX, ARGUMENTS_BYTES_MAX, ARGUMENTS_MAX, COMPILE_OPTIONS_MAX, PATTERNS_MAX

_STACK_KB_MIN: Final = 64
_COMPILE_KB_MIN: Final = 64 * 1024
_OPTION_MAX: Final = 100  # characters


def admit_options(
    settings: AdmissionSettings,
    *,
    arguments: Sequence[str] | None = None,
    stack_kb: int | None = None,
    file_kb: int | None = None,
    processes: int | None = None,
    stderr_to_stdout: bool = False,
    interleaves: bool = False,
    raw_output: bool = False,
    artifacts: Sequence[str] | None = None,
) -> RunOptions:
    """Admit requests of a run that most programs do not make; None: not made.

    Raises:
        SubmissionError: naming the contract's field and its limit.
    """
    for name, value, least, most in (
        ("stack_limit_kb", stack_kb, _STACK_KB_MIN, settings.memory_limit_max_mib * 1024),
        ("file_size_limit_kb", file_kb, 1, settings.workspace_mib * 1024),
        ("process_limit", processes, 1, settings.pids_limit),
    ):
        if value is not None and not least <= value <= most:
            raise SubmissionError(name, f"{name} must be from {least} to {most}")
    return RunOptions(
        arguments=admit_arguments(arguments or ()),
        stack_bytes=None if stack_kb is None else stack_kb * 1024,
        file_bytes=None if file_kb is None else file_kb * 1024,
        processes=processes,
        stderr_to_stdout=stderr_to_stdout,
        interleaves=interleaves,
        raw_output=raw_output,
        artifacts=None if artifacts is None else _admit_patterns(artifacts),
        artifacts_files=settings.artifacts_max,
        artifacts_bytes=settings.artifacts_limit_bytes,
    )


def admit_compiler(
    settings: AdmissionSettings,
    language: Language,
    *,
    options: Sequence[str] | None = None,
    cpu_time_ms: int | None = None,
    memory_kb: int | None = None,
) -> Language:
    """Return the row of a language with a compiler as a request asks for it; None: as usual.

    Raises:
        SubmissionError: naming the contract's field, and what it may be.
    """
    compiler = language.compiler
    asked = (
        ("compile_options", options),
        ("compile_time_limit_ms", cpu_time_ms),
        ("compile_memory_limit_kb", memory_kb),
    )
    if compiler is None:
        for field, value in asked:
            if value:
                raise SubmissionError(field, f"{field}: {language.name} is not compiled")
        return language
    if len(options or ()) > COMPILE_OPTIONS_MAX:
        raise SubmissionError("compile_options", f"compile_options has more than {COMPILE_OPTIONS_MAX} entries")
    for option in options or ():
        if len(option) > _OPTION_MAX or not any(each.matches(option) for each in compiler.options):
            allowed = "; ".join(each.shown for each in compiler.options) or "none"
            message = f"compile_options: {option[:64]!r} is not allowed for {language.name}; allowed: {allowed}"
            raise SubmissionError("compile_options", message)
    compiler = replace(compiler, argv=compiler.argv + tuple(options or ()))
    if cpu_time_ms is not None:
        most_ms = max(compiler.cpu_time_ms, settings.timeout_max_s * 1000)
        if not 1 <= cpu_time_ms <= most_ms:
            raise SubmissionError("compile_time_limit_ms", f"compile_time_limit_ms must be from 1 to {most_ms} ms")
        compiler = compiler.with_cpu_time(cpu_time_ms)
    if memory_kb is not None:
        least, most = _COMPILE_KB_MIN, settings.memory_limit_max_mib * 1024
        if not least <= memory_kb <= most:
            raise SubmissionError(
                "compile_memory_limit_kb", f"compile_memory_limit_kb must be from {least} to {most} KB"
            )
        compiler = replace(compiler, memory_bytes=memory_kb * 1024)
    return replace(language, compiler=compiler)


def admit_arguments(arguments: Sequence[str], field: str = "args") -> tuple[str, ...]:
    """Return the arguments of a program.

    Raises:
        SubmissionError: naming the field and its limit.
    """
    if len(arguments) > ARGUMENTS_MAX:
        raise SubmissionError(field, f"{field} has more than {ARGUMENTS_MAX} entries")
    size = 0
    for number, argument in enumerate(arguments, 1):
        each = len(encode(argument, field, f"{field}: {number}"))
        size += each
        if "\0" in argument:
            raise SubmissionError(field, f"{field}: {number}: an argument cannot have a NUL")
        if each > ARGUMENT_BYTES_MAX:
            raise SubmissionError(field, f"{field}: {number}: is larger than {ARGUMENT_BYTES_MAX} bytes")
    if size > ARGUMENTS_BYTES_MAX:
        raise SubmissionError(field, f"{field} are larger than {ARGUMENTS_BYTES_MAX} bytes together")
    return tuple(arguments)


def _admit_patterns(patterns: Sequence[str]) -> tuple[str, ...]:
    if len(patterns) > PATTERNS_MAX:
        raise SubmissionError("artifacts", f"artifacts has more than {PATTERNS_MAX} entries")
    for pattern in patterns:
        if error := pattern_error(pattern):
            raise SubmissionError("artifacts", f"artifacts: {pattern[:64]!r} {error}")
    return tuple(dict.fromkeys(patterns))
