"""Verdicts on runs: from how a run ended to the judge's verdict. Pure: nothing here runs anything."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zuko.execution.conclude import WAITING, aborted_for_full_heap, signal_name, wall_time_message
from zuko.problem import MIB, ProblemLimits, Verdict
from zuko.types import Limits, Outcome, RunResult

BORDERLINE: Final = 0.05  # of the time limit, on either side
RERUNS: Final = 3

_KILL_MARGIN_MS: Final = 20  # added to the borderline, so that a run that is stopped there is certainly over it


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict that a run alone decides."""

    verdict: Verdict | None  # None: the run ended well, and its output decides
    reason: str = ""  # a sentence with figures, without a full stop


def run_limits(limits: ProblemLimits, *, borderline: float = BORDERLINE) -> Limits:
    """Return the supervisor's limits for a run, wide enough to distinguish a near miss from an endless loop.

    The CPU time exceeds the limit by `borderline` and a margin: if runs were stopped at the limit itself, every endless
    loop would look like a near miss and be run four times. The wall time is never below the CPU time, because a busy
    program would otherwise be stopped as a sleeping one.
    """
    cpu_time_ms = math.ceil(limits.cpu_time_ms * (1 + borderline)) + _KILL_MARGIN_MS
    return Limits(
        wall_time_ms=max(limits.wall_time_ms, cpu_time_ms),
        cpu_time_ms=cpu_time_ms,
        stdout_bytes=limits.output_bytes,
        stderr_bytes=limits.output_bytes,
        stack_bytes=limits.stack_bytes,
        file_bytes=limits.file_bytes,
        processes=limits.processes,
    )


def rule(  # noqa: PLR0911 - one return a cause: their order is the point
    result: RunResult, limits: ProblemLimits, *, heap_full_text: bytes = b""
) -> Ruling:
    """Return the verdict on a run, or None if its output has to be checked.

    The supervisor's first cause comes first, because it is a fact. If the program ended by itself, its figures are
    compared with the limits, and only then does the way it ended count: a program that crashes after its time limit
    has exceeded its time limit.

    Args:
        result: the run.
        limits: the problem's limits, not those of `run_limits`.
        heap_full_text: `Language.heap_full_text`. A program that writes it and aborts has MLE instead of RTE.
    """
    match result.outcome:
        case Outcome.NOT_STARTED:
            return Ruling(Verdict.JE, f"the program could not be started: {result.detail}")
        case Outcome.MEMORY:
            return Ruling(Verdict.MLE, f"ran out of memory at the limit of {_mib(limits.memory_bytes)}")
        case Outcome.CPU_TIME:
            return Ruling(Verdict.TLE, _over_time(result, limits, "was stopped"))
        case Outcome.WALL_TIME:
            return Ruling(Verdict.TLE, _over_wall_time(result, limits))
        case Outcome.STOPPED:
            return Ruling(Verdict.JE, "was stopped before its end")
        case Outcome.OUTPUT:
            return Ruling(Verdict.OLE, _over_output(result, limits))
        case Outcome.FORBIDDEN_SYSCALL:
            return Ruling(Verdict.RTE, f"made a forbidden system call: {result.detail}")
        case Outcome.EXITED | Outcome.SIGNALLED:
            return _rule_by_figures(result, limits, heap_full_text)


def _rule_by_figures(result: RunResult, limits: ProblemLimits, heap_full_text: bytes) -> Ruling:  # noqa: PLR0911
    usage = result.usage
    if aborted_for_full_heap(result, heap_full_text):
        return Ruling(Verdict.MLE, f"ran out of heap memory at the limit of {_mib(limits.memory_bytes)}")
    if not is_within(result, limits):
        return Ruling(Verdict.TLE, _over_time(result, limits, "ended"))
    if usage.peak_rss_bytes is not None and usage.peak_rss_bytes > limits.memory_bytes:
        used = _mib(usage.peak_rss_bytes)
        return Ruling(Verdict.MLE, f"used {used} of memory, more than the limit of {_mib(limits.memory_bytes)}")
    if result.outcome is Outcome.SIGNALLED:
        return Ruling(Verdict.RTE, f"was ended by {signal_name(result.signal or 0)}")
    if result.exit_code != 0:
        return Ruling(Verdict.RTE, f"ended with exit code {result.exit_code}")
    if result.stdout_truncated:
        return Ruling(Verdict.OLE, _over_output(result, limits))
    if usage.cpu_time_ns is None:
        # Accepting it would treat an unknown time as zero.
        return Ruling(Verdict.JE, "its CPU time could not be measured")
    return Ruling(None)


def is_within(result: RunResult, limits: ProblemLimits) -> bool:
    """Return whether a run kept both time limits, however it ended; False if it did not start.

    An unknown CPU time counts as kept: `rule` handles it.
    """
    if result.outcome in (Outcome.CPU_TIME, Outcome.WALL_TIME, Outcome.NOT_STARTED):
        return False
    cpu_time_ns = result.usage.cpu_time_ns
    return cpu_time_ns is None or cpu_time_ns <= limits.cpu_time_ms * 1_000_000


def is_borderline(result: RunResult, limits: ProblemLimits, *, borderline: float = BORDERLINE) -> bool:
    """Return whether noise may have decided: the CPU time is within `borderline` of the limit, on either side.

    A run that the supervisor stopped is not borderline: with `run_limits`, it was further over.
    """
    cpu_time_ns = result.usage.cpu_time_ns
    if result.outcome not in (Outcome.EXITED, Outcome.SIGNALLED) or cpu_time_ns is None:
        return False
    limit_ns = limits.cpu_time_ms * 1_000_000
    return abs(cpu_time_ns - limit_ns) <= limit_ns * borderline


def was_starved(result: RunResult, limits: ProblemLimits) -> bool:
    """Return whether a busy host may have decided that a run reached its wall time limit.

    It had something to do then, and had not used up its CPU time. One that slept or waited had nothing to do.
    """
    used_ns = result.usage.cpu_time_ns
    if result.outcome is not Outcome.WALL_TIME or result.detail == WAITING or used_ns is None:
        return False
    return used_ns < limits.cpu_time_ms * 1_000_000


def wants_another_run(
    attempts: Sequence[RunResult], limits: ProblemLimits, *, borderline: float = BORDERLINE, reruns: int = RERUNS
) -> bool:
    """Return whether a case has to be run again after these attempts (at least one, in order).

    A borderline run is repeated up to `reruns` times, until one is within the limit. If the first one was within the
    limit, it is repeated once: the verdict can no longer change, but the second time shows how much they vary. One that
    the host may have starved is repeated once: a program may have arranged for it, and each time costs the whole limit.
    """
    if len(attempts) == 1 and reruns and was_starved(attempts[0], limits):
        return True
    if len(attempts) > reruns or not is_borderline(attempts[0], limits, borderline=borderline):
        return False
    return len(attempts) == 1 or not any(is_within(each, limits) for each in attempts)


def counting_attempt(attempts: Sequence[RunResult], limits: ProblemLimits) -> int:
    """Return the index of the attempt that decides: the first within the time limit, or else the fastest.

    So a program is accepted by its best time, and repeating a run that was within the limit changes nothing. An attempt
    that did not start is our failure, and counts only if there is no other.

    Raises:
        ValueError: no attempts.
    """
    started = [i for i, each in enumerate(attempts) if each.outcome is not Outcome.NOT_STARTED]
    within = [i for i in started if is_within(attempts[i], limits)]
    if within:
        return within[0]

    def cost(i: int) -> tuple[bool, int]:
        stopped = attempts[i].outcome in (Outcome.CPU_TIME, Outcome.WALL_TIME)  # it would have taken longer
        return stopped, attempts[i].usage.cpu_time_ns or 0

    return min(started or range(len(attempts)), key=cost)


# --- sentences ----------------------------------------------------------------------------------------------------


def _over_time(result: RunResult, limits: ProblemLimits, how: str) -> str:
    limit = seconds(limits.cpu_time_ms * 1_000_000)
    if result.usage.cpu_time_ns is None:
        return f"{how} over its limit of {limit} of CPU time"
    return f"{how} after {seconds(result.usage.cpu_time_ns)} of CPU time, the limit is {limit}"


def _over_wall_time(result: RunResult, limits: ProblemLimits) -> str:
    limit_ns = limits.cpu_time_ms * 1_000_000
    is_over = (result.usage.cpu_time_ns or 0) > limit_ns
    otherwise = f", the limit is {seconds(limit_ns)}" if is_over else ": it was waiting for part of the time"
    return f"was {wall_time_message(result, otherwise)}"


def _over_output(result: RunResult, limits: ProblemLimits) -> str:
    cut = (("stdout", result.stdout_truncated), ("stderr", result.stderr_truncated))
    names = " and ".join(name for name, truncated in cut if truncated) or "its output"
    return f"wrote more than {limits.output_bytes} bytes to {names}"


def seconds(time_ns: int) -> str:
    """Return a time for messages, with three decimals: "2.00 s, the limit is 2.00 s" would explain nothing."""
    return f"{time_ns / 1e9:.3f} s"


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / MIB:.4g} MiB"
