"""The way into the store: a submission with its parts, after the tenant's room was looked at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from zuko.settings import StoreSettings
from zuko.submissions.model import Claimer, NewSubmission, Submitted
from zuko.submissions.quota import Quota
from zuko.submissions.store import Store


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission that is ready for the store, with its parts by their hashes."""

    submission: NewSubmission
    parts: dict[str, bytes]


def store_all(
    store: Store,
    prepared: Sequence[Prepared],
    settings: StoreSettings,
    quota: Quota,
    claimer: Claimer | None = None,
) -> list[Submitted]:
    """Store submissions of one tenant, all or none, and those of their parts that the store does not have.

    Args:
        store: open.
        prepared: at least one.
        settings: the bounds of the queue.
        quota: of the tenants.
        claimer: claims the submission, if it is one and nothing that it could do waits.

    Raises:
        StorageFullError: the tenant has no room for them.
        KeyConflictError: a key was used for something else.
        QueueFullError: the queue has no place.
        StoreError: the store does not answer.
    """
    parts = {digest: content for each in prepared for digest, content in each.parts.items()}
    submissions = [each.submission for each in prepared]
    missing = _take_room(store, submissions, parts, quota)
    if missing:
        store.put_parts({digest: parts[digest] for digest in missing})
    return store.submit(
        submissions,
        queued_max=settings.submissions_max,
        tenant_max=settings.submissions_tenant_max,
        claimer=claimer,
    )


def take_room(store: Store, prepared: Prepared, quota: Quota) -> None:
    """Count a submission that is to be done before it is stored: it is refused before it has cost anything.

    Raises:
        StorageFullError: the tenant has no room for it.
        StoreError: the store does not answer.
    """
    _take_room(store, [prepared.submission], prepared.parts, quota)


def _take_room(
    store: Store, submissions: Sequence[NewSubmission], parts: Mapping[str, bytes], quota: Quota
) -> Collection[str]:
    """Count submissions of one tenant; return the hashes of those of their parts that the store does not have."""
    missing = store.missing_parts(parts) if parts else set()
    new_bytes = sum(len(parts[digest]) for digest in missing) + sum(len(each.request.document) for each in submissions)
    quota.take(store, submissions[0].tenant, new_bytes)
    return missing
