"""The pool's keeper: what it logs, what it survives, and the signs of life that it asks for."""

import re
import threading
import time

import pytest

from tests.harness.waiting import wait_for
from tests.unit.pool.host import KIND, FakeSandbox, Host, give_back, opened
from zuko.errors import EngineError
from zuko.pool.pool import Pool


def test_one_that_is_asked_for_a_sign_of_life_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that is being pinged will be ready again: waiters do not get an error, and no other one is started."""
    host = Host()
    asked, go = threading.Event(), threading.Event()
    ping = FakeSandbox.ping

    def held(sandbox: FakeSandbox, timeout_s: float) -> None:
        asked.set()
        go.wait(10)
        ping(sandbox, timeout_s)

    monkeypatch.setattr(FakeSandbox, "ping", held)
    pool = Pool(host.start, lambda: [0], kept=[KIND], ready=1, queue_size=1, idle_s=1)
    pool.open()
    try:
        assert asked.wait(10)
        host.fails = lambda _: True
        pool._scheduler.stocks[KIND].last_error = EngineError("the host is full")
        reservation = pool.reserve(KIND)
        time.sleep(0.3)
        assert not reservation.done()
        assert len(host.made) == 1
        go.set()
        give_back(reservation.result(5))
    finally:
        go.set()
        pool.close(5)
    assert host.alive() == []


def test_a_bug_in_a_ping_loses_no_sandbox(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The one that was asked is replaced."""
    host = Host()
    faults = [ValueError("an unexpected error")]
    ping = FakeSandbox.ping

    def fail(sandbox: FakeSandbox, timeout_s: float) -> None:
        if faults:
            raise faults.pop()
        ping(sandbox, timeout_s)

    monkeypatch.setattr(FakeSandbox, "ping", fail)
    with opened(host, [0], idle_s=1):
        wait_for(lambda: not faults, 5, "the fault")
    assert "a round of the pool's keeper failed" in caplog.messages


def test_problem_is_logged_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is met, on however many cores; again after a while; and once when it is over."""
    caplog.set_level("INFO", "zuko.pool.failures")
    monkeypatch.setattr("zuko.pool.stock.BACKOFF_S", (0.01,))
    host = Host()
    host.fails = lambda _: True
    with opened(host, [0, 1]) as pool:
        wait_for(lambda: pool._scheduler.stocks[KIND].failures.total() > 20, 5, "failures")
        (message,) = caplog.messages
        assert re.fullmatch("no sandbox can be started on core [01]: the host is away", message)
        monkeypatch.setattr("zuko.pool.failures.REMIND_S", 0.0)
        wait_for(lambda: len(caplog.messages) > 1, 5, "a reminder")
        host.fails = lambda _: False
    assert set(caplog.messages[1:-1]) <= {message, message.replace("0", "1"), message.replace("1", "0")}
    assert caplog.messages[-1] == "sandboxes can be started again; before: the host is away"


def test_problem_of_no_core_names_none(caplog: pytest.LogCaptureFixture) -> None:
    """Before the host has first responded, its cores are not known."""
    answers: list[Exception | list[int | None]] = [EngineError("the host is away"), [None]]

    def find_slots() -> list[int | None]:
        response = answers.pop(0)
        if isinstance(response, Exception):
            raise response
        return response

    pool = Pool(Host().start, find_slots, kept=[KIND], ready=1, queue_size=4, idle_s=600)
    pool.open()
    try:
        wait_for(lambda: pool.status(KIND).ready, 5, "a sandbox")
    finally:
        pool.close(1)
    assert caplog.messages[0] == "no sandbox can be started: the host is away"


@pytest.mark.parametrize("part", ["sweep", "find_slots"])
def test_keeper_survives(part: str) -> None:
    """An unexpected error in the keeper's thread is logged, and the pool goes on."""
    host = Host()
    faults = [ValueError("an unexpected error")]

    def fault() -> int:
        if faults:
            raise faults.pop()
        return 0

    def find_slots() -> list[int | None]:
        if part == "find_slots":
            fault()
        return [0]

    pool = Pool(
        host.start,
        find_slots,
        kept=[KIND],
        ready=1,
        queue_size=4,
        idle_s=600,
        sweep=fault if part == "sweep" else lambda: 0,
    )
    pool.open()
    try:
        wait_for(lambda: not faults, 5, "the fault")
        give_back(pool.reserve(KIND).result(5))
        assert pool._keeper._thread.is_alive()
    finally:
        pool.close(1)


def test_quiet_sandboxes_are_all_pinged_in_time() -> None:
    """Many sandboxes, a short idle time: none hears nothing for that long."""
    host = Host()
    worst = 0.0
    with opened(host, [0] * 16, idle_s=3) as pool:
        wait_for(lambda: pool.status(KIND).ready == 32, 5, "a full pool")
        end = time.monotonic() + 6  # twice its idle time
        while time.monotonic() < end:
            worst = max(worst, *(time.monotonic() - sandbox.last_heard for sandbox in host.alive()))
            time.sleep(0.05)
    assert worst < 3
