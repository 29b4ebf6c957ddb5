"""The programs of tests/corpus/programs/: each a file that says in its first lines what has to come of it.

tests/corpus/programs/README.md describes the format. `load` reads every program; `check` holds an answer of
`POST /api/v1/execute` against what a program expects and says in sentences where they differ.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from zuko.doctor.corpus import find_corpus
from zuko.doctor.header import header_of
from zuko.languages.table import LANGUAGES, language_of_file

KINDS: Final = ("escape", "forged_frames", "io", "leftovers", "measurement", "resources", "stubborn")
STATUSES: Final = ("OK", "RUNTIME_ERROR", "TIMEOUT", "COMPILE_ERROR", "ERROR")
NO_REASON: Final = "none"  # how a list of reasons spells null
MARK: Final = "BREACH"  # what a program prints where it got further than it should
SHOWN: Final = 300  # characters of an output that a sentence shows

_ATTACK: Final = "attack.h"  # goes with every program that includes it, and stands beside the kinds
_FIELDS: Final = (
    *("status", "reason", "message", "exit_code", "stdout", "stderr"),
    *("stdout_truncated", "stderr_truncated", "time_used", "memory_used", "wall_time_ms"),
)


class HeaderError(ValueError):
    """A program's header does not follow the format; the text begins with the file."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program and what has to come of it. None: not asked for."""

    path: Path
    kind: str  # its folder
    name: str  # its file, without ".py", with ".cpp"
    source: str  # the whole file, header included, byte for byte what is sent
    claim: str  # what it shows, in a sentence
    status: tuple[str, ...]  # one of these
    reason: tuple[str | None, ...] = (None,)  # one of these
    timeout: int = 2  # seconds of wall time asked for
    input_data: str | None = None  # standard input
    memory_limit_kb: int | None = None  # asked for
    exit_code: int | None = None
    stdout: str | None = None  # exactly
    stderr: str | None = None
    stdout_bytes: int | None = None  # length in UTF-8
    stderr_bytes: int | None = None
    stdout_truncated: bool | None = None
    stderr_truncated: bool | None = None
    stdout_contains: tuple[str, ...] = ()
    stderr_contains: tuple[str, ...] = ()
    stdout_excludes: tuple[str, ...] = ()
    message_contains: tuple[str, ...] = ()
    compile_output_contains: tuple[str, ...] = ()
    compile_output_excludes: tuple[str, ...] = ()
    compile_output_bytes_max: int | None = None  # length in UTF-8
    cpu_ms_min: float | None = None
    cpu_ms_max: float | None = None
    memory_kb_min: float | None = None
    memory_kb_max: float | None = None
    wall_ms_max: float | None = None
    request: dict[str, Any] = field(init=False, repr=False)  # the body of the request

    def __post_init__(self) -> None:
        """Build the request from the other fields."""
        request: dict[str, Any] = {"language": self.language, "code": self.source, "timeout": self.timeout}
        if self.memory_limit_kb is not None:
            request["memory_limit_kb"] = self.memory_limit_kb
        if f'#include "{_ATTACK}"' in self.source:
            request["files"] = [{"name": _ATTACK, "content": (self.path.parent.parent / _ATTACK).read_text()}]
        if self.input_data is not None:
            request["input_data"] = self.input_data
        object.__setattr__(self, "request", request)

    @property
    def language(self) -> str:
        """The program's language: the name of its folder, where that is one; else that of its ending."""
        language = LANGUAGES.get(self.kind) or language_of_file(self.path.name)
        if language is None:
            raise HeaderError(f"{self.path}: its language is not known")
        return language.name

    @property
    def bounds_times(self) -> bool:
        """Return whether CPU or wall time is bounded: such a figure requires that no other program uses the cores."""
        return not (self.cpu_ms_min is self.cpu_ms_max is self.wall_ms_max is None)

    @property
    def may_meet_time_limit(self) -> bool:
        """Return whether it may work until a time limit, which comes much earlier on a host without a free core."""
        return bool({"cpu_time_limit", "wall_time_limit"} & {*self.reason})

    @property
    def id(self) -> str:
        """How tests name it: kind/name."""
        return f"{self.kind}/{self.name}"


_TEXT: Final = (str,)
_WHOLE: Final = (int,)
_NUMBER: Final = (int, float)
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "claim": _TEXT,
    "timeout": _WHOLE,
    "input": _TEXT,
    "input_repeat": _WHOLE,
    "status": (str, list),
    "reason": (str, list),
    "exit_code": _WHOLE,
    "stdout": _TEXT,
    "stderr": _TEXT,
    "stdout_bytes": _WHOLE,
    "stderr_bytes": _WHOLE,
    "stdout_truncated": (bool,),
    "stderr_truncated": (bool,),
    "stdout_contains": (list,),
    "stderr_contains": (list,),
    "stdout_excludes": (list,),
    "message_contains": (list,),
    "memory_limit_kb": _WHOLE,
    "expand": _WHOLE,
    "compile_output_contains": (list,),
    "compile_output_excludes": (list,),
    "compile_output_bytes_max": _WHOLE,
    "cpu_ms_min": _NUMBER,
    "cpu_ms_max": _NUMBER,
    "memory_kb_min": _NUMBER,
    "memory_kb_max": _NUMBER,
    "wall_ms_max": _NUMBER,
}


def load(root: Path | None = None) -> list[Program]:
    """Return every program below `root`, by kind and name; None: the hostile ones.

    Raises:
        HeaderError: one of them has a header that does not follow the format.
    """
    return [parse(path) for path in sorted((root or find_corpus()).glob("*/*")) if path.name != _ATTACK]


def parse(path: Path) -> Program:
    """Return the program in one file.

    Raises:
        HeaderError: no header, not TOML, an unknown key, a value of the wrong type, or no claim or status.
    """
    source = path.read_bytes().decode()  # bytes: text mode would turn CR LF into LF
    try:
        header = header_of(source)
    except ValueError as error:
        raise HeaderError(f"{path}: {error}") from error
    for key, value in header.items():
        if key not in _TYPES:
            raise HeaderError(f"{path}: unknown key {key!r}; known are {', '.join(_TYPES)}")
        if type(value) not in _TYPES[key]:  # not isinstance: true is not a number here
            raise HeaderError(f"{path}: {key} has a value of type {type(value).__name__}")
        if isinstance(value, list) and not (value and all(type(item) is str for item in value)):
            raise HeaderError(f"{path}: {key} needs one string at least, and nothing but strings")
    for key in ("claim", "status"):
        if not header.get(key):
            raise HeaderError(f"{path}: {key} is missing")
    status = _alternatives(header.pop("status"))
    if unknown := set(status) - set(STATUSES):
        raise HeaderError(f"{path}: no such status: {', '.join(sorted(unknown))}")
    reason = _alternatives(header.pop("reason", NO_REASON))
    if "input_repeat" in header and "input" not in header:
        raise HeaderError(f"{path}: input_repeat repeats input, which is missing")
    text, times = header.pop("input", None), header.pop("input_repeat", 1)
    lists = {key: tuple(value) for key, value in header.items() if isinstance(value, list)}
    expand = header.pop("expand", 0)
    return Program(
        path=path,
        kind=path.parent.name,
        name=path.name.removesuffix(".py"),
        source=_expanded(source, expand),
        status=status,
        reason=tuple(None if one == NO_REASON else one for one in reason),
        input_data=None if text is None else text * times,
        **(header | lists),
    )


def _alternatives(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _expanded(source: str, times: int) -> str:
    """Repeat each line with `$i` as often as required, with the number from 1 for `$i` and the one before for `$p`."""
    lines = []
    for line in source.splitlines(keepends=True):
        if times and "$i" in line:
            lines += [line.replace("$i", str(i)).replace("$p", str(i - 1)) for i in range(1, times + 1)]
        else:
            lines.append(line)
    return "".join(lines)


def check(program: Program, answer: dict[str, Any], *, crowded: bool = False) -> list[str]:
    """Return the differences between the answer and the program's claims, as sentences; empty if there are none.

    Args:
        program: with its expectations.
        answer: the JSON object that came for `program.request`.
        crowded: other programs ran beside it on the same cores. How long it took, and how much CPU time it found
            before a wall limit, then depends on them, so neither is checked; every other figure is.
    """
    missing = [name for name in _FIELDS if name not in answer]
    if missing:
        return [f"the answer has no {', '.join(missing)}: {_shown(str(answer))}"]
    return [
        *_check_end(program, answer),
        *_check_texts(program, answer),
        *_check_figures(program, answer, crowded=crowded),
    ]


def _check_end(program: Program, answer: dict[str, Any]) -> list[str]:
    wrong = []
    if answer["status"] not in program.status:
        wrong.append(
            f"status is {answer['status']}, expected {' or '.join(program.status)};"
            f" stdout: {_shown(answer['stdout'])}; stderr: {_shown(answer['stderr'])}"
        )
    if answer["reason"] not in program.reason:
        expected = " or ".join(reason or "null" for reason in program.reason)
        wrong.append(f"reason is {answer['reason'] or 'null'}, expected {expected}; message: {answer['message']}")
    if program.exit_code is not None and answer["exit_code"] != program.exit_code:
        wrong.append(f"exit_code is {answer['exit_code']}, expected {program.exit_code}")
    message = answer["message"] or ""
    lacks = [text for text in program.message_contains if text not in message]
    return wrong + [f"message lacks {text!r}: {message!r}" for text in lacks]


def _check_texts(program: Program, answer: dict[str, Any]) -> list[str]:
    wrong = []
    for stream in ("stdout", "stderr"):
        text: str = answer[stream]
        if MARK in text:
            wrong.append(f"{stream} reports a breach: {_shown(text[text.index(MARK) :])}")
        exact: str | None = getattr(program, stream)
        if exact is not None and text != exact:
            wrong.append(f"{stream} is {_shown(text)}, expected {_shown(exact)}")
        size: int | None = getattr(program, f"{stream}_bytes")
        actual_size = len(text.encode())
        if size is not None and actual_size != size:
            wrong.append(f"{stream} has {actual_size} bytes, expected {size}")
        cut: bool | None = getattr(program, f"{stream}_truncated")
        actual_cut = answer[f"{stream}_truncated"]
        if cut is not None and actual_cut is not cut:
            wrong.append(f"{stream}_truncated is {actual_cut}, expected {cut}")
        wanted: tuple[str, ...] = getattr(program, f"{stream}_contains")
        wrong += [f"{stream} lacks {part!r}: {_shown(text)}" for part in wanted if part not in text]
    wrong += _check_compile_output(program, answer.get("compile_output") or "")
    stdout = answer["stdout"]
    excluded = [part for part in program.stdout_excludes if part in stdout]
    return wrong + [f"stdout has {part!r}: {_shown(stdout)}" for part in excluded]


def _check_compile_output(program: Program, text: str) -> list[str]:
    wrong = [
        f"compile_output lacks {part!r}: {_shown(text)}" for part in program.compile_output_contains if part not in text
    ]
    wrong += [
        f"compile_output has {part!r}: {_shown(text)}" for part in program.compile_output_excludes if part in text
    ]
    most, size = program.compile_output_bytes_max, len(text.encode())
    if most is not None and size > most:
        wrong.append(f"compile_output has {size} bytes, expected {most} at most")
    return wrong


def _check_figures(program: Program, answer: dict[str, Any], *, crowded: bool) -> list[str]:
    starved = crowded and "TIMEOUT" in program.status
    bounds = [
        ("time_used", "ms of CPU time", None if starved else program.cpu_ms_min, program.cpu_ms_max),
        ("memory_used", "KB of peak RSS", program.memory_kb_min, program.memory_kb_max),
        ("wall_time_ms", "ms of wall time", None, None if crowded else program.wall_ms_max),
    ]
    wrong = []
    for name, unit, least, most in bounds:
        actual = answer[name]
        if least is None and most is None:
            continue
        if not isinstance(actual, int | float):
            wrong.append(f"{name} is {actual!r}, expected a number of {unit}")
        elif least is not None and actual < least:
            wrong.append(f"{name} is {actual} {unit}, expected {least} at least")
        elif most is not None and actual > most:
            wrong.append(f"{name} is {actual} {unit}, expected {most} at most")
    return wrong


def _shown(text: str) -> str:
    return repr(text) if len(text) <= SHOWN else f"{text[:SHOWN]!r} … ({len(text)} characters)"
