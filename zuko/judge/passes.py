"""Multi-pass problems: the checker of a pass writes the input of the next one.

    input ──> submission ──> checker ──nextpass.in──> submission ──> checker ── ... ──> verdict
                                └───────── other feedback files ────────┘

A pass is a run like any other, with limits of its own. An attempt has the verdict of its last pass, and the figures of
its largest ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from zuko.judge.verdicts import Ruling
from zuko.problem import CheckResult, TestCase, Verdict
from zuko.types import RunResult, SourceFile, Usage

NEXT_INPUT: Final = "nextpass.in"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A run of the submission on a case."""

    result: RunResult
    ruling: Ruling  # final, if there is a check
    check: CheckResult | None = None  # of an interactive case, or of the last pass


def run_passes(case: TestCase, passes: int, input_max_bytes: int, run: Callable[[TestCase], Attempt]) -> Attempt:
    """Run the passes of a case.

    Args:
        case: with the input of the first pass.
        passes: at most that many.
        input_max_bytes: of the input that a checker writes.
        run: runs and checks one pass.
    """
    results = []
    given = case
    for number in range(1, passes + 1):
        attempt = run(given)
        results.append(attempt.result)
        check = attempt.check
        feedback = {} if check is None else {file.name: file for file in check.feedback}
        following = feedback.pop(NEXT_INPUT, None)
        if attempt.ruling.verdict is not Verdict.AC:
            if following is not None and attempt.ruling.verdict is Verdict.WA:
                return _failed(results, f"the checker wrote {NEXT_INPUT} for a wrong output")
            return replace(attempt, result=_together(results))
        if following is None:
            return replace(attempt, result=_together(results))
        if number == passes:
            break
        if len(following.content) > input_max_bytes:
            return _failed(results, f"{NEXT_INPUT} is larger than {input_max_bytes} bytes: see validation_output")
        given = replace(case, input=following.content, feedback=tuple(feedback.values()))
    return _failed(
        results, f"the checker wrote {NEXT_INPUT} in pass {passes}, which is the last: see validation_passes"
    )


def kept_feedback(files: tuple[SourceFile, ...], given: tuple[SourceFile, ...]) -> tuple[SourceFile, ...]:
    """Return the files that a checker has written, of all that were in its workspace: not those that it was given."""
    unchanged = {(file.name, file.content) for file in given}
    return tuple(file for file in files if (file.name, file.content) not in unchanged)


def _failed(results: list[RunResult], reason: str) -> Attempt:
    return Attempt(_together(results), Ruling(Verdict.JE, reason), CheckResult(Verdict.JE, reason))


def _together(results: list[RunResult]) -> RunResult:
    """Return the last result with the largest figures of all."""
    usages = [result.usage for result in results]
    last = results[-1]
    usage = Usage(
        wall_time_ns=max(usage.wall_time_ns for usage in usages),
        cpu_time_ns=_largest([usage.cpu_time_ns for usage in usages]),
        peak_rss_bytes=_largest([usage.peak_rss_bytes for usage in usages]),
        cpu_source=last.usage.cpu_source,
    )
    return replace(last, usage=usage)


def _largest(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return max(known) if len(known) == len(values) else None
