"""A submission that is stored for a claimer: claimed at once if nothing waits, else queued as others are."""

import time
from typing import Any

import pytest

from tests.harness.store_claims.values import (
    MANY,
    Stores,
    WithStores,
    claim_one,
    new_submission,
    state_of,
    submit_one,
)
from zuko.errors import KeyConflictError
from zuko.submissions.model import Claim, Claimer, NewSubmission, ProblemRef, State, StoredRequest
from zuko.submissions.store import Store

CLAIMER = Claimer("idle", frozenset({"python", "cpp"}))


def offer_to(store: Store, new: NewSubmission, claimer: Claimer = CLAIMER) -> Claim | None:
    """Store a submission for a claimer; return its claim."""
    (submitted,) = store.submit([new], queued_max=MANY, tenant_max=MANY, claimer=claimer)
    assert submitted.id == new.id
    assert submitted.is_new
    return submitted.claim


class ClaimerClaims(WithStores):
    hands_over = True  # a store need not

    def test_what_nothing_waits_for_is_claimed_as_by_a_claim(self, store: Store, stores: Stores) -> None:
        fields: dict[str, Any] = {
            "request": StoredRequest('{"code":null}', ((("code",), "f" * 64),)),
            "problem": ProblemRef("hello", 3),
            "trace": "00-" + "1" * 32 + "-" + "2" * 16 + "-01",
        }
        new = new_submission(**fields)
        claim = offer_to(store, new)
        assert (claim is not None) == self.hands_over
        if claim is None:
            claim = claim_one(store, CLAIMER.worker)
        assert (claim.hold.id, claim.hold.attempt, claim.hold.worker) == (new.id, 1, "idle")
        assert (claim.request, claim.problem, claim.trace) == (new.request, new.problem, new.trace)
        assert claim.queued_s < 5
        other = stores()
        found = other.get("", new.id)
        assert found is not None
        assert (found.state, found.attempt) == (State.RUNNING, 1)
        assert found.started_at is not None
        assert found.started_at >= found.created_at
        assert other.claim("another", None, 1) == []
        assert store.renew("idle", [claim.hold]).lost == frozenset()
        assert store.finish(claim.hold, State.DONE, result="{}")
        assert state_of(other, new.id) is State.DONE
        assert store.claim("another", None, 1) == []

    def test_what_waits_comes_first(self, store: Store) -> None:
        first, new = submit_one(store), new_submission()
        assert offer_to(store, new) is None
        assert [claim_one(store).hold.id for _ in range(2)] == [first, new.id]

    def test_what_waits_for_other_languages_does_not_count(self, store: Store) -> None:
        submit_one(store, language="java", needs=("java",))
        assert (offer_to(store, new_submission()) is not None) == self.hands_over

    def test_a_claimer_gets_what_it_can_do(self, store: Store) -> None:
        new = new_submission(needs=("java", "python"))
        assert offer_to(store, new) is None
        assert state_of(store, new.id) is State.QUEUED

    def test_a_key_is_used_once(self, store: Store) -> None:
        new = new_submission(key="k")
        claim = offer_to(store, new)
        (again,) = store.submit([new_submission(key="k")], queued_max=MANY, tenant_max=MANY, claimer=CLAIMER)
        assert (again.id, again.is_new, again.claim) == (new.id, False, None)
        with pytest.raises(KeyConflictError):
            store.submit(
                [new_submission(key="k", fingerprint="1" * 64)], queued_max=MANY, tenant_max=MANY, claimer=CLAIMER
            )
        assert store.depth().running == (claim is not None)

    def test_a_claimer_that_falls_silent_loses_it(self, stores: Stores) -> None:
        store = stores(lease_s=0.3)
        new = new_submission()
        claim = offer_to(store, new) or claim_one(store)
        deadline = time.monotonic() + 10
        while not store.reclaim():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert claim_one(store).hold.attempt == 2
        assert not store.finish(claim.hold, State.DONE, result="{}")

    def test_what_is_given_back_is_first(self, store: Store) -> None:
        new = new_submission()
        claim = offer_to(store, new) or claim_one(store)
        submit_one(store)
        assert store.release(claim.hold, counted=False)
        assert claim_one(store).hold.id == new.id
