"""The storage of a tenant: what is refused, and how often it is counted."""

import time
from typing import cast

import pytest

from zuko.errors import StorageFullError
from zuko.settings import MIB, StoreSettings
from zuko.submissions import quota as quotas
from zuko.submissions.quota import Quota
from zuko.submissions.store import Store


class Used:
    """A store that counts for some time."""

    def __init__(self, used_bytes: int, takes_s: float = 0.0) -> None:
        self.used_bytes = used_bytes
        self.takes_s = takes_s
        self.counted = 0

    def usage(self, _: str) -> int:
        self.counted += 1
        time.sleep(self.takes_s)
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


def test_a_count_serves_with_what_was_taken_since(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "REST", 10)
    quota, store = Quota(StoreSettings(tenant_storage_mib=2)), Used(MIB, takes_s=0.1)
    quota.take(cast(Store, store), "a", MIB // 2)
    quota.take(cast(Store, store), "a", MIB // 2)
    with pytest.raises(StorageFullError):
        quota.take(cast(Store, store), "a", 1)
    assert store.counted == 1
    time.sleep(1.1)  # something was removed meanwhile
    quota.take(cast(Store, store), "a", 1)
    assert store.counted == 2


def test_what_is_kept_is_bounded() -> None:
    quota, store = Quota(StoreSettings(tenant_storage_mib=2)), Used(0)
    for number in range(2 * quotas.TENANTS_MAX):
        quota.take(cast(Store, store), str(number), 1)
    assert len(quota._kept) <= quotas.TENANTS_MAX
