"""The claims for workers: claims, leases, fences, losses."""

import threading
import time
from dataclasses import replace

import pytest

from tests.harness.store_claims.values import (
    Stores,
    WithStores,
    claim_one,
    done,
    new_submission,
    state_of,
    submit_all,
    submit_one,
)
from zuko.submissions.model import (
    LOSSES_MAX,
    Claim,
    End,
    Event,
    FailureReason,
    Filter,
    Hold,
    Kind,
    ProblemRef,
    Renewal,
    State,
    StoredRequest,
    new_id,
)
from zuko.submissions.store import Store

SHORT_S = 0.05  # a lease that is over when one looks


def wait_over() -> None:
    time.sleep(SHORT_S * 3)  # the lease is a matter of the database's clock


class WorkerClaims(WithStores):
    crowd = 120  # submissions for eight claimers; a store that takes long for a submission may make it less
    turns = 10  # of ends and renewals that meet; fewer where no write waits for another one

    def test_a_claim_has_what_the_worker_needs(self, store: Store) -> None:
        request = StoredRequest('{"code":null}', ((("code",), "b" * 64),))
        new = new_submission(
            tenant="a", kind=Kind.JUDGE, request=request, problem=ProblemRef("sum", 1), trace="00-1-2-01"
        )
        submit_all(store, [new])
        claim = claim_one(store, "w1")
        assert claim == Claim(
            Hold(new.id, 1, "w1"), "a", Kind.JUDGE, request, ProblemRef("sum", 1), claim.queued_s, "00-1-2-01"
        )
        assert 0 <= claim.queued_s < 60
        found = store.get("a", new.id)
        assert found is not None
        assert (found.state, found.attempt) == (State.RUNNING, 1)
        assert found.started_at is not None
        assert store.claim("w1", None, 1) == []

    def test_a_worker_gets_what_it_has_the_languages_for(self, store: Store) -> None:
        java = submit_one(store, needs=("java", "python"))
        python = submit_one(store, needs=("python",))
        assert store.claim("w", frozenset({"c"}), 5) == []
        assert store.claim("w", frozenset(), 5) == []
        assert [each.hold.id for each in store.claim("w", frozenset({"python", "c"}), 5)] == [python]
        assert [each.hold.id for each in store.claim("w", frozenset({"python", "java"}), 5)] == [java]

    def test_a_claim_of_several_keeps_to_its_limit(self, store: Store) -> None:
        batch = [new_submission() for _ in range(5)]
        submit_all(store, batch)
        assert store.claim("w", None, 0) == []
        got = [each.hold.id for each in store.claim("w", None, 3)]
        assert got == [each.id for each in batch[:3]]
        assert len(store.claim("w", None, 3)) == 2

    def test_a_result_is_stored_once(self, store: Store) -> None:
        submission_id = submit_one(store)
        hold = claim_one(store).hold
        assert store.finish(hold, State.DONE, result='{"stdout":"\\u0000é"}', receipt="{}")
        assert not store.finish(hold, State.DONE, result="other")
        found = store.get("", submission_id)
        assert found is not None
        assert (found.state, found.result, found.receipt) == (State.DONE, '{"stdout":"\\u0000é"}', "{}")
        assert found.ended_at is not None
        assert found.started_at is not None
        assert found.created_at <= found.started_at <= found.ended_at

    def test_several_ends_are_stored_at_once(self, stores: Stores) -> None:
        """Each by its own fence: one that is lost keeps no other from being stored."""
        store = stores(lease_s=SHORT_S)
        lost = submit_one(store)
        old = claim_one(store).hold
        wait_over()
        assert store.reclaim() == 1
        store = stores()
        done, failed, cancelled = (submit_one(store, webhook=f"https://example.org/{n}") for n in range(3))
        holds = {claim.hold.id: claim.hold for claim in store.claim("worker", None, 9)}
        ends = [
            End(old, State.DONE, "late"),
            End(holds[done], State.DONE, '{"stdout":"\\u0000, \\"é\\""}', receipt="{}"),
            End(holds[failed], State.FAILED, reason=FailureReason.REFUSED, message='its "limits" are\0 {too, high}'),
            End(holds[cancelled], State.CANCELLED),
        ]
        assert store.finish_all(ends) == [False, True, True, True]
        assert store.finish_all(ends) == [False] * 4
        assert store.finish_all([]) == []
        assert store.finish_all([End(holds[lost], State.DONE, "right")]) == [True]
        found = {each: store.get("", each) for each in (lost, done, failed, cancelled)}
        assert {each: (row.state, row.result, row.receipt, row.reason) for each, row in found.items() if row} == {
            lost: (State.DONE, "right", None, None),
            done: (State.DONE, ends[1].result, "{}", None),
            failed: (State.FAILED, None, None, "refused"),
            cancelled: (State.CANCELLED, None, None, None),
        }
        assert str(getattr(found[failed], "message", "")).startswith('its "limits" are')
        assert sorted(hook.url for hook in store.due_hooks(9, 10)) == [f"https://example.org/{n}" for n in range(3)]

    def test_ends_and_renewals_do_not_wait_for_one_another(self, stores: Stores) -> None:
        """Of the same submissions, in either order: no deadlock, which the database would break with an error."""
        store, other = stores(), stores()
        count = 16
        for turn in range(self.turns):
            for _ in range(count):
                submit_one(store)
            holds = [claim.hold for claim in store.claim("worker", None, count)]
            ends = [End(hold, State.DONE, "{}") for hold in reversed(holds)]
            renewals: list[Renewal] = []

            def renew(holds: list[Hold] = holds, renewals: list[Renewal] = renewals) -> None:
                renewals.append(other.renew("worker", holds))

            renewing = threading.Thread(target=renew)
            renewing.start()
            time.sleep(turn / 2000)
            assert store.finish_all(ends) == [True] * count
            renewing.join()
            assert len(renewals) == 1

    def test_a_failure_has_its_reason(self, store: Store) -> None:
        submission_id = submit_one(store)
        hold = claim_one(store).hold
        assert store.finish(hold, State.FAILED, reason=FailureReason.REFUSED, message="its limits are too high")
        found = store.get("", submission_id)
        assert found is not None
        assert (found.state, found.reason, found.message, found.result) == (
            State.FAILED,
            "refused",
            "its limits are too high",
            None,
        )

    @pytest.mark.parametrize("wrong", ["id", "attempt", "worker"])
    def test_only_the_holder_writes(self, store: Store, wrong: str) -> None:
        submission_id = submit_one(store)
        hold = claim_one(store).hold
        other = {
            "id": replace(hold, id=new_id()),
            "attempt": replace(hold, attempt=2),
            "worker": replace(hold, worker="thief"),
        }[wrong]
        assert not store.finish(other, State.DONE, result="{}")
        assert not store.release(other, counted=False)
        assert not store.add_events(other, [Event(1, 1, "{}")])
        assert store.renew(other.worker, [other]).lost == {other.id}
        assert store.events(submission_id, (0, 0)) == []
        assert store.renew("worker", [hold]).lost == frozenset()
        assert state_of(store, submission_id) is State.RUNNING

    def test_a_worker_that_slept_past_its_lease_is_refused(self, stores: Stores) -> None:
        """As with SIGSTOP and SIGCONT: the work was given to another worker meanwhile."""
        sleepy, store = stores(lease_s=SHORT_S), stores()
        submission_id = submit_one(store)
        old = claim_one(sleepy, "sleepy").hold
        wait_over()
        assert store.reclaim() == 1
        assert not sleepy.finish(old, State.DONE, result="late")
        new = claim_one(store, "other").hold
        assert (new.id, new.attempt) == (submission_id, 2)
        assert not sleepy.finish(old, State.DONE, result="late")
        assert not sleepy.release(old, counted=True)
        assert not sleepy.add_events(old, [Event(1, 1, "{}")])
        assert sleepy.renew("sleepy", [old]).lost == {submission_id}
        assert store.finish(new, State.DONE, result="right")
        assert not sleepy.finish(old, State.DONE, result="late")
        found = store.get("", submission_id)
        assert found is not None
        assert found.result == "right"
        attempts = store.attempts("", submission_id)
        assert attempts is not None
        assert [(each.state, each.reason) for each in attempts] == [
            (State.QUEUED, FailureReason.WORKER_LOST),
            (State.DONE, None),
        ]

    def test_the_same_worker_may_get_it_again(self, stores: Stores) -> None:
        """Its former hold is lost, although its name fits."""
        store = stores(lease_s=SHORT_S)
        submission_id = submit_one(store)
        old = claim_one(store).hold
        wait_over()
        store.reclaim()
        new = claim_one(stores()).hold
        assert store.renew("worker", [old]).lost == {submission_id}
        assert not store.finish(old, State.DONE, result="late")
        assert store.finish(new, State.DONE, result="right")

    def test_a_renewed_lease_is_not_reclaimed(self, stores: Stores) -> None:
        store = stores(lease_s=SHORT_S)
        submit_one(store)
        hold = claim_one(store).hold
        assert stores().renew("worker", [hold]).lost == frozenset()  # by 10 s
        wait_over()
        assert store.reclaim() == 0
        assert store.renew("worker", []).lost == frozenset()

    def test_one_renewal_reports_all_that_a_worker_holds(self, store: Store) -> None:
        for _ in range(4):
            submit_one(store)
        holds = [claim.hold for claim in store.claim("worker", None, 4)]
        store.finish(holds[0], State.DONE, result="{}")
        store.cancel("", holds[1].id)
        renewal = store.renew("worker", holds)
        assert renewal == Renewal(frozenset({holds[0].id}), frozenset({holds[1].id}))

    def test_the_third_loss_is_the_end(self, stores: Stores) -> None:
        store = stores(lease_s=SHORT_S)
        submission_id = submit_one(store, webhook="https://example.org")
        for number in range(1, LOSSES_MAX + 1):
            assert claim_one(store).hold.attempt == number
            wait_over()
            assert store.reclaim() == 1
            assert store.reclaim() == 0
        found = store.get("", submission_id)
        assert found is not None
        assert (found.state, found.reason) == (State.FAILED, FailureReason.WORKER_LOST)
        assert found.message
        assert found.ended_at is not None
        assert store.claim("worker", None, 1) == []
        attempts = store.attempts("", submission_id)
        assert attempts is not None
        assert [each.state for each in attempts] == [State.QUEUED, State.QUEUED, State.FAILED]
        assert [hook.id for hook in store.due_hooks(5, 10)] == [submission_id]

    def test_a_claim_has_the_losses_before(self, store: Store) -> None:
        submit_one(store)
        for losses, counted in ((0, False), (0, True), (1, True), (2, False)):
            claim = claim_one(store)
            assert claim.losses == losses
            store.release(claim.hold, reason="sandbox_error", counted=counted)

    def test_a_judging_again_may_be_lost_as_often(self, stores: Stores) -> None:
        store = stores(lease_s=SHORT_S)
        submission_id = submit_one(store)
        for _ in range(LOSSES_MAX):
            assert store.release(claim_one(store).hold, reason="sandbox_error", counted=True)
        assert state_of(store, submission_id) is State.FAILED
        assert store.rejudge("", Filter()) == [submission_id]
        assert store.release(claim_one(store).hold, reason="sandbox_error", counted=True)
        assert state_of(store, submission_id) is State.QUEUED

    def test_what_is_given_back_at_a_shutdown_is_no_loss(self, store: Store) -> None:
        first, second = submit_one(store), submit_one(store)
        for number in range(1, LOSSES_MAX + 3):
            claim = claim_one(store)
            assert claim.hold == Hold(first, number, "worker")  # it has its old place
            assert store.release(claim.hold, counted=False)
            assert not store.release(claim.hold, counted=False)
        found = store.get("", first)
        assert found is not None
        assert (found.state, found.started_at, found.ended_at, found.reason) == (State.QUEUED, None, None, None)
        assert [each.hold.id for each in store.claim("worker", None, 5)] == [first, second]

    def test_a_counted_release_keeps_its_reason(self, store: Store) -> None:
        submission_id = submit_one(store)
        for _ in range(LOSSES_MAX):
            hold = claim_one(store).hold
            assert store.release(hold, reason=FailureReason.SANDBOX_ERROR, message="it broke", counted=True)
        found = store.get("", submission_id)
        assert found is not None
        assert (found.state, found.reason, found.message) == (State.FAILED, FailureReason.SANDBOX_ERROR, "it broke")
        attempts = store.attempts("", submission_id)
        assert attempts is not None
        assert [(each.reason, each.message) for each in attempts] == [
            (FailureReason.SANDBOX_ERROR, "it broke")
        ] * LOSSES_MAX

    def test_cancel_asks_the_worker_of_a_running_one(self, store: Store) -> None:
        submission_id = submit_one(store, webhook="https://example.org")
        hold = claim_one(store).hold
        assert store.cancel("", submission_id) is State.RUNNING
        assert store.renew("worker", [hold]).cancelled == {submission_id}
        assert store.finish(hold, State.CANCELLED)
        assert state_of(store, submission_id) is State.CANCELLED
        assert [hook.id for hook in store.due_hooks(5, 10)] == [submission_id]

    def test_a_cancelled_one_whose_worker_is_lost_ends(self, stores: Stores) -> None:
        store = stores(lease_s=SHORT_S)
        submission_id = submit_one(store)
        claim_one(store)
        store.cancel("", submission_id)
        wait_over()
        assert store.reclaim() == 1
        found = store.get("", submission_id)
        assert found is not None
        assert (found.state, found.reason) == (State.CANCELLED, None)
        assert found.ended_at is not None

    def test_a_cancelled_one_that_is_given_back_ends(self, store: Store) -> None:
        submission_id = submit_one(store)
        hold = claim_one(store).hold
        store.cancel("", submission_id)
        assert store.release(hold, counted=False)
        assert state_of(store, submission_id) is State.CANCELLED

    def test_events_are_those_of_the_newest_attempt(self, stores: Stores) -> None:
        store, reader = stores(), stores()
        submission_id = submit_one(store)
        hold = claim_one(store).hold
        assert store.add_events(hold, [])
        first = [Event(1, number, f'{{"n":{number}}}') for number in (1, 2)]
        assert store.add_events(hold, first)
        assert store.add_events(hold, [Event(1, 10, "{}")])
        assert reader.events(submission_id, (0, 0)) == [*first, Event(1, 10, "{}")]
        assert reader.events(submission_id, (1, 1)) == [first[1], Event(1, 10, "{}")]
        assert reader.events(submission_id, (1, 10)) == []
        store.release(hold, counted=False)
        again = claim_one(store).hold
        assert store.events(submission_id, (1, 1)) == []
        assert store.add_events(again, [Event(2, 1, "[]")])
        assert store.events(submission_id, (1, 10)) == [Event(2, 1, "[]")]
        store.finish(again, State.DONE, result="{}")
        assert store.events(submission_id, (0, 0)) == [Event(2, 1, "[]")]

    def test_claimers_never_get_the_same(self, stores: Stores) -> None:
        """Eight claimers, of four stores, and submitters meanwhile: each gets others, and all are got."""
        opened = [stores() for _ in range(4)]
        total = self.crowd
        got: list[Hold] = []
        submitted: list[str] = []

        def submit(number: int) -> None:
            for each in range(total // 4):
                submitted.append(submit_one(opened[number], tenant=str(each % 3), priority=each % 2))

        def claim(number: int) -> None:
            deadline = time.monotonic() + 60
            while len(got) < total and time.monotonic() < deadline:
                claims = opened[number % 4].claim(f"w{number}", None, number % 3 + 1)
                got.extend(each.hold for each in claims)
                for each in claims:
                    assert opened[number % 4].finish(each.hold, State.DONE, result="{}")

        threads = [threading.Thread(target=submit, args=(number,)) for number in range(4)]
        threads += [threading.Thread(target=claim, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(hold.id for hold in got) == sorted(submitted)
        assert {hold.attempt for hold in got} == {1}
        assert opened[0].depth().queued == 0

    def test_a_race_of_an_end_and_a_reclaim_has_one_winner(self, stores: Stores) -> None:
        store, keeper = stores(lease_s=SHORT_S), stores()
        for _ in range(5):
            submission_id = submit_one(store)
            hold = claim_one(store).hold
            wait_over()
            ended: list[bool] = []
            taken: list[int] = []

            def end(hold: Hold = hold, ended: list[bool] = ended) -> None:
                ended.append(store.finish(hold, State.DONE, result="{}"))

            def take(taken: list[int] = taken) -> None:
                taken.append(keeper.reclaim())

            threads = [threading.Thread(target=end), threading.Thread(target=take)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert ended[0] is not bool(taken[0])
            if taken[0]:
                store.finish(claim_one(keeper).hold, State.DONE, result="{}")
            assert state_of(store, submission_id) is State.DONE

    def test_each_end_has_its_attempt(self, store: Store) -> None:
        submission_id = done(store)
        attempts = store.attempts("", submission_id)
        assert attempts is not None
        (only,) = attempts
        found = store.get("", submission_id)
        assert found is not None
        assert (only.number, only.started_at, only.ended_at) == (1, found.started_at, found.ended_at)
