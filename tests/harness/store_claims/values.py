"""Submissions for the claims of stores, and short ways to store, claim and end them."""

from dataclasses import replace
from typing import Any, Final, Protocol

import pytest

from zuko.submissions.model import Claim, Kind, NewSubmission, State, StoredRequest, Submitted, new_id
from zuko.submissions.store import Store

MANY: Final = 10**6


class Stores(Protocol):
    """Opens a store on the data of the test."""

    def __call__(self, *, lease_s: float = 10.0, keep_part_s: float = 3600.0) -> Store:
        """Open it."""


class WithStores:
    """The fixtures of a class of claims."""

    @pytest.fixture
    def stores(self) -> Stores:
        raise NotImplementedError

    @pytest.fixture
    def store(self, stores: Stores) -> Store:
        return stores()


def new_submission(**changes: Any) -> NewSubmission:
    """Return a submission that prints nothing."""
    plain = NewSubmission(
        id=new_id(),
        tenant="",
        kind=Kind.EXECUTE,
        language="python",
        needs=("python",),
        request=StoredRequest('{"language":"python","code":""}'),
        fingerprint="0" * 64,
    )
    return replace(plain, **changes)


def submit_one(store: Store, **changes: Any) -> str:
    """Store a submission; return its id."""
    return submit_all(store, [new_submission(**changes)])[0].id


def submit_all(store: Store, submissions: list[NewSubmission]) -> list[Submitted]:
    """Store submissions without a bound."""
    return store.submit(submissions, queued_max=MANY, tenant_max=MANY)


def claim_one(store: Store, worker: str = "worker", languages: frozenset[str] | None = None) -> Claim:
    """Claim the next submission, which there is."""
    (claim,) = store.claim(worker, languages, 1)
    return claim


def claimed_ids(store: Store, count: int) -> list[str]:
    """Claim submissions one by one; return their ids in the order of the queue."""
    return [claim.hold.id for _ in range(count) for claim in store.claim("worker", None, 1)]


def done(store: Store, **changes: Any) -> str:
    """Store a submission and judge it; return its id."""
    submission_id = submit_one(store, **changes)
    claim = claim_one(store)
    assert claim.hold.id == submission_id
    assert store.finish(claim.hold, State.DONE, result='{"status":"OK"}', receipt='{"host":"one"}')
    return submission_id


def state_of(store: Store, submission_id: str, tenant: str = "") -> State:
    """Return the state of a submission that there is."""
    found = store.get(tenant, submission_id)
    assert found is not None
    return found.state
