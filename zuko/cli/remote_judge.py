"""`zuko judge --remote`: solutions that a service judges by a stored problem, shown like those of ours."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from zuko.cli.case_table import CaseTable, Shape
from zuko.cli.remote import Remote
from zuko.cli.report import Report
from zuko.cli.sources import choose_language, read_text
from zuko.client import Client
from zuko.errors import SubmissionError
from zuko.problem import CaseResult, GroupResult, Judgement, Verdict
from zuko.types import CpuSource, Usage
from zuko.wire.judge import CaseResponse, JudgeResponse, UsageResponse

_NAME_WIDTH: Final = 24  # of a case: its names are the service's
_OPTIONS: Final = {
    "language": "--language",
    "problem": "PROBLEM",
    "time_limit_ms": "--time-limit",
    "args": "--arg",
    "workers": "--workers",
}


def judge_remotely(
    remote: Remote,
    problem: str,
    solutions: Sequence[Path],
    language: str | None,
    options: Mapping[str, Any],
    *,
    as_json: bool,
) -> Iterator[Verdict]:
    """Judge solutions, show each, and yield its verdict.

    Args:
        remote: the service.
        problem: name of a stored problem, or name@version.
        solutions: a file each.
        language: of all; None: by their extensions.
        options: fields of the request.
        as_json: print the service's responses.

    Raises:
        SubmissionError: a solution cannot be read, or the service refuses it.
        ZukoError: the service cannot judge now, or failed.
    """
    report = Report()
    with remote.connected(options=_OPTIONS) as client:
        stored = client.problems.get(problem)
        shape = Shape(stored.cases, _NAME_WIDTH, stored.scored, options.get("time_limit_ms") or stored.time_limit_ms)
        for path in solutions:
            sent = _program(path, language)
            fields = {"problem": problem, **options}
            if as_json:
                response = _judge(client, sent, fields)
                click.echo(response.model_dump_json())
            else:
                table = CaseTable(report, shape, str(path) if len(solutions) > 1 else "")
                with report.busy("judging") as table.say:
                    response = _judge(client, sent, fields, table)
                table.end(judgement_of(response))
            yield response.verdict


def _program(path: Path, language: str | None) -> tuple[str, str]:
    if path.is_dir():
        message = f"{path}: is a directory: --remote judges solutions of one file each"
        raise SubmissionError("solutions", message)
    return language or choose_language(path, None).name, read_text(path)


def _judge(
    client: Client, program: tuple[str, str], fields: Mapping[str, Any], table: CaseTable | None = None
) -> JudgeResponse:
    def show(case: CaseResponse) -> None:
        if table is not None:
            table.add(result_of(case))

    return client.judge(*program, on_case=show, **fields)


def result_of(case: CaseResponse) -> CaseResult:
    """Return the result that a response is about."""
    return CaseResult(
        name=case.name,
        group=case.group,
        verdict=case.verdict,
        reason=case.message or "",
        cpu_time_ns=_ns(case.time_used_ms),
        wall_time_ns=_ns(case.wall_time_ms),
        peak_rss_bytes=_bytes(case.memory_used_kb),
        points=case.points or 0.0,
        diff=case.diff or "",
        message=case.checker_message or "",
        attempts=tuple(_usage(attempt) for attempt in case.attempts),
        borderline=case.borderline,
    )


def judgement_of(response: JudgeResponse) -> Judgement:
    """Return the judgement that a response is about."""
    return Judgement(
        response.verdict,
        response.message or "",
        response.points,
        response.max_points,
        cases=tuple(map(result_of, response.cases)),
        groups=tuple(
            GroupResult(group.name, group.verdict, group.points or 0.0, group.max_points) for group in response.groups
        ),
        skipped=tuple(response.skipped),
        decided_by=response.decided_by,
        compile_output=response.compile_output or "",
    )


def _usage(attempt: UsageResponse) -> Usage:
    wall_ns = round(attempt.wall_time_ms * 1e6)
    return Usage(wall_ns, _ns(attempt.time_used_ms), _bytes(attempt.memory_used_kb), CpuSource.RUSAGE)


def _ns(time_ms: float | None) -> int | None:
    return None if time_ms is None else round(time_ms * 1e6)


def _bytes(size_kb: int | None) -> int | None:
    return None if size_kb is None else size_kb * 1024
