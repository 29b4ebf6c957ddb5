"""An execution that is followed while it goes on: events for its outputs, and its result at the end.

compiled    the compiler's messages: the program is started
stdout      a part of an output, as it came
stderr
result      the response that a request without events gets; the last one
error       the same, of an execution that could not be finished; the last one
"""

import codecs
import contextlib
import math
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from fastapi.sse import format_sse_event
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool

from zuko.api.begun import KEEP_ALIVE_S, Begun, WorkEvents, begin
from zuko.api.responses import Responses
from zuko.execution.executor import Executor
from zuko.execution.live import Live, Words
from zuko.execution.submission import Submission
from zuko.types import Execution

_STREAMS: Final = {False: "stdout", True: "stderr"}


@dataclass(frozen=True, slots=True)
class Compiled:
    """The program is compiled, and is started."""

    messages: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an output."""

    is_error: bool
    content: bytes


async def begin_execution(
    executor: Executor,
    submission: Submission,
    *,
    deadline: float = math.inf,
    wait_s: float | None = None,
    words: Words | None = None,
) -> Begun[Compiled | Part, Execution]:
    """Begin an execution, and wait until it has its sandbox.

    Args:
        executor: executes it.
        submission: from `zuko.execution.admission`.
        deadline: see `Executor.execute`.
        wait_s: see `Executor.execute`.
        words: input while it runs, instead of the submission's.

    Raises:
        UnavailableError: it got none.
    """
    return await begin(
        lambda put, started: executor.execute(
            submission,
            deadline=deadline,
            wait_s=wait_s,
            live=Live(
                on_start=started,
                on_compiled=lambda messages: put(Compiled(messages)),
                on_output=lambda is_error, content: put(Part(is_error, content)),
                words=words,
            ),
        )
    )


@dataclass(slots=True)
class Texts:
    """Parts of outputs as text: a character may be in two parts."""

    raw: bool  # as base64
    _decoders: dict[bool, codecs.IncrementalDecoder] = field(
        default_factory=lambda: {stream: codecs.getincrementaldecoder("utf-8")("replace") for stream in _STREAMS}
    )

    def add(self, part: Part) -> str:
        """Return the text of a part; "" if a character has only begun."""
        if self.raw:
            return b64encode(part.content).decode()
        return self._decoders[part.is_error].decode(part.content)

    def rest(self, *, is_error: bool) -> str:
        """Return what is left at the end: a character that was not finished."""
        return "" if self.raw else self._decoders[is_error].decode(b"", final=True)


class ExecutionEvents(WorkEvents[Compiled | Part, Execution]):
    """The events of an execution; where responses do not stream, the last one is the only one.

    Args:
        begun: the execution.
        responses: see `WorkEvents`.
        active: see `WorkEvents`.
        raw: the outputs are sent as base64.
    """

    def __init__(
        self,
        begun: Begun[Compiled | Part, Execution],
        responses: Responses,
        active: contextlib.ExitStack,
        *,
        raw: bool,
    ) -> None:
        super().__init__(begun, responses, active, failure="the program could not be run to its end")
        self._texts = Texts(raw)

    async def events_of_work(self) -> AsyncIterator[bytes]:
        """Yield the outputs, and the result."""
        while True:
            match await self.begun.next(KEEP_ALIVE_S):
                case None:
                    yield format_sse_event(comment="still running")
                case Execution() as execution:
                    for is_error in _STREAMS:
                        if rest := self._texts.rest(is_error=is_error):
                            yield _output(is_error, rest)
                    document = await run_in_threadpool(partial(self._document, execution))
                    yield format_sse_event(data_str=document, event="result")
                    return
                case Compiled(messages) if self.responses.streams:
                    yield _event("compiled", compile_output=messages)
                case Part() as part if self.responses.streams and (text := self._texts.add(part)):
                    yield _output(part.is_error, text)

    def _document(self, execution: Execution) -> str:
        return bytes(self.responses.make(execution).body).decode()


def _output(is_error: bool, text: str) -> bytes:
    return _event(_STREAMS[is_error], data=text)


def _event(name: str, **fields: str) -> bytes:
    return format_sse_event(data_str=to_json(fields).decode(), event=name)
