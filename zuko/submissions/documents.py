"""The JSON of stored submissions: as routes answer it, as events end with it, and as webhooks carry it."""

import math
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic_core import to_json

from zuko.submissions.model import Attempt, State, StoredSubmission, Webhook

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def submission_json(stored: StoredSubmission) -> str:
    """Return the JSON of `SubmissionResponse`.

    Its result and its receipt are JSON already, of up to megabytes, and are not parsed for it.
    """
    fields: dict[str, Any] = {
        "id": stored.id,
        "kind": stored.kind,
        "state": stored.state,
        "language": stored.language,
        "problem": None if stored.problem is None else str(stored.problem),
        "priority": stored.priority,
        "labels": dict(stored.labels),
        "attempt": stored.attempt,
        "created_at": moment(stored.created_at),
        "started_at": moment(stored.started_at),
        "ended_at": moment(stored.ended_at),
        "reason": stored.reason,
        "message": stored.message,
        "webhook": None if stored.webhook is None else _webhook(stored.webhook, stored.state),
    }
    return _with_documents(fields, stored.result, stored.receipt)


def attempt_json(attempt: Attempt) -> str:
    """Return the JSON of `AttemptResponse`."""
    fields = {
        "number": attempt.number,
        "state": _state(attempt),
        "reason": attempt.reason,
        "message": attempt.message,
        "started_at": moment(attempt.started_at),
        "ended_at": moment(attempt.ended_at),
    }
    return _with_documents(fields, attempt.result, attempt.receipt)


def moment(time_s: float | None) -> datetime | None:
    """Return a time of the store as a date, never a later one: a list from that time on has what it is of."""
    if time_s is None:
        return None
    time_us = math.floor(time_s * 1e6)
    if time_us / 1_000_000 > time_s:  # the product was rounded up
        time_us -= 1
    return _EPOCH + timedelta(microseconds=time_us)


def _state(attempt: Attempt) -> str:
    """Return how an attempt has ended: one without a result was lost, for a reason, or given back."""
    if attempt.state is not State.QUEUED:
        return attempt.state
    return "given_back" if attempt.reason is None else "lost"


def _webhook(webhook: Webhook, state: State) -> dict[str, Any]:
    if not state.is_final:  # what was sent of a former attempt is not of this one
        webhook = Webhook(webhook.url, "waiting", 0, None, None)
    return asdict(webhook) | {"due_at": moment(webhook.due_at)}


def _with_documents(fields: dict[str, Any], result: str | None, receipt: str | None) -> str:
    head = to_json(fields).decode()
    return f'{head[:-1]},"result":{result or "null"},"receipt":{receipt or "null"}}}'
