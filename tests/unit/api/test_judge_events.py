"""Events of a judging whose client has gone, where the judging itself then fails: a stand-in fails at that moment."""

import asyncio
import contextlib
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from zuko.api.judge_routes import _Events
from zuko.api.responses import Responses
from zuko.errors import EngineError


class Failing:
    """A judging that fails when it is cancelled, as one whose Docker host goes at the same time."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    def judge(self, *_: object) -> None:
        assert self.cancelled.wait(10)
        raise EngineError("the Docker host does not answer")

    def cancel(self) -> None:
        self.cancelled.set()


async def serve_one_who_goes(judging: Failing, complaints: list[dict[str, Any]]) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(_: dict[str, Any]) -> None:
        gone.set()

    with ThreadPoolExecutor(1) as threads:
        service: Any = SimpleNamespace(
            threads=threads, answers=Responses(1 << 20), executor=SimpleNamespace(one_at_a_time=False)
        )
        response = _Events(service, judging, None, lambda *_: "", contextlib.ExitStack())
        await response({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)
        del response
        await asyncio.sleep(0)
        gc.collect()


def test_nobody_complains() -> None:
    judging, complaints = Failing(), []
    asyncio.run(serve_one_who_goes(judging, complaints))
    assert judging.cancelled.is_set()
    assert complaints == []
