"""Events of a judging that is silent for long, or fails: when its client has gone, as soon as it begins, before."""

import asyncio
import contextlib
import gc
from typing import Any

import pytest

from zuko.api.begun import KEEP_ALIVE_S, Begun, begin
from zuko.api.judge_routes import _Events
from zuko.api.responses import Responses
from zuko.errors import EngineError, NoCapacityError
from zuko.problem import CaseResult, Judgement


async def serve_one_who_goes(failed: asyncio.Event, complaints: list[dict[str, Any]]) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    gone = asyncio.Event()

    async def judge(_: object, started: Any) -> Judgement:
        """Fail when cancelled, like a judging whose Docker host disappears at the same time."""
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

    response = _Events(await begin(judge), Responses(1 << 20), lambda *_: "", contextlib.ExitStack(), scored=False)
    await response({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)
    del response
    await asyncio.sleep(0)
    gc.collect()


def test_a_failure_after_the_client_has_gone_is_not_logged() -> None:
    failed, complaints = asyncio.Event(), list[dict[str, Any]]()
    asyncio.run(serve_one_who_goes(failed, complaints))
    assert failed.is_set()
    assert complaints == []


def test_a_failure_after_the_start_is_an_event_however_soon_it_comes() -> None:
    """The client's events do not depend on whether the failure comes before its response has begun."""

    async def fail(_: object, started: Any) -> Judgement:
        started()
        raise EngineError("the Docker host does not answer")

    async def events() -> list[bytes]:
        begun: Begun[CaseResult, Judgement] = await begin(fail)
        response = _Events(begun, Responses(1 << 20), lambda *_: "", contextlib.ExitStack(), scored=False)
        return [bytes(event) async for event in response.events()]

    (event,) = asyncio.run(events())
    assert event.startswith(b"event: error\n")
    assert b"engine_unavailable" in event


def test_silence_is_commented(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that cuts silent connections after half a minute hears something before."""
    assert KEEP_ALIVE_S < 30
    monkeypatch.setattr("zuko.api.judge_routes.KEEP_ALIVE_S", 0.05)

    async def events() -> list[str]:
        go_on = asyncio.Event()

        async def be_silent(_: object, started: Any) -> Judgement:
            started()
            await go_on.wait()
            raise EngineError("the end")

        response = _Events(
            await begin(be_silent), Responses(1 << 20), lambda *_: "", contextlib.ExitStack(), scored=False
        )
        sent = []
        async for event in response.events():
            sent.append(bytes(event).decode().split("\n")[0])
            if len(sent) == 2:
                go_on.set()
        return sent

    assert asyncio.run(events()) == [": still judging", ": still judging", "event: error"]


def test_a_judging_that_gets_no_sandbox_fails_before_the_response() -> None:
    async def refuse(*_: object) -> Judgement:
        raise NoCapacityError("all are busy")

    with pytest.raises(NoCapacityError):
        asyncio.run(begin(refuse))
