"""A store that is opened in the background, and what happens while it cannot be."""

import asyncio
import threading
from typing import cast

import pytest

from zuko.errors import StoreError
from zuko.settings import Settings, StoreSettings
from zuko.submissions import opening
from zuko.submissions.opening import StoreAccess
from zuko.submissions.store import Store


class Opened:
    """A store that opens, or not."""

    def __init__(self, error: Exception | None = None, gate: threading.Event | None = None) -> None:
        self.error = error
        self.gate = gate
        self.closed = 0

    def open(self) -> None:
        if self.gate is not None:
            self.gate.wait(10)
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.closed += 1


def access(*stores: Opened) -> StoreAccess:
    made = iter(stores)
    return StoreAccess(lambda: cast("Store", next(made)))


def test_a_store_is_there_once_it_is_open_and_closed_once() -> None:
    store = Opened()
    stores = access(store)
    assert asyncio.run(stores.opened()) is cast("Store", store)
    assert stores.now() is cast("Store", store)
    assert stores.problem is None
    stores.close()
    assert store.closed == 1


def test_a_request_waits_for_a_store_that_is_being_opened_but_not_for_ever() -> None:
    gate = threading.Event()
    stores = access(Opened(gate=gate))
    with pytest.raises(StoreError, match="is being opened"):
        asyncio.run(stores.opened(0.05))
    with pytest.raises(StoreError, match="is being opened"):
        stores.now()
    gate.set()
    asyncio.run(stores.opened())
    stores.close()


def test_a_store_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "RETRY_S", 0.0)
    stores = access(Opened(StoreError("the disk is full")), Opened(ValueError("a bug")), Opened())
    for text in ("the disk is full", "could not be opened: ValueError"):
        with pytest.raises(StoreError, match=text):
            asyncio.run(stores.opened())
        assert text in (stores.problem or "")
    asyncio.run(stores.opened())
    assert stores.problem is None
    stores.note(StoreError("it is away"))
    assert stores.problem == "it is away"
    stores.note(None)
    assert stores.problem is None


def test_tries_have_a_pause_between_them() -> None:
    stores = access(Opened(StoreError("away")))
    for _ in range(2):  # the second would make a store that does not exist
        with pytest.raises(StoreError, match="away"):
            asyncio.run(stores.opened())
    stores.close()


def test_a_process_may_have_none() -> None:
    stores = StoreAccess.of(StoreSettings(store="none"))
    assert not stores.is_wanted
    stores.open()
    with pytest.raises(StoreError, match="ZUKO_STORE=none"):
        asyncio.run(stores.opened())
    assert stores.problem is None
    stores.close()


def test_a_store_that_is_closed_is_not_opened_again() -> None:
    stores = access()
    stores.close()
    with pytest.raises(StoreError):
        asyncio.run(stores.opened())


@pytest.mark.parametrize("store", ["sqlite:///one.db", "postgresql://host/zuko", "aws://table"])
def test_settings_choose(store: str) -> None:
    assert StoreAccess.of(Settings(store=store)).is_wanted
    assert StoreAccess.of(Settings(store=None), default=store).is_wanted
