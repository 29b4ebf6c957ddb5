"""Receipts: where and how a result was measured. And the scale, by which limits and times are the reference machine's.

A machine that takes `factor` times as long as the reference machine gives programs `factor` times the limits, and
divides the times that it measures, if ZUKO_TIME_SCALE says so. The receipt has the times as they were measured.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic_core import to_json

import zuko
from zuko.execution.executor import Executor
from zuko.execution.submission import JudgeJob, Submission
from zuko.languages.table import Language
from zuko.problem import CaseResult, Judgement
from zuko.submissions.speed import Speed
from zuko.types import Execution, Usage

_UNSCALED: Final = 1.0


class Receipts:
    """Makes the receipts of a worker.

    Args:
        executor: of the worker.
        host: name of its machine.
        worker: its name.
        speed: of its machine.
        scaled: whether limits and times are those of the reference machine.
    """

    def __init__(self, executor: Executor, *, host: str, worker: str, speed: Speed, scaled: bool) -> None:
        self._executor = executor
        self._host = host
        self._worker = worker
        self._speed = speed
        self._scaled = scaled
        self.engine_version: str | None = None  # as the worker has asked last

    def begin(self, language: Language) -> "Scale":
        """Return the scale of a submission that begins now."""
        factor = self._speed.factor
        scale = factor if self._scaled and factor is not None else _UNSCALED
        return Scale(self, language, scale, self._executor.busy)

    def describe(self, scale: "Scale") -> dict[str, Any]:
        """Return the fields of a receipt, without figures of the submission."""
        hello = self._executor.hello(scale.language)
        factor = self._speed.factor
        return {
            "host": self._host,
            "worker": self._worker,
            "factor": None if factor is None else round(factor, 4),
            "time_scale": round(scale.factor, 4) if self._scaled else None,
            "isolation": None if hello is None else hello.isolation.value,
            "cpu_time_source": None if hello is None else hello.cpu_source.name.lower(),
            "cgroup_version": None if hello is None else hello.cpu_source.cgroup_version,
            "own_co_runners": max(scale.others, self._executor.busy),
            "slots": self._executor.slots,
            "versions": {
                "zuko": zuko.__version__,
                "engine": self.engine_version,
                "language": f"{scale.language.name} {scale.language.version}",
            },
        }


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of a submission."""

    receipts: Receipts
    language: Language
    factor: float  # by which limits are multiplied, and times divided
    others: int  # programs that ran when it began

    def submission(self, submission: Submission) -> Submission:
        """Return a submission with the limits of this machine."""
        if self.factor == _UNSCALED:
            return submission
        limits = submission.limits
        return replace(
            submission,
            limits=replace(
                limits,
                wall_time_ms=self._limit(limits.wall_time_ms),
                cpu_time_ms=None if limits.cpu_time_ms is None else self._limit(limits.cpu_time_ms),
            ),
        )

    def job(self, job: JudgeJob) -> JudgeJob:
        """Return a submission to judge, with the limits of this machine."""
        if self.factor == _UNSCALED:
            return job
        limits = job.problem.limits
        limits = replace(
            limits, cpu_time_ms=self._limit(limits.cpu_time_ms), wall_time_ms=self._limit(limits.wall_time_ms)
        )
        return replace(job, problem=replace(job.problem, limits=limits))

    def execution(self, execution: Execution) -> Execution:
        """Return an execution with the times of the reference machine."""
        if self.factor == _UNSCALED or execution.usage is None:
            return execution
        return replace(execution, usage=self._usage(execution.usage))

    def case(self, case: CaseResult) -> CaseResult:
        """Return the result of a case with the times of the reference machine."""
        if self.factor == _UNSCALED:
            return case
        return replace(
            case,
            cpu_time_ns=self._time(case.cpu_time_ns),
            wall_time_ns=self._time(case.wall_time_ns),
            attempts=tuple(map(self._usage, case.attempts)),
        )

    def judgement(self, judgement: Judgement) -> Judgement:
        """Return a judgement with the times of the reference machine."""
        if self.factor == _UNSCALED:
            return judgement
        return replace(judgement, cases=tuple(map(self.case, judgement.cases)))

    def receipt(self, result: Execution | Judgement) -> str:
        """Return the JSON of the receipt; the result has the times of this machine."""
        fields = self.receipts.describe(self)
        if self.factor != _UNSCALED:
            fields["raw"] = _raw(result)
        return to_json(fields).decode()

    def _limit(self, time_ms: int) -> int:
        return max(math.ceil(time_ms * self.factor), 1)

    def _time(self, time_ns: int | None) -> int | None:
        return None if time_ns is None else round(time_ns / self.factor)

    def _usage(self, usage: Usage) -> Usage:
        return replace(
            usage, wall_time_ns=round(usage.wall_time_ns / self.factor), cpu_time_ns=self._time(usage.cpu_time_ns)
        )


def _raw(result: Execution | Judgement) -> dict[str, Any]:
    """Return the times of a result as they were measured."""
    if isinstance(result, Judgement):
        cases = [{"name": case.name} | _times(case.cpu_time_ns, case.wall_time_ns) for case in result.cases]
        return _times(result.cpu_time_ns, result.wall_time_ns) | {"cases": cases}
    usage = result.usage
    return _times(None, None) if usage is None else _times(usage.cpu_time_ns, usage.wall_time_ns)


def _times(cpu_time_ns: int | None, wall_time_ns: int | None) -> dict[str, Any]:
    def as_ms(time_ns: int | None) -> float | None:
        return None if time_ns is None else round(time_ns / 1e6, 3)

    return {"time_used_ms": as_ms(cpu_time_ns), "wall_time_ms": as_ms(wall_time_ns)}
