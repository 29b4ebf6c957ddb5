"""The events of an attempt: all are stored, in their order, whenever they come."""

import asyncio

from zuko.submissions.jobs import Events
from zuko.submissions.model import Event, Hold


def test_an_event_that_comes_while_others_are_written_is_stored_too() -> None:
    stored: list[int] = []

    async def run() -> None:
        writing, go_on = asyncio.Event(), asyncio.Event()

        async def write(_: Hold, events: list[Event]) -> bool:
            numbers = [event.number for event in events]
            writing.set()
            await go_on.wait()
            stored.extend(numbers)
            return True

        events = Events(Hold("an-id", 1, "a worker"), write)
        events.add("{}")
        flushing = asyncio.create_task(events.flush())
        await writing.wait()
        events.add("{}")
        go_on.set()
        await flushing
        await events.flush()
        events.stop()

    asyncio.run(run())
    assert stored == [1, 2]
