"""A bell wakes those who listen to a topic, and none of its rings between a look and a wait is lost."""

import asyncio
import threading
from typing import cast

from zuko.submissions.bell import EVERYTHING, Bell
from zuko.submissions.model import StoredSubmission


def test_a_ring_between_the_look_and_the_wait_is_kept() -> None:
    async def listen() -> bool:
        bell = Bell()
        with bell.listening("queue") as wakeup:
            bell.ring("queue")  # after the look, before the wait
            return await wakeup.wait(5)

    assert asyncio.run(listen())


def test_a_ring_wakes_its_own_topic_and_everything_wakes_all() -> None:
    async def listen() -> list[bool]:
        bell = Bell()
        with bell.listening("a") as first, bell.listening("b", "c") as second:
            bell.ring("a")
            own = [await first.wait(5), await second.wait(0.01)]
            bell.ring(EVERYTHING)
            return [*own, await first.wait(5), await second.wait(5), await second.wait(0.01)]

    assert asyncio.run(listen()) == [True, False, True, True, False]


def test_a_ring_comes_from_any_thread() -> None:
    async def listen() -> bool:
        bell = Bell()
        with bell.listening("queue") as wakeup:
            threading.Timer(0.05, bell.ring, ["queue"]).start()
            return await wakeup.wait(5)

    assert asyncio.run(listen())


def test_the_ring_of_an_end_brings_it_to_who_listens_to_it() -> None:
    ended = cast(StoredSubmission, object())

    async def listen() -> list[object]:
        bell = Bell()
        with bell.listening("a") as first, bell.listening("b") as second:
            bell.ring("a", "b", news={"a": ended})
            assert await first.wait(5)
            assert await second.wait(5)
            return [first.take_news(), second.take_news(), first.take_news()]

    assert asyncio.run(listen()) == [ended, None, None]


def test_only_rings_of_the_bell_are_counted() -> None:
    async def listen() -> list[int]:
        bell = Bell()
        with bell.listening("a") as wakeup:
            wakeup.ring_here()
            assert await wakeup.wait(5)
            own = wakeup.take_rings()
            bell.ring("a")
            assert await wakeup.wait(5)
            return [own, wakeup.take_rings(), wakeup.take_rings()]

    assert asyncio.run(listen()) == [0, 1, 0]


def test_a_listener_that_has_left_is_forgotten() -> None:
    async def listen() -> Bell:
        bell = Bell()
        with bell.listening("a", "b"):
            assert bell.has_listeners
        return bell

    bell = asyncio.run(listen())
    assert not bell.has_listeners
    bell.ring("a", EVERYTHING)  # also when its loop has ended
