"""Checkers and interactors of the problem setter: their arguments, and the meaning of their results. Pure.

    Kattis   checker input answer feedback_dir/ [arguments] < output    exit 42: right, 43: wrong
    testlib  checker input output answer [arguments]                    exit 0: right, 1, 2, 4: wrong, 7: points

Any other result is a failure of the checker itself, so a judge error: never a wrong answer.
"""

import math
import re
from dataclasses import replace
from typing import Final

from zuko.errors import ProblemError
from zuko.execution.conclude import conclude
from zuko.execution.loaded import ProgramSource
from zuko.execution.program import blocks_bytes, compile_memory_bytes
from zuko.judge.diff import printable
from zuko.languages.codes import CODES
from zuko.languages.table import Language
from zuko.problem import (
    CheckerLimits,
    CheckResult,
    CompilerLimits,
    Convention,
    CustomChecker,
    Problem,
    TestCase,
    Verdict,
)
from zuko.types import Limits, Outcome, RunResult, SourceFile

CHECKER: Final = "checker"  # a role, in messages
INTERACTOR: Final = "interactor"
STATIC: Final = "static validator"
INPUT_FILE: Final = "judge.in"
ANSWER_FILE: Final = "judge.ans"
OUTPUT_FILE: Final = "judge.out"
FEEDBACK_DIRECTORY: Final = "/workspace/"  # with the trailing slash that the format demands
FEEDBACK_FILES: Final = ("judgemessage.txt", "teammessage.txt", "score.txt", "score_multiplier.txt")
# As patterns, because none of the files has to exist.
FEEDBACK_TAKEN: Final = tuple(f"*{name}" for name in FEEDBACK_FILES)
EVERYTHING_TAKEN: Final = ("*",)
_WALL: Final = 2  # wall time limit, as a multiple of the CPU time limit: it shares a core
JUDGE_FILES: Final = frozenset((INPUT_FILE, ANSWER_FILE, OUTPUT_FILE, *FEEDBACK_FILES))
FEEDBACK_BYTES_MAX: Final = 1000  # of a message that is shown

TESTLIB_H: Final = "testlib.h"
_CSTDINT: Final = b"#include <cstdint>\n#line 1\n"  # the compiler's messages keep their lines

LAST_WORD_S: Final = 1.0  # of an interactor, after the submission was stopped
_BY_ITSELF: Final = (Outcome.EXITED, Outcome.SIGNALLED)

_KATTIS: Final = {42: Verdict.AC, 43: Verdict.WA}
_TESTLIB: Final = {0: Verdict.AC, 1: Verdict.WA, 2: Verdict.WA, 4: Verdict.WA, 7: Verdict.AC}
# Each way in which C, C++, Java and Python print a finite number: "1.000000000e+02" is what "%.9le" makes of 100.
_NUMBER: Final = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def arguments(checker: CustomChecker) -> tuple[str, ...]:
    """Return the arguments of a checker, without its own name."""
    if checker.convention is Convention.KATTIS:
        return (INPUT_FILE, ANSWER_FILE, FEEDBACK_DIRECTORY, *checker.arguments)
    # testlib's registerInteraction(): input, output, answer.
    return (INPUT_FILE, OUTPUT_FILE, ANSWER_FILE, *checker.arguments)


def files(checker: CustomChecker, case_input: bytes, answer: bytes, output: bytes | None) -> tuple[SourceFile, ...]:
    """Return the files for a checker; `output` is None for an interactor, which writes that file itself."""
    given = (SourceFile(INPUT_FILE, case_input), SourceFile(ANSWER_FILE, answer))
    if checker.convention is Convention.KATTIS or output is None:
        return given
    return (*given, SourceFile(OUTPUT_FILE, output))


def static_arguments(language: Language, checker: CustomChecker) -> tuple[str, ...]:
    """Return the arguments of a static validator: the code of the submission's language, and what that begins with.

    Args:
        language: of the submission, as it is run.
        checker: the validator.
    """
    entry = language.source_name if language.executes_artifact else language.run_argv[-1]
    return (CODES.get(language.family, language.name), entry, FEEDBACK_DIRECTORY, *checker.arguments)


def static_files(checker: CustomChecker, submitted: tuple[SourceFile, ...]) -> tuple[SourceFile, ...]:
    """Return a submission's files for a static validator.

    Those with the names of the validator's own files and of its feedback are left out: a submission must not be able to
    speak for it.
    """
    taken = JUDGE_FILES | {file.name for file in checker.program.files}
    return tuple(file for file in submitted if file.name not in taken)


def completed(files: tuple[SourceFile, ...]) -> tuple[SourceFile, ...]:
    """Return a jury program's files as today's compilers take them.

    The testlib.h of 2019 to 2023, which many packages carry, uses the types of <cstdint> without including it.
    """
    return tuple(
        replace(file, content=_CSTDINT + file.content) if file.name.rpartition("/")[2] == TESTLIB_H else file
        for file in files
    )


def run_limits(limits: CheckerLimits) -> Limits:
    """Return the limits of one run of a checker."""
    return Limits(limits.cpu_time_ms * _WALL, limits.cpu_time_ms, limits.output_bytes, limits.output_bytes)


def compiler_limits(limits: CheckerLimits, language: Language, memory_bytes: int) -> CompilerLimits:
    """Return the limits of the compilation of a program of the setter's, which are larger than a submission's.

    testlib takes a compiler 6 s, and its setter waits for nothing else; on a slower host 10 s are too few.

    Args:
        limits: of the program.
        language: the program's.
        memory_bytes: of its runs.
    """
    own_ms = 0 if language.compiler is None else language.compiler.cpu_time_ms
    return CompilerLimits(
        max(limits.compile_cpu_time_ms, own_ms),
        max(limits.compile_memory_bytes, compile_memory_bytes(language, memory_bytes)),
    )


def check_room(given: tuple[SourceFile, ...], source: ProgramSource, room_bytes: int, role: str) -> None:
    """Raise for files that do not fit into a workspace: they would break the sandbox.

    Args:
        given: the result of `files`.
        source: the program, compiled.
        room_bytes: size of a workspace.
        role: the program's role, for the message.

    Raises:
        ProblemError: they do not fit; the message has both sizes.
    """
    size = blocks_bytes(given) + source.workspace_bytes
    if size > room_bytes:
        raise ProblemError(
            role,
            f"the files of this case have {size} bytes, more than its workspace holds ({room_bytes} bytes); "
            "the setting ZUKO_WORKSPACE_MIB bounds it",
        )


def check_cases(problem: Problem, room_bytes: int) -> None:
    """Refuse a problem with a case whose input and answer cannot stand in a workspace, where a jury program reads them.

    Raises:
        ProblemError: it names the case, and the setting.
    """
    for case in problem.cases:
        if message := too_large(problem, case, room_bytes):
            raise ProblemError(f"data/{case.name}", message)


def too_large(problem: Problem, case: TestCase, room_bytes: int) -> str:
    """Return why a case cannot stand in a workspace of this size; "" if it can, or need not."""
    readers = (problem.checker_for(case), problem.interactor_for(case))
    size = blocks_bytes((SourceFile(INPUT_FILE, case.input), SourceFile(ANSWER_FILE, case.answer)))
    if size <= room_bytes or not any(isinstance(each, CustomChecker) for each in readers):
        return ""
    return (
        f"input and answer have {size} bytes, more than the workspace of the program that reads them"
        f" ({room_bytes} bytes); the setting ZUKO_WORKSPACE_MIB bounds it"
    )


def _meanings(checker: CustomChecker) -> dict[int, Verdict]:
    """Return what each exit code means."""
    return _KATTIS if checker.convention is Convention.KATTIS else _TESTLIB


def decide(
    checker: CustomChecker, result: RunResult, limits: Limits, memory_bytes: int, role: str = CHECKER
) -> CheckResult:
    """Return the meaning of a checker's result. `role` is its name in messages."""
    meanings = _meanings(checker)
    ended = result.outcome is Outcome.EXITED and result.exit_code is not None
    verdict = meanings.get(result.exit_code or 0) if ended else None
    if verdict is None:
        execution = conclude(result, limits, memory_bytes=memory_bytes)
        expected = "42 (right) or 43 (wrong)" if checker.convention is Convention.KATTIS else "0 (right) or 1 (wrong)"
        how = execution.message or f"exit code {execution.exit_code}, expected {expected}"
        return CheckResult(Verdict.JE, f"the {role} failed: {how}{quoted_output(result.stderr)}")
    if checker.convention is Convention.TESTLIB:
        points = _testlib_points(result.stderr) if result.exit_code == 7 else None
        if result.exit_code == 7 and points is None:
            return CheckResult(
                Verdict.JE, f"the {role} gave points that are not a number{quoted_output(result.stderr)}"
            )
        return CheckResult(verdict, _shown(result.stderr), points=points)
    feedback = {file.name: file.content for file in result.files}
    try:
        points, multiplier = (_score(feedback.get(name)) for name in ("score.txt", "score_multiplier.txt"))
    except ValueError as error:
        return CheckResult(Verdict.JE, f"the {role}'s score is not a number: {error}")
    return CheckResult(verdict, _shown(feedback.get("judgemessage.txt", b"")), points=points, multiplier=multiplier)


def settle(interactor: CustomChecker, name: str, result: RunResult) -> float | None:
    """Return how long the other program of an interaction may go on after one has ended, s; None: until its limits.

    - An interactor that has said wrong, or has failed, has decided: nothing that the submission does changes that.
    - After a submission that was stopped, the interactor may still say what it thinks of what it has read, if it
      does so soon: there may be much of it that it has not read.

    Args:
        interactor: the interactor.
        name: "right" is the interactor, "left" the submission.
        result: of the program that has ended.
    """
    if name == "right":
        is_right = result.outcome is Outcome.EXITED and _meanings(interactor).get(result.exit_code or 0) is Verdict.AC
        return None if is_right else 0.0
    return None if result.outcome in _BY_ITSELF else LAST_WORD_S


def decide_interaction(
    verdict: Verdict | None, interactor: CheckResult, submission_run: RunResult, interactor_run: RunResult
) -> Verdict | None:
    """Return the verdict on an interaction; None: that of the submission's run applies. The first rule that fits:

    - An interactor that was stopped, as the submission had been, has nothing to say.
    - An interactor that fails is a judge error, unless it had read that the submission had ended, and that one had not
      ended well.
    - An interactor that says wrong before it has read that the submission has ended says so for what it has read:
      then it does not matter how the submission ends.
    - A submission that did not end well has its own verdict.
    - The interactor's verdict.

    Args:
        verdict: verdict on the submission's run by itself; None: it ended well.
        interactor: the interactor's result.
        submission_run: of the submission.
        interactor_run: of the interactor.
    """
    if interactor_run.outcome is Outcome.STOPPED:
        return None
    if interactor.verdict is Verdict.JE:
        by_itself = interactor_run.outcome in _BY_ITSELF
        was_stopped = submission_run.outcome is Outcome.STOPPED
        explained = verdict is not None and not was_stopped and interactor_run.heard_end and by_itself
        return None if explained else Verdict.JE
    if interactor.verdict is Verdict.WA and not interactor_run.heard_end:
        return Verdict.WA
    return None if verdict is not None else interactor.verdict


def _score(content: bytes | None) -> float | None:
    if content is None:
        return None
    text = content.strip()
    if not _NUMBER.fullmatch(text) or not math.isfinite(number := float(text)):
        raise ValueError(printable(text[:40]))
    return number


def _testlib_points(message: bytes) -> float | None:
    found = re.match(rb"\s*(?:points\s+)?(" + _NUMBER.pattern + rb")", message)
    return float(found[1]) if found and math.isfinite(float(found[1])) else None


def _shown(message: bytes) -> str:
    text = message.strip()[:FEEDBACK_BYTES_MAX].decode(errors="replace")
    return "".join(each for each in text if each.isprintable() or each in "\n\t")


def quoted_output(message: bytes) -> str:
    """Return the end of a program's output, to be appended to a sentence."""
    text = _shown(message[-FEEDBACK_BYTES_MAX:])
    return f"; output: {text}" if text else ""
