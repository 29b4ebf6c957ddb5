"""A request of Piston's as a submission: the same checks, in the same order and with the same messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import JsonValue
from starlette.exceptions import HTTPException

from zuko.api.compat.limits import memory_for
from zuko.api.compat.piston.runtimes import Runtime, find_runtime
from zuko.api.compat.reading import decode_base64
from zuko.execution.admission import admit
from zuko.execution.encoding import encode
from zuko.execution.options import admit_compiler, admit_options
from zuko.execution.submission import Submission
from zuko.languages.entry import with_entry
from zuko.languages.table import Language
from zuko.settings import AdmissionSettings
from zuko.types import SourceFile

_NEWLINE: Final = "\n"
_GRADER: Final = "grader_config"
_SHOWN: Final = 64  # characters of an unknown name
_LIMITS: Final = ("memory_limit", "timeout", "cpu_time")
_STAGES: Final = ("compile", "run")
_COMPILE_MS: Final = 10_000  # at least: the limit of Piston, which some clients always name

type _Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A program of a request, and the runtime that it names."""

    runtime: Runtime
    submission: Submission


def read_job(sent: JsonValue, settings: AdmissionSettings, *, any_version: bool, has_input: bool = True) -> Job:
    """Return the program of a request.

    Args:
        sent: the body.
        settings: the bounds of Piston's requests.
        any_version: whether a version that is not here stands for the usual one.
        has_input: whether its input is in the request; otherwise it comes while the program runs.

    Raises:
        HTTPException: 400, with Piston's message.
        SubmissionError: a bound that Piston does not have: of names, sizes, arguments.
    """
    body: _Object = sent if isinstance(sent, dict) else {}
    files = check_fields(body)
    name, version = body["language"], body["version"]
    runtime = find_runtime(name, version, any_version=any_version)
    # Meant for open-r1's package of that name, which answers 1 or 0: what a program prints would be its reward.
    if runtime is None or any(file.get("name") == _GRADER for file in files):
        raise refusal(f"{name[:_SHOWN]}-{version[:_SHOWN]} runtime is unknown")
    main = next((number for number, file in enumerate(files) if _is_text(file)), None)
    if main is None:
        raise refusal("files must include at least one utf8 encoded file")
    limits = check_limits(body, settings)
    language = _named(runtime.language, _name(files[main], main) if files[main].get("name") else "")
    language = admit_compiler(settings, language, cpu_time_ms=compile_time_ms(language, limits))
    sources = [read_file(file, number) for number, file in enumerate(files)]
    sources[main] = replace(sources[main], name=language.source_name)
    ordered = (sources[main], *sources[:main], *sources[main + 1 :])
    options = admit_options(settings, arguments=_arguments(body), interleaves=has_input)
    memory = limits.get("run_memory_limit")
    submission = admit(
        settings,
        language,
        ordered,
        _stdin(body) if has_input else b"",
        wall_time_ms=limits.get("run_timeout"),
        cpu_time_ms=limits.get("run_cpu_time"),
        memory_bytes=None if memory is None else memory_for(settings, language, memory),
        options=options,
    )
    return Job(runtime, submission)


def refusal(message: str, status_code: int = 400) -> HTTPException:
    """Return Piston's refusal of a request."""
    return HTTPException(status_code, message)


def check_named(body: _Object) -> tuple[str, str]:
    """Return the language and the version of a request.

    Raises:
        HTTPException: 400: one is missing.
    """
    for field in ("language", "version"):
        if not isinstance(body.get(field), str) or not body[field]:
            raise refusal(f"{field} is required as a string")
    return body["language"], body["version"]


def check_fields(body: _Object) -> list[_Object]:
    """Return the files of a request.

    Raises:
        HTTPException: 400: a field that is required is missing, or not what it has to be.
    """
    check_named(body)
    files = body.get("files")
    if not isinstance(files, list):
        raise refusal("files is required as an array")
    for number, file in enumerate(files):
        if not isinstance(file, dict) or not isinstance(file.get("content"), str):
            raise refusal(f"files[{number}].content is required as a string")
    return files


def check_limits(body: _Object, settings: AdmissionSettings) -> dict[str, int]:
    """Return the limits that a request sets; null, 0 and -1 set none.

    Raises:
        HTTPException: 400: one is out of bounds.
    """
    run_ms = settings.timeout_max_s * 1000
    memory_bytes = settings.memory_limit_max_mib << 20
    most_ms = {"compile": max(run_ms, _COMPILE_MS), "run": run_ms}
    limits = {}
    for kind in _LIMITS:
        for stage in _STAGES:
            field = f"{stage}_{kind}"
            value = body.get(field)
            if not value:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - NaN
                raise refusal(f"If specified, {field} must be a number")
            most = memory_bytes if kind == "memory_limit" else most_ms[stage]
            if value > most:
                raise refusal(f"{field} cannot exceed the configured limit of {most}")
            if value == -1 and kind == "memory_limit":
                continue
            if value < 0:
                raise refusal(f"{field} must be non-negative")
            limits[field] = max(int(value), 1)
    return limits


def compile_time_ms(language: Language, limits: Mapping[str, int]) -> int | None:
    """Return the lower one of both limits of the compiler; None: its own, or nothing is compiled."""
    set_ms = [limits[name] for name in ("compile_timeout", "compile_cpu_time") if name in limits]
    return min(set_ms, default=None) if language.compiler is not None else None


def _is_text(file: _Object) -> bool:
    return file.get("encoding") not in ("base64", "hex")


def _name(file: _Object, number: int) -> str:
    return str(file.get("name") or f"file{number}.code")


def _named(language: Language, name: str) -> Language:
    """Return the row of a language whose program is run under the name that it was sent with, where it can be.

    A compiler knows its sources by their ends, and a class of Java decides about its own file.
    """
    if not name or name.startswith("-") or language.prepare is not None:
        return language
    if language.compiler is None:
        return language if name == language.source_name else with_entry(language, name)
    return replace(language, source_name=name) if language.compiler.takes(name) else language


def read_file(file: _Object, number: int) -> SourceFile:
    """Return a file of a request.

    Raises:
        HTTPException: 400: it is not in its encoding.
        SubmissionError: it is not valid Unicode.
    """
    name, content = _name(file, number), file["content"]
    place = f"files[{number}].content"
    decode: Callable[[str], bytes]
    if _is_text(file):
        return SourceFile(name, encode(content, place))
    decode = bytes.fromhex if file["encoding"] == "hex" else decode_base64
    try:
        return SourceFile(name, decode(content))
    except ValueError as error:
        raise refusal(f"{place} is not valid {file['encoding']}") from error


def _arguments(body: _Object) -> list[str]:
    arguments = body.get("args")
    if not arguments:  # bots send ""
        return []
    if not isinstance(arguments, list):
        raise refusal("args must be an array")
    return [each if isinstance(each, str) else str(each) for each in arguments]


def _stdin(body: _Object) -> bytes:
    """Return standard input. Piston ends it with a newline, so that a program without input reads one empty line."""
    sent = body.get("stdin")
    text = sent if isinstance(sent, str) else "" if sent is None else str(sent)
    return encode(text if text.endswith(_NEWLINE) else text + _NEWLINE, "stdin")
