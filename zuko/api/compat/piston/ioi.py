"""open-r1's package `cms_ioi`: one test of a task of the IOI, with its grader and its checker, as CMS has them.

    graders/ID.cpp                      the submission
    graders/*.h, grader.cpp, stub.cpp   are compiled with it
    graders/grader_config.json          ID, type, and limits
    input.txt                           its standard input
    correct_output.txt                  never enters its sandbox
    checker/checker.cpp                 compares; without it, lines have to be the same

    submission ── output ──> checker ── score, words ──> `stdout`, `stderr` of the response

https://github.com/guipenedo/piston/tree/master/packages/cms_ioi and its client, open-r1's `ioi_scoring.py`, say what is
asked and what is read of the response. The two programs are two executions, each in a sandbox of its own.
"""

import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import JsonValue
from pydantic_core import from_json

from zuko.api.compat.limits import memory_for
from zuko.api.compat.piston.request import check_fields, check_limits, compile_time_ms, read_file, refusal
from zuko.api.compat.piston.response import compile_stage, run_stage
from zuko.errors import SandboxError
from zuko.execution.admission import admit
from zuko.execution.options import admit_compiler, admit_options
from zuko.execution.submission import Submission
from zuko.languages.table import LANGUAGES, Language
from zuko.settings import AdmissionSettings
from zuko.types import Execution, Reason, SourceFile, Status

NAMES: Final = frozenset(("cms_ioi", "cms"))
_ANSWER: Final = {"language": "cms", "version": "1.0.0"}
_LANGUAGE: Final = "cpp17"
_GRADERS: Final = "graders/"
_CHECKER: Final = "checker/"
_CHECKER_SOURCE: Final = "checker.cpp"
_CONFIG: Final = f"{_GRADERS}grader_config.json"
_INPUT, _CORRECT, _OUTPUT = "input.txt", "correct_output.txt", "output.txt"
_COMPILED_WITH: Final = frozenset(("grader.cpp", "stub.cpp"))
_BATCH: Final = "Batch"
_CODE: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
_RIGHT: Final = ("1", "Output is correct (diff)")
_WRONG: Final = ("0", "Output isn't correct (diff)")
_BLANKS: Final = re.compile(rb"[ \t\r\f\v]+")

type Run = Callable[[Submission], Awaitable[Execution]]


@dataclass(frozen=True, slots=True)
class Task:
    """A test of a task, and the submission that is scored by it."""

    submission: Submission
    time_limit_s: float
    correct: bytes | None  # the expected output; None: it is not asked how good the output is
    checker: Callable[[bytes], Submission] | None  # makes the run of the checker, of the submission's output


def is_asked(sent: JsonValue) -> bool:
    """Return whether a request of Piston's names the package."""
    return isinstance(sent, dict) and isinstance(sent.get("language"), str) and sent["language"] in NAMES


def read_task(sent: JsonValue, settings: AdmissionSettings) -> Task:
    """Return the test of a request.

    Args:
        sent: the body, of which `is_asked` holds.
        settings: the bounds of Piston's requests.

    Raises:
        HTTPException: 400: a part is missing or wrong, or the task is of another type than Batch.
        SubmissionError: a bound of ours.
    """
    body: Mapping[str, Any] = sent if isinstance(sent, dict) else {}
    files = {file.name: file.content for file in map(read_file, check_fields(body), range(len(body["files"])))}
    asked = check_limits(body, settings)
    code, time_limit_s, memory_bytes = _config(files)
    for name in (f"{_GRADERS}{code}.cpp", _INPUT):
        if name not in files:
            raise refusal(f"cms_ioi: {name} is missing")
    if memory_bytes > settings.memory_limit_max_mib << 20:
        raise refusal(f"cms_ioi: memory_limit exceeds the configured limit of {settings.memory_limit_max_mib} MiB")
    row = LANGUAGES[_LANGUAGE]
    compiled = admit_compiler(settings, row, options=["-DEVAL"], cpu_time_ms=compile_time_ms(row, asked))
    submission = admit(
        settings,
        replace(compiled, source_name=f"{code}.cpp"),
        _program(files, _GRADERS, f"{code}.cpp", row),
        files[_INPUT],
        wall_time_ms=asked.get("run_timeout"),
        cpu_time_ms=round(time_limit_s * 1000),
        memory_bytes=memory_for(settings, row, memory_bytes),
    )
    correct = files.get(_CORRECT, b"").rstrip(b"\n") or None
    if correct is not None and len(correct) > settings.output_limit_bytes:
        raise refusal(f"cms_ioi: {_CORRECT} is larger than the configured limit of {settings.output_limit_bytes}")
    if correct is None or f"{_CHECKER}{_CHECKER_SOURCE}" not in files:
        return Task(submission, time_limit_s, correct, None)
    sources = _program(files, _CHECKER, _CHECKER_SOURCE, row)

    def checker(output: bytes) -> Submission:
        data = {_INPUT: files[_INPUT], _CORRECT: files[_CORRECT], _OUTPUT: output}
        return _checker(settings, row, (*sources, *(SourceFile(*each) for each in data.items())))

    checker(b"")  # what is out of bounds is refused before anything is run
    return Task(submission, time_limit_s, correct, checker)


def _config(files: Mapping[str, bytes]) -> tuple[str, float, int]:
    """Return the task's id, its time limit in s and its memory limit in bytes."""
    try:
        config: Any = from_json(files.get(_CONFIG, b""))
        kind, code = config["task_type"], config["code"]
        time_limit_s, memory_bytes = float(config["time_limit"]), int(config["memory_limit"])
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise refusal(f"cms_ioi: {_CONFIG} has to have task_type, code, time_limit and memory_limit") from error
    if kind != _BATCH:
        raise refusal(f"cms_ioi: tasks of the type {str(kind)[:64]} are not scored here, those of the type Batch are")
    if not isinstance(code, str) or not _CODE.fullmatch(code) or not 0.001 <= time_limit_s < 1e6 or memory_bytes < 1:
        raise refusal(f"cms_ioi: {_CONFIG} has a value that is out of bounds")
    return code, time_limit_s, memory_bytes


def _program(files: Mapping[str, bytes], folder: str, main: str, row: Language) -> tuple[SourceFile, ...]:
    """Return the files of a folder, the main one first, without the sources of other programs."""
    compiler = row.compiler
    given = {name.removeprefix(folder): content for name, content in files.items() if name.startswith(folder)}
    others = (
        SourceFile(name, content)
        for name, content in given.items()
        if name != main and (name in _COMPILED_WITH or compiler is None or not compiler.takes(name))
    )
    return (SourceFile(main, given[main]), *others)


def _checker(settings: AdmissionSettings, row: Language, files: tuple[SourceFile, ...]) -> Submission:
    most_ms = settings.timeout_max_s * 1000
    return admit(
        settings,
        replace(row, source_name=_CHECKER_SOURCE),
        files,
        wall_time_ms=most_ms,
        cpu_time_ms=most_ms,
        memory_bytes=settings.memory_limit_max_mib << 20,
        options=admit_options(settings, arguments=(_INPUT, _CORRECT, _OUTPUT)),
    )


async def score(task: Task, run: Run) -> dict[str, Any]:
    """Return Piston's response: the score on `stdout`, and why on `stderr`.

    Args:
        task: from `read_task`.
        run: executes a submission.

    Raises:
        SandboxError: a sandbox broke, or the checker failed: this says nothing about the submission.
        UnavailableError: it could not be run now.
    """
    done = await _run(run, task.submission)
    if done.status is Status.COMPILE_ERROR or done.result is None:
        failed = compile_stage(done)
        return {"compile": failed, "run": failed, **_ANSWER}
    if why := _failure(done, task.time_limit_s):
        scored = _scored(done, "0", why)
    elif task.correct is None:
        scored = run_stage(done)
    elif task.checker is None:
        is_right = _lines(done.result.stdout) == _lines(task.correct)
        scored = _scored(done, *(_RIGHT if is_right else _WRONG))
    else:
        scored = _checked(done, await _run(run, task.checker(done.result.stdout)))
    return {"compile": compile_stage(done), "run": scored, **_ANSWER}


async def _run(run: Run, submission: Submission) -> Execution:
    execution = await run(submission)
    if execution.status is Status.ERROR:
        raise SandboxError(execution.message or "the sandbox failed")
    return execution


def _failure(done: Execution, time_limit_s: float) -> str | None:
    """Return the words for a submission that did not end well; None: it did."""
    match done.reason:
        case Reason.CPU_TIME_LIMIT | Reason.WALL_TIME_LIMIT:
            return f"Time limit exceeded ({time_limit_s:g}s)"
        case Reason.MEMORY_LIMIT:
            return "Memory limit exceeded"
        case Reason.OUTPUT_LIMIT:
            return "Output isn't correct: it is too long"
    return f"Runtime error with exit code {done.exit_code}" if done.exit_code else None


def _lines(output: bytes) -> Sequence[bytes]:
    """Return the lines of an output as `diff -b` compares them: any blanks are one, and those at the end none."""
    return [_BLANKS.sub(b" ", line).rstrip() for line in output.removesuffix(b"\n").split(b"\n")]


def _scored(done: Execution, points: str, words: str) -> dict[str, Any]:
    stdout, stderr = f"{points}\n", f"{words}\n"
    ended = replace(done, status=Status.OK, reason=None, exit_code=0, stdout=stdout, stderr=stderr)
    return run_stage(replace(ended, output=stdout + stderr, stdout_truncated=False, stderr_truncated=False))


def _checked(done: Execution, checked: Execution) -> dict[str, Any]:
    """Return what the checker has printed as the run of the submission. Its exit code is not read."""
    points = (checked.stdout.split() or [""])[0]
    if checked.reason is not None or not _is_number(points):
        text = (checked.compile_output or checked.stderr)[:1000]
        raise SandboxError(f"cms_ioi: the checker failed: {checked.message or 'it printed no score'}\n{text}")
    return _scored(done, points, checked.stderr.rstrip("\n"))


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
