"""Reports of what was executed, each made once: to the figures, to the line of the request, and to its span."""

from dataclasses import dataclass
from typing import Final

from zuko.errors import OverLimitError, UnavailableError
from zuko.execution.conclude import reason_of
from zuko.telemetry import tracing
from zuko.telemetry.observer import Observer
from zuko.telemetry.request import note
from zuko.types import Execution, RunResult, Status

_NS_PER_MS: Final = 1e6


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports of an executor. Cases of a judging are a part of it: they are not executions as well."""

    observer: Observer

    def execution(self, language: str, execution: Execution, elapsed_s: float) -> None:
        """Report an execution; `elapsed_s` is from its admission to its result."""
        self.observer.execution(language, execution, elapsed_s)
        fields: dict[str, object] = {"language": language, "status": execution.status, "reason": execution.reason}
        if execution.sandbox_wait_s is not None:
            fields["sandbox_wait_ms"] = round(execution.sandbox_wait_s * 1000, 3)
        if (usage := execution.usage) is not None:
            fields["wall_time_ms"] = round(usage.wall_time_ns / _NS_PER_MS, 3)
            fields["cpu_time_ms"] = None if usage.cpu_time_ns is None else round(usage.cpu_time_ns / _NS_PER_MS, 3)
        _note(**fields)

    def result(self, language: str, result: object) -> None:
        """Report the result of a job: a judgement; checks of inputs are not counted."""
        from zuko.problem import Judgement  # noqa: PLC0415 - a command that runs a program has no problem

        if isinstance(result, Judgement):
            verdicts = [case.verdict for case in result.cases]
            self.observer.judgement(language, result.verdict, verdicts, result.sandbox_wait_s)
            _note(language=language, verdict=result.verdict, cases=len(verdicts))

    def refusal(self, language: str, error: UnavailableError) -> None:
        """Report what could not be executed, by no fault of its own."""
        reason = reason_of(error)
        if isinstance(error, OverLimitError):
            self.observer.limited(error.limit)
            note(limit=error.limit)
        self.observer.refused(language, reason)
        _note(language=language, status=Status.ERROR, reason=reason)


def note_run(result: RunResult) -> RunResult:
    """Describe a run in the current span, and return it."""
    if tracing.is_tracing():
        usage = result.usage
        tracing.note(
            outcome=result.outcome.name.lower(),
            wall_time_ms=usage.wall_time_ns / _NS_PER_MS,
            cpu_time_ms=None if usage.cpu_time_ns is None else usage.cpu_time_ns / _NS_PER_MS,
            peak_rss_bytes=usage.peak_rss_bytes,
        )
    return result


def _note(**fields: object) -> None:
    """Add fields to the line of the request, and to the current span."""
    note(**fields)
    tracing.note(**fields)
