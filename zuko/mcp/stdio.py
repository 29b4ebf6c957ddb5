"""The tools on standard input and output, for an agent that starts this process."""

import asyncio
from collections.abc import Mapping

from zuko.client import AsyncClient
from zuko.execution.executor import Executor
from zuko.mcp.runner import LocalRunner, Runner
from zuko.mcp.server import make_server


def serve_executor(executor: Executor) -> None:
    """Serve the tools by an executor, which is open, until standard input ends."""
    asyncio.run(_serve(LocalRunner(executor)))


def serve_client(url: str, headers: Mapping[str, str]) -> None:
    """Serve the tools by a service, until standard input ends.

    Raises:
        ZukoError: the URL is not one, or no service answers there.
    """

    async def serve() -> None:
        async with AsyncClient(url, headers=headers) as client:
            await _serve(client)

    asyncio.run(serve())


async def _serve(runner: Runner) -> None:
    # The SDK turns our standard output into standard error: what prints by mistake does not break the protocol.
    await make_server(runner, await runner.languages()).run_stdio_async()
