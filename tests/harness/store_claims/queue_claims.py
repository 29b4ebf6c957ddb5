"""The order of the queue: fair between tenants, by priority within one."""

from itertools import pairwise

from tests.harness.store_claims.values import (
    WithStores,
    claim_one,
    claimed_ids,
    new_submission,
    submit_all,
    submit_one,
)
from zuko.submissions.model import BATCH_MAX, Filter, State
from zuko.submissions.store import Store


def flood(store: Store, tenant: str, count: int) -> list[str]:
    """Queue many submissions of a tenant; return their ids."""
    ids = []
    for first in range(0, count, BATCH_MAX):
        batch = [new_submission(tenant=tenant) for _ in range(first, min(first + BATCH_MAX, count))]
        ids += [each.id for each in submit_all(store, batch)]
    return ids


class QueueClaims(WithStores):
    flood = 10_000  # a store that takes long for a submission may make it less

    def test_the_first_comes_first(self, store: Store) -> None:
        ids = [submit_one(store) for _ in range(5)]
        assert claimed_ids(store, 6) == ids

    def test_a_flood_of_one_tenant_does_not_delay_another(self, store: Store) -> None:
        """A has queued 10,000: the 20 of B are every second one from now on."""
        flood(store, "a", self.flood)
        claimed_ids(store, 10)
        own = [submit_one(store, tenant="b") for _ in range(20)]
        order = claimed_ids(store, 41)
        places = [order.index(each) for each in own]
        assert places == sorted(places)
        assert all(later - earlier == 2 for earlier, later in pairwise(places))
        assert places[0] <= 2

    def test_who_was_away_has_no_credit(self, store: Store) -> None:
        """A tenant that comes after a thousand of another is served in turns, not a thousand at once."""
        submit_one(store, tenant="b")
        flood(store, "a", 60)
        claimed_ids(store, 50)
        late = flood(store, "b", 10)
        own = [each in late for each in claimed_ids(store, 11)]
        assert sum(own[:6]) in (2, 3, 4)

    def test_who_is_alone_is_not_punished(self, store: Store) -> None:
        """A tenant that used the idle machine is served in turns with a new one, not after it."""
        for _ in range(30):
            submit_one(store, tenant="a")
            claimed_ids(store, 1)
        second = flood(store, "b", 10)
        first = flood(store, "a", 10)
        order = claimed_ids(store, 20)
        assert sorted(order) == sorted(first + second)
        assert sum(each in first for each in order[:10]) in (4, 5, 6)

    def test_three_tenants_take_turns(self, store: Store) -> None:
        groups = [flood(store, tenant, 10) for tenant in "abc"]
        order = claimed_ids(store, 30)
        for start in range(0, 30, 3):
            turn = order[start : start + 3]
            assert [sum(each in group for each in turn) for group in groups] == [1, 1, 1]

    def test_the_highest_priority_of_a_tenant_comes_first(self, store: Store) -> None:
        low, normal, high, higher, also_high = (submit_one(store, priority=priority) for priority in (-1, 0, 5, 10, 5))
        assert claimed_ids(store, 5) == [higher, high, also_high, normal, low]

    def test_a_claim_of_several_has_the_order_of_single_ones(self, store: Store) -> None:
        """Of two tenants, one of which has priorities."""
        ids = {priority: submit_one(store, tenant="a", priority=priority) for priority in (0, 3, 9)}
        other = [submit_one(store, tenant="b") for _ in range(3)]
        order: list[str] = []
        while len(order) < 6:  # a claim may get fewer than there are, where others have the rank of those that moved
            order += [claim.hold.id for claim in store.claim("worker", None, 6)]
        assert [each for each in order if each in other] == other
        assert [each for each in order if each not in other] == [ids[9], ids[3], ids[0]]
        assert sum(each in other for each in order[:4]) == 2

    def test_equal_priorities_keep_their_order(self, store: Store) -> None:
        """Also after one with a higher priority went before them, and took the rank of the oldest."""
        first = [submit_one(store) for _ in range(3)]
        high = submit_one(store, priority=1)
        last = submit_one(store)
        assert claimed_ids(store, 5) == [high, *first, last]

    def test_priority_is_among_the_submissions_of_one_tenant(self, store: Store) -> None:
        patient = [submit_one(store, tenant="a") for _ in range(5)]
        for _ in range(5):
            submit_one(store, tenant="b", priority=10)
        assert sum(each in patient for each in claimed_ids(store, 4)) == 2

    def test_priority_is_among_what_the_worker_can_do(self, store: Store) -> None:
        java = submit_one(store, needs=("java",), priority=10)
        python = submit_one(store, needs=("python",))
        assert claim_one(store, languages=frozenset({"python"})).hold.id == python
        assert claim_one(store, languages=frozenset({"java"})).hold.id == java

    def test_what_no_worker_can_do_keeps_no_one_waiting(self, store: Store) -> None:
        for _ in range(3):
            submit_one(store, needs=("intercal",), priority=10)
        python = submit_one(store)
        assert claim_one(store, languages=frozenset({"python"})).hold.id == python

    def test_what_is_judged_again_waits_its_turn(self, store: Store) -> None:
        ended = flood(store, "a", 4)
        for claim in store.claim("worker", None, 4):
            store.finish(claim.hold, State.DONE, result="{}")
        store.rejudge("a", Filter())
        other = flood(store, "b", 4)
        order = claimed_ids(store, 8)
        assert sorted(order) == sorted(ended + other)
        assert sum(each in ended for each in order[:4]) == 2
        assert [each for each in order if each in ended] == ended  # in their old order
