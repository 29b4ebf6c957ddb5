"""Events of a judging whose client has gone, where the judging itself then fails: a stand-in fails at that moment."""

import asyncio
import contextlib
import gc
from typing import Any

from zuko.api.judge_routes import _begin, _Events
from zuko.api.responses import Responses
from zuko.errors import EngineError
from zuko.problem import Judgement


async def serve_one_who_goes(failed: asyncio.Event, complaints: list[dict[str, Any]]) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    gone = asyncio.Event()

    async def judge(_: object, started: Any) -> Judgement:
        """Fail when it is cancelled, as a judging whose Docker host goes at the same time."""
        started()
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            failed.set()
            raise EngineError("the Docker host does not answer") from None
        raise AssertionError("its client has gone")

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(_: object) -> None:
        gone.set()

    response = _Events(await _begin(judge), Responses(1 << 20), lambda *_: "", contextlib.ExitStack(), scored=False)
    await response({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)
    del response
    await asyncio.sleep(0)
    gc.collect()


def test_a_failure_after_the_client_has_gone_is_not_logged() -> None:
    failed, complaints = asyncio.Event(), list[dict[str, Any]]()
    asyncio.run(serve_one_who_goes(failed, complaints))
    assert failed.is_set()
    assert complaints == []
