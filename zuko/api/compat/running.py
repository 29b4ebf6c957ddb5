"""The way of every façade to the executor: with its own wait, and ended when the client leaves."""

import asyncio
import math
import time
from collections.abc import Callable

from fastapi import Request

from zuko.api.compat.line import Line, Room
from zuko.api.service import DEADLINE, WhileConnected, service_of
from zuko.caller import CALLER
from zuko.execution.executor import Executor
from zuko.execution.run import LIGHT_BYTES
from zuko.execution.submission import Submission
from zuko.settings import Settings
from zuko.types import Execution
from zuko.wire.truncate import truncate_execution


def make_line(executor: Executor, settings: Settings, on_limit: Callable[[str], object]) -> Line:
    """Return the line of all façades: half of the queue for sandboxes is theirs, and every slot.

    One caller may have twice as many there as there are slots: none of these waits for it, and others find a place.
    """
    half = settings.queue_size // 2

    def room() -> Room:
        slots = max(executor.slots, 1)
        return Room(max(half, slots), max(min(half, 2 * slots), slots))

    return Line(room, settings.facade_queue_size, on_limit)


async def execute(request: Request, submission: Submission, wait_s: float) -> Execution:
    """Execute a submission of a façade's request. Its outputs are cut to what a response may have.

    Args:
        request: of the client; the program ends when it leaves.
        submission: from `zuko.execution.admission`.
        wait_s: longest wait for a sandbox.

    Raises:
        ClientGoneError: the client has left.
        UnavailableError: it could not be run now.
    """
    service = service_of(request)
    line: Line = request.app.state.line
    ends_at = time.monotonic() + wait_s
    deadline = request.scope.get(DEADLINE, math.inf)
    with service.active(), WhileConnected(request):
        async with line.turn(wait_s, CALLER.get()):
            left_s = max(ends_at - time.monotonic(), 0)
            execution = await service.executor.execute(submission, deadline=deadline, wait_s=left_s)
    responses = service.responses
    responses.observe(execution)
    if len(execution.stdout) + len(execution.stderr) <= LIGHT_BYTES:
        return execution
    return await asyncio.to_thread(truncate_execution, execution, responses.limit_bytes, responses.encoded_size)
