"""The keeper: what it calls, how often, and that no failure ends it."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from zuko.errors import StoreError
from zuko.settings import StoreSettings
from zuko.submissions import keeper as keepers
from zuko.submissions.keeper import Keeper
from zuko.submissions.store import Store


class Kept:
    """A store that counts."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.is_watched = True
        self.reclaimed = 0
        self.purged: list[dict[str, float]] = []

    def watch(self) -> bool:
        return self.is_watched

    def reclaim(self) -> int:
        if self.errors:
            raise self.errors.pop()
        self.reclaimed += 1
        return self.reclaimed

    def purge(self, **named: float) -> int:
        self.purged.append(named)
        return 0


async def inline(method: Callable[..., int], *arguments: Any, **named: Any) -> int:
    return method(*arguments, **named)


def keep(kept: Kept, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keepers, "RECLAIM_S", 0.01)
    monkeypatch.setattr(keepers, "PURGE_S", 0.05)

    async def run() -> None:
        keeper = Keeper(cast(Store, kept), StoreSettings(submissions_keep_s=100), inline)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await keeper.run()

    asyncio.run(run())


def test_it_reclaims_often_and_purges_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    keep(kept, 0.5, monkeypatch)
    assert kept.reclaimed > len(kept.purged) > 1
    assert kept.purged[0] == {"keep_s": 100, "keep_events_s": keepers.KEEP_EVENTS_S}


def test_no_failure_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(StoreError("away"), ValueError("a bug"))
    keep(kept, 0.5, monkeypatch)
    assert kept.reclaimed


def test_leases_end_only_where_the_store_was_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept()
    kept.is_watched = False
    keep(kept, 0.2, monkeypatch)
    assert (kept.reclaimed, bool(kept.purged)) == (0, True)
