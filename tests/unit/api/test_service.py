"""Blocks that end when their client disconnects: at each step of the event loop, and while the server ends them too."""

import asyncio
from itertools import product
from typing import Any, cast

import pytest
from fastapi import Request

from zuko.api import service
from zuko.api.service import ClientGoneError, WhileConnected

STEPS = (None, *range(10))


class Client:
    """A client that disconnects once `gone` is set."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}


async def steps(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def serve(client: Client, work: int, cleanup: int) -> str:
    """Serve a request whose work takes some steps, and some more if it is cancelled."""
    try:
        with WhileConnected(cast(Request, client)):
            try:
                await steps(work)
            except asyncio.CancelledError:
                await steps(cleanup)
                raise
    except ClientGoneError:
        ended = "gone"
    else:
        ended = "served"
    await steps(5)  # nothing may come later
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    return ended


async def outcome(gone_at: int | None, cancelled_at: int | None, work: int, cleanup: int) -> str:
    client = Client()
    task = asyncio.create_task(serve(client, work, cleanup))
    for step in range(25):
        if step == gone_at:
            client.gone.set()
        if step == cancelled_at and not task.done():
            task.cancel()
            cancelled_at = -1
        await asyncio.sleep(0)
    await asyncio.wait({task})
    if cancelled_at == -1:
        assert task.cancelled(), "the server's cancellation is not the client's"
    return "cancelled" if task.cancelled() else task.result()


@pytest.mark.parametrize("cleanup", [0, 1, 3])
def test_a_block_ends_with_its_client_and_by_nothing_else(monkeypatch: pytest.MonkeyPatch, cleanup: int) -> None:
    monkeypatch.setattr(service, "WATCH_AFTER_S", 0)

    async def all_moments() -> None:
        seen = set[str]()
        for gone_at, cancelled_at, work in product(STEPS, STEPS, (0, 1, 3, 6)):
            ended = await outcome(gone_at, cancelled_at, work, cleanup)
            if gone_at is None:
                assert ended != "gone"
            if cancelled_at is None:
                assert ended != "cancelled"
            seen.add(ended)
        assert seen == {"served", "gone", "cancelled"}

    asyncio.run(all_moments())
