"""Calls about stored submissions."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from zuko.client.options import ListOptions, body_of
from zuko.client.program_calls import EVENTS, JSON, reads, reads_nothing, segment
from zuko.client.retries import Call
from zuko.wire.submissions import (
    AttemptsResponse,
    BatchResponse,
    QueueResponse,
    RejudgeRequest,
    RejudgeResponse,
    StateResponse,
    SubmissionRequest,
    SubmissionResponse,
    SubmissionsResponse,
    SubmittedResponse,
    WebhookResponse,
)

PATH: Final = "/api/v1/submissions"
WAIT_S: Final = 50.0  # of a long poll; the service allows 60
PAGE: Final = 200
ENDED: Final = ("done", "cancelled", "failed")
# Of a list's parameters, where they differ from the option's name.
_PARAMETERS: Final = {"states": "state", "labels": "label"}


def submit(request: SubmissionRequest, key: str | None) -> Call[SubmittedResponse]:
    """Return the call that stores a submission, under a key, so that it can be repeated."""
    return Call("POST", PATH, reads(SubmittedResponse), content=body_of(request), headers=_keyed(key))


def submit_batch(requests: Sequence[SubmissionRequest], key: str | None) -> Call[BatchResponse]:
    """Return the call that stores submissions together."""
    # Not validated again: that would take what was not given for given.
    body = b'{"submissions":[%s]}' % b",".join(body_of(each) for each in requests)
    return Call("POST", f"{PATH}/batch", reads(BatchResponse), content=body, headers=_keyed(key))


def get(submission_id: str, wait_s: float = 0.0) -> Call[SubmissionResponse]:
    """Return the call that reads a submission, at once or when it has ended."""
    query = (("wait", f"{wait_s:g}"),) if wait_s else ()
    return Call("GET", _path(submission_id), reads(SubmissionResponse), query, allowance_s=wait_s)


def events(submission_id: str, last: str | None) -> Call[None]:
    """Return the call that follows a submission, after the event with the id `last`."""
    headers = EVENTS if last is None else {**EVENTS, "last-event-id": last}
    return Call("GET", f"{_path(submission_id)}/events", reads_nothing, headers=headers)


def page(options: ListOptions, limit: int, cursor: str | None) -> Call[SubmissionsResponse]:
    """Return the call that reads a page of a list."""
    query = [("limit", str(limit)), *(() if cursor is None else (("cursor", cursor),))]
    for name, value in options.items():
        parameter = _PARAMETERS.get(name, name)
        query += [(parameter, each) for each in _words(value)]
    return Call("GET", PATH, reads(SubmissionsResponse), tuple(query))


def cancel(submission_id: str) -> Call[StateResponse]:
    """Return the call that cancels a submission."""
    return Call("DELETE", _path(submission_id), reads(StateResponse), (("only", "cancel"),))


def remove(submission_id: str) -> Call[None]:
    """Return the call that removes a submission that has ended."""
    return Call("DELETE", _path(submission_id), reads_nothing, (("only", "remove"),))


def rejudge(submission_id: str, judge_by: int | None) -> Call[RejudgeResponse]:
    """Return the call that queues a submission again. A repetition finds it queued, and is a conflict."""
    query = () if judge_by is None else (("judge_by", str(judge_by)),)
    return Call("POST", f"{_path(submission_id)}/rejudge", reads(RejudgeResponse), query, repeatable=False)


def rejudge_all(wanted: RejudgeRequest) -> Call[RejudgeResponse]:
    """Return the call that queues all submissions again that fit."""
    return Call(
        "POST",
        f"{PATH}/rejudge",
        reads(RejudgeResponse),
        content=body_of(wanted),
        headers=JSON,
        repeatable=False,
    )


def attempts(submission_id: str) -> Call[AttemptsResponse]:
    """Return the call that lists the attempts of a submission that have ended."""
    return Call("GET", f"{_path(submission_id)}/attempts", reads(AttemptsResponse))


def resend_webhook(submission_id: str) -> Call[WebhookResponse]:
    """Return the call that sends a webhook again."""
    return Call("POST", f"{_path(submission_id)}/webhook", reads(WebhookResponse), repeatable=False)


def queue() -> Call[QueueResponse]:
    """Return the call that reports the queue and its workers."""
    return Call("GET", "/api/v1/queue", reads(QueueResponse))


def _path(submission_id: str) -> str:
    return f"{PATH}/{segment(submission_id)}"


def _keyed(key: str | None) -> Mapping[str, str]:
    return {**JSON, "idempotency-key": key or uuid.uuid4().hex}


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [f"{name}={each}" for name, each in value.items()]
    return [str(each) for each in value]
