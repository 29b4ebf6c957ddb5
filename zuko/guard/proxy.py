"""The connections of the guard: each carries one call, and ends with its response.

client                    guard                                 engine
  ── a call ──────────────> parse, decide
                            is it about a sandbox? ── inspect ──>     (once for each container, where it is not known)
                            ── the call, written again ─────────>
  <───────────────────────── response, as it comes ──────────────
  <══ both ways, until either ends, if the call is `attach` and the engine answered 101 ══>
"""

import asyncio
import contextlib
import json
import logging
import os
import socket
import stat
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h11

from zuko.engine.engine import LABEL
from zuko.errors import HostSettingError
from zuko.guard.creation import RefusedError
from zuko.guard.rules import Call, Kind, Rules
from zuko.telemetry.log import FIELDS

log = logging.getLogger(__name__)

HEAD_MAX: Final = 16 << 10  # bytes of a call's head, and of a response's to `attach`
BODY_MAX: Final = 64 << 10  # bytes of a call's body: that of a sandbox has 4 KiB
CONNECTIONS_MAX: Final = 2048
CALL_S: Final = 900.0  # for a call to arrive: connections are opened in advance
ENDING_S: Final = 10.0  # for the engine to end a stream whose client has gone
_KNOWN_MAX: Final = 4096  # sandboxes that need not be inspected
_RESPONSE_MAX: Final = 1 << 20  # bytes of a response that is read, not passed on
_CHUNK: Final = 1 << 18
_REFUSED: Final = 403


@dataclass(frozen=True, slots=True)
class _Response:
    """A response that the guard reads itself."""

    status: int
    raw: bytes
    body: bytes


class _GoneError(Exception):
    """The client has closed the connection before it sent a call."""


class Guard:
    """Serves connections of clients.

    Args:
        rules: which calls pass.
        engine: path of the engine's socket.
    """

    def __init__(self, rules: Rules, engine: str) -> None:
        self._rules = rules
        self._engine = engine
        self._known: OrderedDict[str, None] = OrderedDict()  # sandboxes, the one that was used last at the end
        self._connections: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection until its end, in a task."""
        if len(self._connections) >= CONNECTIONS_MAX:
            log.warning("a connection is closed at once: %d are open", CONNECTIONS_MAX)
            writer.close()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def close(self) -> None:
        """End all connections."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._pass(reader, writer)
        except (OSError, _GoneError):
            pass  # either side went away: the other one is closed, too
        except Exception:
            log.exception("a connection failed")
        finally:
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(CALL_S):
                request, body, rest = await _read_call(reader)
        except (h11.RemoteProtocolError, TimeoutError, RefusedError) as error:
            _refuse(writer, f"not a call that can be read: {error}")
            return
        method, target = request.method.decode("ascii"), request.target.decode("ascii", errors="replace")
        try:
            call = self._rules.decide(method, target, body)
            for container in call.containers:
                other = await self._look_at(container, call.base)
                if other is not None:
                    writer.write(other.raw)
                    return
        except RefusedError as error:
            _refuse(writer, str(error), method=method, path=target.partition("?")[0][:200])
            return
        if call.kind is Kind.CREATE:
            writer.write((await self._create(call)).raw)
        elif call.kind is Kind.ATTACH:
            await self._attach(call, reader, writer, rest)
        else:
            async with self._called(call) as (answer, _):
                await _copy(answer, writer)

    async def _create(self, call: Call) -> _Response:
        response = await self._ask(call)
        if response.status == 201:
            self._note(str(json.loads(response.body)["Id"]))
        return response

    async def _look_at(self, container: str, base: str) -> _Response | None:
        """Return None if a container is a sandbox, or the engine's response, if that says that there is none.

        Args:
            container: its id.
            base: of the call that is about it: an engine may refuse older versions of its API, and newer ones.

        Raises:
            RefusedError: it is not a sandbox.
        """
        if container in self._known:
            self._known.move_to_end(container)
            return None
        response = await self._ask(Call("GET", f"{base}/containers/{container}/json"))
        if response.status != 200:
            return response
        if _labels(json.loads(response.body)).get(LABEL) != "true":
            raise RefusedError(f"{container:.12} is not a sandbox")
        self._note(container)
        return None

    def _note(self, container: str) -> None:
        """Record that a container is a sandbox, which it is for ever: neither ids nor labels change."""
        self._known[container] = None
        while len(self._known) > _KNOWN_MAX:
            self._known.popitem(last=False)

    async def _ask(self, call: Call) -> _Response:
        """Send a call and return its response, which is small."""
        async with self._called(call) as (answer, _):
            return await _read_response(answer, call)

    async def _attach(
        self, call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes
    ) -> None:
        async with self._called(call) as (answer, engine):
            head = b""
            while b"\r\n\r\n" not in head and len(head) < HEAD_MAX and (data := await answer.read(_CHUNK)):
                head += data
            if not head.startswith(b"HTTP/1.1 101 "):  # it is not a stream: what else the client sends goes nowhere
                writer.write((await _read_response(answer, call, head)).raw)
                return
            writer.write(head)
            await writer.drain()
            engine.write(sent)
            await _join(reader, engine, answer, writer)

    @contextlib.asynccontextmanager
    async def _called(self, call: Call) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Send a call to the engine on a connection of its own, which gives the response."""
        answer, engine = await asyncio.open_unix_connection(self._engine, limit=_CHUNK)
        try:
            ending = "Upgrade\r\nUpgrade: tcp" if call.kind is Kind.ATTACH else "close"
            content = "Content-Type: application/json\r\n" if call.body else ""
            head = f"{call.method} {call.target} HTTP/1.1\r\nHost: docker\r\nConnection: {ending}\r\n{content}"
            engine.write(f"{head}Content-Length: {len(call.body)}\r\n\r\n".encode("ascii") + call.body)
            yield answer, engine
        finally:
            engine.close()


async def _read_call(reader: asyncio.StreamReader) -> tuple[h11.Request, bytes, bytes]:
    """Return a call, its body, and what the client sent after it.

    Raises:
        h11.RemoteProtocolError: it is not HTTP.
        RefusedError: it is larger than a call of Zuko's, or framed in another way.
        _GoneError: there is none.
    """
    parser = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_MAX)
    request: h11.Request | None = None
    body = b""
    while True:
        event = parser.next_event()
        if event is h11.NEED_DATA:
            parser.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Request):
            request = event
            names = [name for name, _ in event.headers]
            if b"transfer-encoding" in names or names.count(b"content-length") > 1 or b"expect" in names:
                raise RefusedError("its body has no plain length")
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > BODY_MAX:
                raise RefusedError("its body is too large")
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            return request, body, parser.trailing_data[0]
        else:
            raise _GoneError


async def _read_response(answer: asyncio.StreamReader, call: Call, raw: bytes = b"") -> _Response:
    """Return the response to a call, to its end; `raw` is its beginning.

    Raises:
        OSError: the engine has not sent all of it, or something else, or more than such a response has.
    """
    parser = h11.Connection(h11.CLIENT)
    parser.send(h11.Request(method=call.method, target=call.target, headers=[("host", "docker")]))
    parser.send(h11.EndOfMessage())
    if raw:
        parser.receive_data(raw)
    status, body = 0, b""
    try:
        while not isinstance(event := parser.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                data = await answer.read(_CHUNK)
                raw += data
                parser.receive_data(data)
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
            if isinstance(event, h11.ConnectionClosed) or len(raw) > _RESPONSE_MAX:
                raise OSError("the engine's response cannot be read")
    except h11.RemoteProtocolError as error:
        raise OSError("the engine's response cannot be read") from error
    return _Response(status, raw, body)


def _refuse(writer: asyncio.StreamWriter, reason: str, **fields: object) -> None:
    """Answer as the engine does, and log it: Zuko makes no such call."""
    log.warning("refused: %s", reason, extra={FIELDS: fields})
    body = json.dumps({"message": f"zuko guard: {reason}"}).encode()
    head = f"HTTP/1.1 {_REFUSED} Forbidden\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode("ascii") + body)


def _labels(container: dict[str, Any]) -> dict[str, Any]:
    return (container.get("Config") or {}).get("Labels") or {}


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(_CHUNK):
        target.write(data)
        await target.drain()


async def _join(
    reader: asyncio.StreamReader,
    engine: asyncio.StreamWriter,
    answer: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Pass on a stream both ways until the engine ends it, or a moment longer than the client has ended it.

    The engine ends the sandbox's standard input when we do: so a sandbox ends with its owner, also when that is killed.
    """

    async def to_engine() -> None:
        with contextlib.suppress(ConnectionError):  # a client that was killed may be reset
            await _copy(reader, engine)
        engine.write_eof()
        await asyncio.sleep(ENDING_S)

    sending = asyncio.create_task(to_engine())
    receiving = asyncio.create_task(_copy(answer, writer))
    try:
        await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, receiving):
            task.cancel()
        await asyncio.gather(sending, receiving, return_exceptions=True)


@contextlib.asynccontextmanager
async def listening(guard: Guard, path: Path, mode: int) -> AsyncIterator[None]:
    """Serve a guard at a socket, which is there with its final permissions at once, and not any more at the end.

    Raises:
        HostSettingError: another process listens there, or the socket cannot be made.
    """
    _make_room(path)
    before = os.umask(0o777 & ~mode)
    try:
        server = await asyncio.start_unix_server(guard.accept, path, limit=_CHUNK, backlog=256)
    except OSError as error:
        raise HostSettingError(f"cannot listen at {path}: {error.strerror or error}") from error
    finally:
        os.umask(before)
    try:
        yield
    finally:
        server.close()
        await guard.close()
        _remove(path)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _make_room(path: Path) -> None:
    """Remove the socket of a guard that was killed.

    Raises:
        HostSettingError: it is something else, or in use.
    """
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise HostSettingError(f"{path} is there, and is not a socket")
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
    except FileNotFoundError:
        return
    except OSError:
        _remove(path)
        return
    raise HostSettingError(f"another process listens at {path}")
