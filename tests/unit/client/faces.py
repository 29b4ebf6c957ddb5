"""Both clients, so that one test is for both."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, Final

from zuko.client import AsyncClient, Client

Face = Callable[..., Any]


def call(url: str, use: Callable[[Any], Any], **options: Any) -> Any:
    """Return what a use of the client for threads returns; of a generator, all that it yields."""
    with Client(url, **options) as client:
        found = use(client)
        return list(found) if inspect.isgenerator(found) else found


def call_async(url: str, use: Callable[[Any], Any], **options: Any) -> Any:
    """Return the same of the client for event loops."""

    async def run() -> Any:
        async with AsyncClient(url, **options) as client:
            found = use(client)
            return [each async for each in found] if inspect.isasyncgen(found) else await found

    return asyncio.run(run())


FACES: Final = {"sync": call, "async": call_async}
