"""The storage of a tenant: what is refused, and how often it is counted."""

from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from tests.harness.store_claims import new_submission
from zuko.errors import StorageFullError
from zuko.settings import MIB, StoreSettings
from zuko.submissions import quota as quotas
from zuko.submissions.model import End, Filter, Hold, State
from zuko.submissions.parts import digest
from zuko.submissions.quota import Quota
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.store import Store
from zuko.submissions.storing import Prepared, take_room


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


class Used:
    """A store that counts for some time, if it has a clock."""

    def __init__(self, used_bytes: int, clock: Clock | None = None, takes_s: float = 0.0) -> None:
        self.used_bytes = used_bytes
        self.clock = clock
        self.takes_s = takes_s
        self.counted = 0

    def usage(self, _: str) -> int:
        self.counted += 1
        if self.clock is not None:
            self.clock.now_s += self.takes_s
        return self.used_bytes


def test_without_a_bound_nothing_is_counted() -> None:
    store = Used(MIB)
    Quota(StoreSettings()).take(cast(Store, store), "a", 1 << 40)
    assert store.counted == 0


def test_a_tenant_without_room_is_refused_with_the_limit() -> None:
    quota = Quota(StoreSettings(tenant_storage_mib=2))
    quota.take(cast(Store, Used(MIB)), "a", MIB)
    with pytest.raises(StorageFullError, match=r"may take 2 MiB \(ZUKO_TENANT_STORAGE_MIB\), and take 1.5 MiB"):
        quota.take(cast(Store, Used(MIB * 3 // 2)), "b", MIB)


def test_what_is_done_first_needs_room_for_what_the_store_lacks(tmp_path: Path) -> None:
    quota = Quota(StoreSettings(tenant_storage_mib=1))
    parts = {digest(part): part for part in (bytes(MIB), b"1" * (MIB // 2))}

    def store_one(*names: str) -> None:
        prepared = Prepared(new_submission(), {name: parts[name] for name in names})
        take_room(store, prepared, quota)
        end = End(Hold("", 1, "here"), State.DONE, "{}")
        store.keep_ended(prepared.submission, prepared.parts, end, ran_s=0.0)

    large, small = parts
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        store.open()
        store_one(small)
        store_one(small)
        with pytest.raises(StorageFullError):
            store_one(large)
        assert len(store.list("", Filter(), limit=5).submissions) == 2


def test_a_count_serves_with_what_was_taken_since(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(quotas, "time", clock)
    quota, store = Quota(StoreSettings(tenant_storage_mib=2)), Used(MIB, clock, takes_s=0.1)
    quota.take(cast(Store, store), "a", MIB // 2)
    quota.take(cast(Store, store), "a", MIB // 2)
    with pytest.raises(StorageFullError):
        quota.take(cast(Store, store), "a", 1)
    clock.now_s += 0.1 * quotas.REST - 0.01
    with pytest.raises(StorageFullError):
        quota.take(cast(Store, store), "a", 1)
    assert store.counted == 1
    clock.now_s += 0.02  # something was removed meanwhile
    quota.take(cast(Store, store), "a", 1)
    assert store.counted == 2


def test_what_is_kept_is_bounded() -> None:
    quota, store = Quota(StoreSettings(tenant_storage_mib=2)), Used(0)
    for number in range(2 * quotas.TENANTS_MAX):
        quota.take(cast(Store, store), str(number), 1)
    assert len(quota._kept) <= quotas.TENANTS_MAX
