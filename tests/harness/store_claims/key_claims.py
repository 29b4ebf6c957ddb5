"""API keys: stored once, found by their id in every process, revoked for ever."""

from tests.harness.store_claims.values import Stores, WithStores
from zuko.caller import Allowance
from zuko.submissions.keys import Scope, make_key
from zuko.submissions.store import Store


class KeyClaims(WithStores):
    def test_a_key_is_found_by_its_id_and_listed(self, stores: Stores) -> None:
        store, other = stores(), stores()
        _, first = make_key("ann", (Scope.RUN, Scope.JUDGE), now=1000.5, expires_at=2000.25)
        _, second = make_key("ann", (Scope.ADMIN,), now=1001.0, expires_at=None)
        for each in (second, first):
            store.put_key(each)
        assert (other.get_key(first.id), other.get_key(second.id)) == (first, second)
        assert other.get_key("0" * 12) is None
        assert other.list_keys() == [first, second]

    def test_a_revoked_key_stays_revoked(self, stores: Stores) -> None:
        store, other = stores(), stores()
        _, key = make_key("ann", (Scope.RUN,), now=1000.0, expires_at=None)
        store.put_key(key)
        assert store.revoke_key(key.id)
        found = other.get_key(key.id)
        assert found is not None
        assert found.refusal(0.0) == "revoked"
        assert not other.revoke_key(key.id)
        assert other.get_key(key.id) == found
        assert not store.revoke_key("0" * 12)

    def test_limits_of_a_key_are_kept(self, stores: Stores) -> None:
        store, other = stores(), stores()
        allowance = Allowance(requests_per_s=0.5, runs=2, queue_share=0.25, cpu_s_per_day=3600.5)
        for each in (allowance, Allowance(runs=1), Allowance()):
            _, key = make_key("ann", (Scope.RUN,), now=1000.0, expires_at=None, allowance=each)
            store.put_key(key)
            assert other.get_key(key.id) == key

    def test_there_are_no_keys_at_first(self, store: Store) -> None:
        assert store.list_keys() == []
