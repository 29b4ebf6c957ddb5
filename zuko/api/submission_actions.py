"""The actions of the routes of stored submissions. Each function blocks, and is called in a thread."""

import json
from dataclasses import replace
from functools import partial
from typing import Literal

from zuko.api.errors import RefusedError
from zuko.api.responses import Responses
from zuko.api.submission_queries import missing, not_ended, rejudge_filter, version_to_judge_by
from zuko.errors import StoreError
from zuko.settings import StoreSettings
from zuko.submissions.depths import Depths
from zuko.submissions.documents import attempt_json, moment
from zuko.submissions.model import Depth, Filter, State, StoredSubmission, WorkerInfo
from zuko.submissions.parts import fetch, join
from zuko.submissions.store import Store
from zuko.wire.submissions import DepthResponse, QueueResponse, RejudgeRequest, WebhookResponse, WorkerResponse

_RACES_MAX = 5  # changes of a submission between two looks at it


def delete(store: Store, tenant: str, submission_id: str, only: Literal["cancel", "remove"] | None) -> State | None:
    """Cancel a submission, or remove it if it has ended.

    Returns:
        the state of a cancelled one; None: it is removed.

    Raises:
        RefusedError: there is none, or its state does not allow what is to be done only.
    """
    for _ in range(_RACES_MAX):
        stored = get(store, tenant, submission_id)
        if not stored.state.is_final:
            if only == "remove":
                raise not_ended(stored, "removed")
            state = store.cancel(tenant, submission_id)
            if state is not None:
                return state
        elif only == "cancel":
            message = f"the submission has ended: it is {stored.state}"
            raise RefusedError(409, "path", "id", message=message, kind="ended")
        elif store.remove(tenant, submission_id):
            return None
    raise StoreError("the submission changes too fast")


def rejudge_one(
    store: Store, tenant: str, submission_id: str, version: int | None, settings: StoreSettings
) -> list[str]:
    """Queue a submission again; return its id in a list.

    Raises:
        RefusedError: there is none, it has not ended, or its problem does not have that version.
        QueueFullError: the queue has no place.
    """
    stored = get(store, tenant, submission_id)
    problem = None
    if stored.problem is not None:
        problem = version_to_judge_by(store, tenant, stored.problem.name, version)
    elif version is not None:
        message = "judge_by: the submission is not judged by a stored problem"
        raise RefusedError(422, "query", "judge_by", message=message, kind="out_of_bounds")
    queued = store.rejudge(
        tenant,
        Filter(),
        ids=[submission_id],
        problem=problem,
        queued_max=settings.submissions_max,
        tenant_max=settings.submissions_tenant_max,
    )
    if not queued:
        raise not_ended(get(store, tenant, submission_id), "judged again")
    return queued


def rejudge_many(store: Store, tenant: str, wanted: RejudgeRequest, settings: StoreSettings) -> list[str]:
    """Queue ended submissions again; return their ids.

    Raises:
        QueueFullError: the queue has no place for all of them.
        RefusedError: nothing limits which ones, or the problem does not have that version.
        UnknownLanguageError: no language has that name.
    """
    found = rejudge_filter(wanted)
    if replace(found, states=None) == Filter():
        message = "problem, labels, language, created_from or created_before: one of them is needed"
        raise RefusedError(422, "body", message=message, kind="missing")
    problem = None
    if found.problem is not None:
        problem = version_to_judge_by(store, tenant, found.problem, wanted.judge_by)
    return store.rejudge(
        tenant, found, problem=problem, queued_max=settings.submissions_max, tenant_max=settings.submissions_tenant_max
    )


def resend(store: Store, tenant: str, submission_id: str) -> WebhookResponse:
    """Make the webhook of a submission due again.

    Raises:
        RefusedError: there is no such submission, it has not ended, or it has no webhook.
    """
    done = store.resend_hook(tenant, submission_id)
    stored = get(store, tenant, submission_id)
    webhook = stored.webhook
    if webhook is None:
        raise RefusedError(409, "path", "id", message="the submission has no webhook", kind="no_webhook")
    if not done:
        raise not_ended(stored, "reported")
    return WebhookResponse.model_validate(
        {
            "url": webhook.url,
            "state": webhook.state,
            "tries": webhook.tries,
            "error": webhook.error,
            "due_at": moment(webhook.due_at),
        }
    )


def attempts_json(store: Store, tenant: str, submission_id: str, responses: Responses) -> str:
    """Return the JSON of `AttemptsResponse`, with as many of the newest results as fit into a response.

    Raises:
        RefusedError: there is no such submission.
    """
    attempts = store.attempts(tenant, submission_id, results_max=responses.limit_bytes)
    if attempts is None:
        raise missing(submission_id)
    documents: list[str] = []
    left = responses.limit_bytes
    for attempt in reversed(attempts):
        document = attempt_json(attempt)
        if (size := responses.document_size(document)) > left:
            document = attempt_json(replace(attempt, result=None))
        else:
            left -= size
        documents.append(document)
    return f'{{"attempts":[{",".join(reversed(documents))}]}}'


def request_json(store: Store, tenant: str, submission_id: str, responses: Responses) -> str:
    """Return the body that a submission was sent with.

    Raises:
        RefusedError: there is no such submission, or its request is larger than a response may be.
        LostPartError: a part of it is lost.
    """
    found = store.get_request(tenant, submission_id)
    if found is None:
        raise missing(submission_id)
    new, _ = found
    request = join(new.request, partial(fetch, store.get_part))
    if new.priority:
        request["priority"] = new.priority
    if new.labels:
        request["labels"] = dict(new.labels)
    if new.webhook is not None:
        request["webhook"] = new.webhook
    document = json.dumps(request, ensure_ascii=False, separators=(",", ":"))
    if not responses.streams and responses.document_size(document) > responses.limit_bytes:
        message = f"the request is larger than a response may be here, {responses.limit_bytes} bytes"
        raise RefusedError(413, "path", "id", message=message, kind="response_too_large")
    return document


def queue(store: Store, tenant: str | None, depths: Depths) -> QueueResponse:
    """Return the queue and its workers.

    Args:
        store: of submissions.
        tenant: whose own queue to report, too; None: there are no tenants, or the request is of none.
        depths: count.
    """
    return QueueResponse(
        **_depth(depths.of(store, None)).model_dump(),
        yours=None if tenant is None else _depth(depths.of(store, tenant)),
        workers=[_worker(each) for each in store.workers()],
    )


def get(store: Store, tenant: str, submission_id: str) -> StoredSubmission:
    """Return a submission.

    Raises:
        RefusedError: there is none.
    """
    stored = store.get(tenant, submission_id)
    if stored is None:
        raise missing(submission_id)
    return stored


def _depth(depth: Depth) -> DepthResponse:
    return DepthResponse(queued=depth.queued, running=depth.running, oldest_s=depth.oldest_s)


def _worker(worker: WorkerInfo) -> WorkerResponse:
    return WorkerResponse.model_validate(
        {
            "name": worker.name,
            "host": worker.host,
            "slots": worker.slots,
            "languages": list(worker.languages),
            "factor": worker.factor,
            "version": worker.version,
            "draining": worker.draining,
            "seen_at": moment(worker.seen_at),
        }
    )
