"""Piston's WebSocket: a program whose input comes and whose outputs go while it runs.

client ── init, then data and signal ──> Session ── Words ──> executor
       <── runtime, stage, data, exit ──         <── Live ──
"""

import asyncio
import contextlib
import signal as signals
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocket, WebSocketDisconnect

from zuko.api.body_limit import FREE_BYTES, HeldBytes
from zuko.api.compat.line import Line
from zuko.api.compat.piston.request import Job, read_job
from zuko.api.compat.piston.response import compile_stage, run_stage
from zuko.api.compat.reading import parse
from zuko.api.execute_events import Compiled, Part, Texts, begin_execution
from zuko.api.request_body import aside
from zuko.api.service import Service
from zuko.caller import CALLER
from zuko.errors import NoCapacityError, ZukoError
from zuko.execution.live import DeafError, Words
from zuko.settings import AdmissionSettings, Settings
from zuko.types import Execution, Outcome, Status

INIT_S: Final = 1.0  # for the first message
FOLLOW_S: Final = 60.0
SIGNALS: Final = frozenset(signals.Signals.__members__)
COMPLETED: Final = (4999, "Job Completed")
INITIALISED: Final = (4000, "Already Initialized")
TIMED_OUT: Final = (4001, "Initialization Timeout")
NOTIFIED: Final = (4002, "Notified Error")
NOT_YET: Final = (4003, "Not yet initialized")
NOT_INPUT: Final = (4004, "Can only write to stdin")
NO_SIGNAL: Final = (4005, "Invalid signal")


class _ClosedError(Exception):
    """The connection is to be closed: with a code, a reason, and an error message before it."""

    def __init__(self, end: tuple[int, str], message: str | None = None) -> None:
        super().__init__(end[1])
        self.code, self.reason = end
        self.message = message


def may_connect(socket: WebSocket, settings: Settings) -> bool:
    """Return whether a connection may be made: not from pages of other sites, which browsers do not ask about first."""
    origin = socket.headers.get("origin")
    if origin is None or {"*", origin} & set(settings.cors_origins):
        return True
    try:
        return urlsplit(origin).netloc == socket.headers.get("host")
    except ValueError:
        return False


class Session:
    """One connection, and its one program.

    Args:
        socket: of the client.
        settings: of the process.
        limits: bounds of the program.
    """

    def __init__(self, socket: WebSocket, settings: Settings, limits: AdmissionSettings) -> None:
        self._socket = socket
        self._settings = settings
        self._limits = limits
        self._service: Service = socket.app.state.service
        self._line: Line = socket.app.state.line
        self._held: HeldBytes = socket.app.state.held
        self._texts = Texts(raw=False)
        self._killed_by: str | None = None  # the signal that the client has sent

    async def serve(self) -> None:
        """Serve the connection to its end."""
        if not may_connect(self._socket, self._settings):
            await self._socket.close()  # before it is accepted: 403
            return
        await self._socket.accept()
        try:
            await self._run(await self._initialised())
            end = _ClosedError(COMPLETED)
        except _ClosedError as error:
            end = error
        except WebSocketDisconnect:
            return
        except HTTPException as error:
            end = _ClosedError(NOTIFIED, error.detail)
        except ZukoError as error:
            end = _ClosedError(NOTIFIED, str(error))
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the client was faster
            if end.message is not None:
                await self._send("error", message=end.message)
            await self._socket.close(end.code, end.reason)

    async def _initialised(self) -> Job:
        """Return the program of the first message."""
        try:
            async with asyncio.timeout(INIT_S):
                sent = await self._receive()
        except TimeoutError:
            raise _ClosedError(TIMED_OUT) from None
        if sent.get("type") != "init":
            raise _ClosedError(NOT_YET)
        body = {name: value for name, value in sent.items() if name != "stdin"}
        return read_job(body, self._limits, any_version=self._settings.piston_any_version, has_input=False)

    @contextlib.contextmanager
    def _holding(self, job: Job) -> Iterator[None]:
        """Count the program among the bodies that are held at a time, while it waits and runs.

        Raises:
            NoCapacityError: they are too many.
        """
        size_bytes = max(job.submission.size_bytes - FREE_BYTES, 0)
        if size_bytes and self._held.bytes + size_bytes > self._settings.bodies_limit_bytes:
            raise NoCapacityError("too many large requests at a time")
        self._held.bytes += size_bytes
        try:
            yield
        finally:
            self._held.bytes -= size_bytes

    async def _run(self, job: Job) -> None:
        """Run the program, while messages of the client are read. Whatever ends first ends the other."""
        with self._service.active(), self._holding(job), Words() as words:
            reading = asyncio.create_task(self._read(words))
            working = asyncio.create_task(self._work(job, words))
            both: set[asyncio.Task[Any]] = {reading, working}
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in both:
                    task.cancel()
                await asyncio.wait(both)
        for task in (working, reading):
            if not task.cancelled():
                task.result()

    async def _read(self, words: Words) -> None:
        """Read messages until the client leaves or breaks the rules."""
        while True:
            sent = await self._receive()
            match sent.get("type"):
                case "init":
                    raise _ClosedError(INITIALISED)
                case "data" if sent.get("stream") != "stdin":
                    raise _ClosedError(NOT_INPUT)
                case "data":
                    try:
                        words.say(str(sent.get("data", "")).encode())
                    except DeafError:
                        raise _ClosedError(NOTIFIED, "the program does not read its input") from None
                case "signal" if str(sent.get("signal")) not in SIGNALS:  # a list has no hash
                    raise _ClosedError(NO_SIGNAL)
                case "signal":
                    self._killed_by = sent["signal"]
                    words.stop()

    async def _work(self, job: Job, words: Words) -> None:
        wait_s = self._settings.piston_queue_timeout_s
        ends_at = time.monotonic() + wait_s
        is_compiled = job.submission.language.compiler is not None
        await self._send("runtime", language=job.runtime.name, version=str(job.runtime.version))
        async with self._line.turn(wait_s, CALLER.get()):
            left_s = max(ends_at - time.monotonic(), 0)
            begun = await begin_execution(self._service.executor, job.submission, wait_s=left_s, words=words)
            try:
                await self._send("stage", stage="compile" if is_compiled else "run")
                while not isinstance(event := await begun.next(FOLLOW_S), Execution):
                    await self._tell(event)
            finally:
                await begun.end()
        self._service.responses.observe(event)
        await self._end(event)

    async def _tell(self, event: Compiled | Part | None) -> None:
        match event:
            case Compiled(messages):
                if messages:
                    await self._send("data", stream="stderr", data=messages)
                await self._send("exit", stage="compile", code=0, signal=None)
                await self._send("stage", stage="run")
            case Part() as part:
                await self._data(is_error=part.is_error, text=self._texts.add(part))

    async def _data(self, *, is_error: bool, text: str) -> None:
        if text:
            await self._send("data", stream="stderr" if is_error else "stdout", data=text)

    async def _end(self, execution: Execution) -> None:
        for is_error in (False, True):
            await self._data(is_error=is_error, text=self._texts.rest(is_error=is_error))
        if execution.status is Status.COMPILE_ERROR:
            stage = compile_stage(execution)
            await self._send("data", stream="stderr", data=stage["stderr"])
            await self._send("exit", stage="compile", code=stage["code"], signal=stage["signal"])
        elif execution.result is not None and execution.result.outcome is Outcome.STOPPED:
            await self._send("exit", stage="run", code=None, signal=self._killed_by)
        elif execution.status is Status.ERROR:
            raise _ClosedError(NOTIFIED, execution.message)
        else:
            stage = run_stage(execution)
            await self._send("exit", stage="run", code=stage["code"], signal=stage["signal"])

    async def _receive(self) -> Mapping[str, Any]:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1000)
        content = (message.get("text") or "").encode() or message.get("bytes") or b""
        sent = await aside(len(content), parse, content)
        if not isinstance(sent, dict):
            raise _ClosedError(NOTIFIED, "the message is not an object")
        return sent

    async def _send(self, kind: str, **fields: object) -> None:
        await self._socket.send_text(to_json({"type": kind, **fields}).decode())
