"""Events of an execution, without a server: characters in two parts, ways that do not stream, failures."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from zuko.api.begun import begin
from zuko.api.execute_events import Compiled, ExecutionEvents, Part, Texts
from zuko.api.responses import Responses
from zuko.errors import EngineError
from zuko.types import Execution, Status

type Put = Callable[[Compiled | Part], None]


def events(*put: Compiled | Part, result: Execution | Exception, raw: bool = False, streams: bool = True) -> list[Any]:
    """Return the name and the data of each event of an execution that puts these."""

    async def work(send: Put, started: Callable[[], None]) -> Execution:
        started()
        for each in put:
            send(each)
        if isinstance(result, Exception):
            raise result
        return result

    async def follow() -> list[Any]:
        responses = Responses(1 << 20, streams=streams)
        sent = ExecutionEvents(await begin(work), responses, contextlib.ExitStack(), raw=raw)
        read = []
        async for event in sent.events():
            name, data = bytes(event).decode().strip().split("\n")
            read.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
        return read

    return asyncio.run(follow())


def test_a_character_in_two_parts_is_one() -> None:
    sent = events(
        Part(False, b"a\xc3"), Part(True, b"\xe6\x97"), Part(False, b"\xa9"), Part(True, b"\xa5\xf0"),
        result=Execution(Status.OK),
    )  # fmt: skip
    assert [(name, data["data"]) for name, data in sent[:-1]] == [
        ("stdout", "a"),
        ("stdout", "é"),
        ("stderr", "日"),
        ("stderr", "\ufffd"),  # one that was not finished
    ]
    assert sent[-1][0] == "result"
    assert sent[-1][1]["status"] == "OK"


def test_bytes_are_sent_as_they_came() -> None:
    sent = events(Part(False, b"\xff\x00"), result=Execution(Status.OK), raw=True)
    assert sent[0] == ("stdout", {"data": "/wA="})


def test_what_the_compiler_says_comes_first() -> None:
    sent = events(Compiled("careful"), Part(False, b"1"), result=Execution(Status.OK))
    assert [name for name, _ in sent] == ["compiled", "stdout", "result"]
    assert sent[0][1] == {"compile_output": "careful"}


def test_where_nothing_streams_the_result_is_the_only_event() -> None:
    """All events are one response there, which would have each output twice."""
    sent = events(Compiled(""), Part(False, b"1"), result=Execution(Status.OK, stdout="1"), streams=False)
    assert [name for name, _ in sent] == ["result"]


@pytest.mark.parametrize(
    ("error", "reason"), [(EngineError("no answer"), "engine_unavailable"), (RuntimeError("a bug"), "internal_error")]
)
def test_a_failure_is_the_last_event(error: Exception, reason: str) -> None:
    sent = events(Part(False, b"1"), result=error)
    assert [name for name, _ in sent] == ["stdout", "error"]
    assert (sent[-1][1]["status"], sent[-1][1]["reason"]) == ("ERROR", reason)


def test_texts_of_streams_are_apart() -> None:
    texts = Texts(raw=False)
    assert texts.add(Part(False, b"\xc3")) == ""
    assert texts.add(Part(True, b"\xa9")) == "\ufffd"
    assert texts.add(Part(False, b"\xa9")) == "é"
    assert texts.rest(is_error=False) == ""
