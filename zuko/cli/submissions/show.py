"""Stored submissions on a terminal, or as JSON."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from zuko.cli.figures import UNKNOWN, age_text, has_colours, points
from zuko.cli.printable import printable_lines
from zuko.cli.submissions.options import NOT_DONE
from zuko.client import AttemptBegun, CaseEnded, SubmissionEnded, SubmissionEvent
from zuko.wire.judge import CaseResponse
from zuko.wire.submissions import SubmissionResponse

_COLOURS: Final = {"done": "green", "AC": "green", "OK": "green", "queued": "cyan", "running": "cyan"}


def show(found: SubmissionResponse, *, as_json: bool, cases: bool = True) -> int:
    """Show a submission; return the exit code."""
    if as_json:
        click.echo(found.model_dump_json())
    else:
        _show_lines(found, cases=cases)
    return 0 if found.state == "done" else NOT_DONE


def show_event(event: SubmissionEvent, *, as_json: bool) -> int | None:
    """Show an event; return the exit code if it is the last one."""
    match event:
        case AttemptBegun():
            if as_json:
                _echo_event("attempt", event.id, json.dumps({"attempt": event.attempt}))
            elif event.attempt > 1:
                click.echo(f"attempt {event.attempt}")
        case CaseEnded():
            if as_json:
                _echo_event("case", event.id, event.case.model_dump_json())
            else:
                click.echo(_case_line(event.case))
        case SubmissionEnded():
            if as_json:
                _echo_event("submission", event.id, event.submission.model_dump_json())
                return 0 if event.submission.state == "done" else NOT_DONE
            return show(event.submission, as_json=False, cases=False)
    return None


def show_table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Show rows with aligned columns."""
    from zuko.cli.report import Report  # noqa: PLC0415 - rich takes 0.1 s, and JSON does without

    Report().table(heading, rows)


def row_of(found: SubmissionResponse) -> tuple[str, ...]:
    """Return the row of a submission in a list."""
    age = datetime.now(UTC) - found.created_at
    labels = " ".join(f"{name}={value}" for name, value in found.labels.items())
    problem = found.problem or UNKNOWN
    return (found.id, found.state, found.language, problem, str(found.attempt), age_text(age), labels)


def result_word(result: dict[str, Any] | None) -> str:
    """Return a result in a word."""
    return UNKNOWN if result is None else str(result.get("verdict") or result.get("status") or UNKNOWN)


def _echo_event(kind: str, event_id: str, data: str) -> None:
    click.echo(f'{{"event": {json.dumps(kind)}, "id": {json.dumps(event_id)}, "data": {data}}}')


def _show_lines(found: SubmissionResponse, *, cases: bool) -> None:
    about = [found.kind, found.language, *([found.problem] if found.problem else [])]
    attempt = f", attempt {found.attempt}" if found.attempt > 1 else ""
    click.echo(f"{found.id}  {_coloured(found.state)}  {' '.join(about)}{attempt}")
    if found.message:
        click.echo(f"  {printable_lines(found.message)}")
    if (webhook := found.webhook) is not None:
        error = f": {webhook.error}" if webhook.error else ""
        click.echo(f"  webhook {webhook.state}, {webhook.tries} tries{printable_lines(error)}")
    result = found.result
    if result is None:
        return
    for case in result.get("cases", []) if cases else []:
        click.echo(_case_line(CaseResponse.model_validate(case)))
    score = "" if result.get("points") is None else f"  {points(result['points'])} points"
    message = f"  {result['message']}" if result.get("message") else ""
    figures = _figures(result.get("time_used_ms"), result.get("memory_used_kb"))
    click.echo(f"  {_coloured(result_word(result))}{score}  {figures}{printable_lines(message)}")
    for name in ("compile_output", "stdout", "stderr"):
        if result.get(name):
            click.echo(f"  {name}:")
            click.echo(printable_lines(result[name]).rstrip("\n"))


def _case_line(case: CaseResponse) -> str:
    figures = _figures(case.time_used_ms, case.memory_used_kb)
    message = f"  {case.message}" if case.message else ""
    return f"  {_coloured(case.verdict)}  {printable_lines(case.name)}  {figures}{printable_lines(message)}"


def _figures(time_ms: float | None, memory_kb: int | None) -> str:
    cpu = UNKNOWN if time_ms is None else f"{time_ms / 1000:.3f} s CPU"
    return cpu if memory_kb is None else f"{cpu}, {memory_kb / 1024:.1f} MiB"


def _coloured(text: str) -> str:
    if not has_colours(sys.stdout):
        return text
    return click.style(text, fg=_COLOURS.get(text, "red"), bold=True)
