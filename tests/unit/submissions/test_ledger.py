"""The ledger: what it asks the store for, and how requests fare while that does not answer."""

import asyncio
import threading
from collections.abc import Collection, Mapping
from typing import cast

import pytest

from zuko.caller import Allowance, Caller, name_of_tenant
from zuko.errors import OverLimitError, StoreError
from zuko.execution.accounts import FRESH_S, Accounts
from zuko.execution.meter import METER
from zuko.submissions import ledger as ledgers
from zuko.submissions.ledger import Ledger
from zuko.submissions.opening import StoreAccess
from zuko.submissions.store import Store
from zuko.telemetry.observer import Observer

ANN = Caller(name_of_tenant("ann"), Allowance(cpu_s_per_day=3.0))
FREE = Caller(name_of_tenant("free"))
ADDRESS = Caller("address 192.0.2.7")


class Book:
    """A store with accounts alone."""

    def __init__(self) -> None:
        self.used_s: dict[str, float] = {}
        self.calls: list[tuple[dict[str, float], list[str]]] = []
        self.error: Exception | None = None
        self.answers = threading.Event()
        self.answers.set()

    def charge(self, _: int, used_s: Mapping[str, float], asked: Collection[str]) -> dict[str, float]:
        self.calls.append((dict(used_s), sorted(asked)))
        self.answers.wait(20)
        if self.error is not None:
            raise self.error
        for name, used in used_s.items():
            self.used_s[name] = self.used_s.get(name, 0.0) + used
        return {name: self.used_s[name] for name in {*used_s, *asked} if name in self.used_s}


class Process:
    """The accounts of a process, with a clock of their own, and their ledger."""

    def __init__(self, book: Book) -> None:
        self.elapsed = 0.0
        self.accounts = Accounts(lambda: 1000.0, lambda: self.elapsed)
        self.ledger = Ledger(self.accounts, StoreAccess.holding(cast(Store, book)), Observer())
        self.accounts.refresh = self.ledger.refresh

    def use(self, caller: Caller, used_s: float) -> None:
        with self.accounts.charging(caller):
            meter = METER.get()
            assert meter is not None
            meter.add(used_s)


async def is_refused(process: Process) -> bool:
    try:
        await process.accounts.check_all(ANN)
    except OverLimitError:
        return True
    return False


def test_a_process_adds_its_own_and_learns_of_others() -> None:
    """Nothing is asked for callers without a limit, and an address without one is not the store's business."""
    book = Book()
    one, two = Process(book), Process(book)

    async def work() -> None:
        await one.accounts.check_all(ANN)
        await one.accounts.check_all(FREE)
        assert book.calls == [({}, [ANN.name])]
        for caller in (ANN, FREE, ADDRESS):
            one.use(caller, 2.0)
        await one.ledger.end()
        assert book.calls.pop() == ({ANN.name: 2.0, FREE.name: 2.0}, [ANN.name])
        two.use(ANN, 1.5)
        with pytest.raises(OverLimitError):
            await two.accounts.check_all(ANN)  # it asks first, and tells
        assert (two.accounts.used_s(ANN), book.used_s[ANN.name]) == (3.5, 3.5)
        await one.accounts.check_all(ANN)  # by what was said a moment ago
        one.elapsed += FRESH_S
        with pytest.raises(OverLimitError):
            await one.accounts.check_all(ANN)

    asyncio.run(work())


def test_a_caller_that_goes_on_is_looked_for_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it uses in one process ends what it begins in another, while that one's answers are fresh."""
    monkeypatch.setattr(ledgers, "SYNC_S", 0.01)
    book = Book()
    one, two = Process(book), Process(book)

    async def work() -> None:
        tasks = [asyncio.create_task(each.ledger.run()) for each in (one, two)]
        await two.accounts.check_all(ANN)
        one.use(ANN, 3.0)
        async with asyncio.timeout(5):
            while not await is_refused(two):  # noqa: ASYNC110 - a caller that goes on
                await asyncio.sleep(0.01)
        assert two.elapsed == 0.0
        for task in tasks:
            task.cancel()

    asyncio.run(work())


def test_nothing_is_lost_while_the_store_is_away(caplog: pytest.LogCaptureFixture) -> None:
    book = Book()
    process = Process(book)

    async def work() -> None:
        for error in (StoreError("away"), ValueError("a bug")):
            book.error = error
            process.use(ANN, 1.0)
            await process.ledger.end()
        assert process.accounts.used_s(ANN) == 2.0
        book.error = None
        await process.ledger.end()
        assert book.used_s == {ANN.name: 2.0}
        assert process.accounts.used_s(ANN) == 2.0

    asyncio.run(work())
    assert "could not be kept" in caplog.text


def test_a_store_that_hangs_is_waited_for_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "WAIT_S", 0.05)
    book = Book()
    process = Process(book)

    async def work() -> None:
        book.answers.clear()
        await process.accounts.check_all(ANN)
        process.use(ANN, 3.0)  # what is known here holds
        with pytest.raises(OverLimitError):
            await process.accounts.check_all(ANN)
        assert len(book.calls) == 1
        book.answers.set()
        await process.ledger.end()
        assert book.used_s == {ANN.name: 3.0}

    asyncio.run(work())
