"""Accounts of callers: every process adds to them, and each day has its own."""

import threading
import time
from typing import Final

from tests.harness.store_claims.values import Stores, WithStores

TODAY: Final = int(time.time() // 86_400)


class AccountClaims(WithStores):
    def test_all_processes_add_to_an_account_and_read_it(self, stores: Stores) -> None:
        store, other = stores(), stores()
        assert store.charge(TODAY, {}, ["ann"]) == {}
        assert store.charge(TODAY, {"ann": 0.25, "bob": 1.5}, ["eve"]) == {"ann": 0.25, "bob": 1.5}
        assert other.charge(TODAY, {"ann": 0.5}, ["bob", "ann"]) == {"ann": 0.75, "bob": 1.5}
        assert store.charge(TODAY, {}, ["ann", "bob"]) == {"ann": 0.75, "bob": 1.5}
        assert store.charge(TODAY + 1, {}, ["ann"]) == {}

    def test_nothing_is_lost_where_processes_charge_at_once(self, stores: Stores) -> None:
        names = [f"address {number}" for number in range(4)]

        def charge(used: list[str]) -> None:
            store = stores()
            for _ in range(5):
                store.charge(TODAY, dict.fromkeys(used, 0.5), ())

        threads = [threading.Thread(target=charge, args=(each,)) for each in (names, names[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert stores().charge(TODAY, {}, names) == dict.fromkeys(names, 5.0)

    def test_accounts_of_former_days_go(self, stores: Stores) -> None:
        store = stores()
        for day in (TODAY - 3, TODAY):
            store.charge(day, {"ann": 1.0}, ())
        store.purge(keep_s=1000, keep_events_s=1000)
        assert store.charge(TODAY, {}, ["ann"]) == {"ann": 1.0}
        assert store.charge(TODAY - 3, {}, ["ann"]) == {}
