"""Sends calls and reads streams, with other tries: twice, as a thread and as an event loop do it."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from typing import IO, Any, Final

import httpx2

import zuko
from zuko.client.bounds import Body, check_id, redirected, watched
from zuko.client.errors import error_of, error_of_transport
from zuko.client.events import EVENT_BYTES_MAX
from zuko.client.retries import DEFAULT_URL, Call, OnRetry, Patience
from zuko.errors import SubmissionError, UnavailableError

_CHUNK_BYTES: Final = 1 << 18
_USER_AGENT: Final = f"zuko-client/{zuko.__version__}"

type Received = tuple[httpx2.Response, httpx2.ServerSentEvent]


class Origin:
    """The service, as both transports see it."""

    def __init__(
        self, url: str, headers: Mapping[str, str] | None, *, timeout_s: float, retry_s: float, on_retry: OnRetry
    ) -> None:
        try:
            parsed = httpx2.URL(url)
        except (httpx2.InvalidURL, ValueError, TypeError):
            parsed = httpx2.URL("")
        if parsed.scheme not in ("http", "https") or not parsed.host:
            message = f"{str(url)[:200]!r} is not the URL of a service, such as {DEFAULT_URL}"
            raise SubmissionError("url", message)
        try:
            named = httpx2.Headers({"user-agent": _USER_AGENT, **(headers or {})})
        except UnicodeEncodeError as error:
            raise SubmissionError("headers", "a header is not ASCII") from error
        self.timeout_s = timeout_s
        self.retry_s = retry_s
        self.on_retry = on_retry
        self.options: dict[str, Any] = {
            "base_url": parsed,
            "headers": named,
            "timeout": timeout_s,
            # To read the certificates of all authorities takes 50 ms of CPU time. Without TLS none of them is trusted.
            "verify": parsed.scheme == "https" or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        }
        self._shown = f"{parsed.scheme}://{parsed.netloc.decode()}"
        self._hint = "; start one with `zuko serve`, or name another one" if url == DEFAULT_URL else ""

    def failure(self, error: httpx2.HTTPError) -> UnavailableError:
        """Return the error of a request without a response, or whose response broke."""
        return error_of_transport(error, self._shown, self._hint)

    def request(self, call: Call[Any]) -> dict[str, Any]:
        """Return the arguments of httpx2 for a call, without its content."""
        return {
            "method": call.method,
            "url": call.path,
            "params": list(call.query) or None,
            "headers": dict(call.headers),
            "timeout": call.timeout(self.timeout_s),
        }

    def pause_s(self, patience: Patience, error: UnavailableError) -> float:
        """Return the pause before another try, and report it; raise the error if there is none."""
        pause_s = patience.pause_s(error)
        if pause_s is None:
            raise error
        self.on_retry(error, pause_s)
        return pause_s


class Transport:
    """A connection to the service for a thread.

    Args:
        origin: the service.
        transport: of httpx2, instead of its own.
    """

    def __init__(self, origin: Origin, transport: httpx2.BaseTransport | None) -> None:
        self.origin = origin
        self._http = httpx2.Client(**origin.options, transport=transport)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send[T](self, call: Call[T]) -> T:
        """Return what the response to a call has, after as many tries as there is patience for."""
        patience = Patience(self.origin.retry_s, repeatable=call.repeatable)
        while True:
            try:
                return call.read(self._send(call))
            except UnavailableError as error:
                time.sleep(self.origin.pause_s(patience, error))

    def _send(self, call: Call[Any]) -> httpx2.Response:
        content = call.content
        if not isinstance(content, bytes):
            content.seek(0)
        try:
            with self._http.stream(**self.origin.request(call), content=content) as response:
                return self._whole(response, call)
        except httpx2.HTTPError as error:
            raise self.origin.failure(error) from error

    def _whole(self, response: httpx2.Response, call: Call[Any]) -> httpx2.Response:
        """Return a response with its body; raise the error that it is."""
        body = Body(response, call.silence_s(self.origin.timeout_s))
        for part in response.iter_bytes():
            if not body.add(part):
                break
        return succeeded(body.whole())

    def events(self, call: Call[None], patience: Patience | None = None) -> Iterator[Received]:
        """Yield the events of a stream to its end. Only its beginning has other tries, if there is patience."""
        while True:
            began = False
            try:
                with self._stream(call) as response:
                    began = True
                    if not _is_stream(response):
                        whole = self._whole(response, call)
                        yield whole, httpx2.ServerSentEvent("result", whole.text)
                        return
                    for event in httpx2.EventSource(watched(response), EVENT_BYTES_MAX):
                        check_id(response, event)
                        yield response, event
            except httpx2.HTTPError as error:
                failure = self.origin.failure(error)
            except UnavailableError as error:
                failure = error
            else:
                return
            if began or patience is None:
                raise failure
            time.sleep(self.origin.pause_s(patience, failure))

    @contextlib.contextmanager
    def _stream(self, call: Call[None]) -> Iterator[httpx2.Response]:
        with self._http.stream(**self.origin.request(call), content=call.content) as response:
            if not response.is_success:
                self._whole(response, call)
            yield response


class AsyncTransport:
    """A connection to the service for an event loop.

    Args:
        origin: the service.
        transport: of httpx2, instead of its own.
    """

    def __init__(self, origin: Origin, transport: httpx2.AsyncBaseTransport | None) -> None:
        self.origin = origin
        self._http = httpx2.AsyncClient(**origin.options, transport=transport)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send[T](self, call: Call[T]) -> T:
        """Return what the response to a call has, after as many tries as there is patience for."""
        patience = Patience(self.origin.retry_s, repeatable=call.repeatable)
        while True:
            try:
                return call.read(await self._send(call))
            except UnavailableError as error:
                await asyncio.sleep(self.origin.pause_s(patience, error))

    async def _send(self, call: Call[Any]) -> httpx2.Response:
        content = call.content if isinstance(call.content, bytes) else _chunks(call.content)
        try:
            async with self._http.stream(**self.origin.request(call), content=content) as response:
                return await self._whole(response, call)
        except httpx2.HTTPError as error:
            raise self.origin.failure(error) from error

    async def _whole(self, response: httpx2.Response, call: Call[Any]) -> httpx2.Response:
        """Return a response with its body; raise the error that it is."""
        body = Body(response, call.silence_s(self.origin.timeout_s))
        async for part in response.aiter_bytes():
            if not body.add(part):
                break
        return succeeded(body.whole())

    async def events(self, call: Call[None], patience: Patience | None = None) -> AsyncGenerator[Received]:
        """Yield the events of a stream to its end. Only its beginning has other tries, if there is patience."""
        while True:
            began = False
            try:
                async with self._stream(call) as response:
                    began = True
                    if not _is_stream(response):
                        whole = await self._whole(response, call)
                        yield whole, httpx2.ServerSentEvent("result", whole.text)
                        return
                    async for event in httpx2.EventSource(watched(response), EVENT_BYTES_MAX):
                        check_id(response, event)
                        yield response, event
            except httpx2.HTTPError as error:
                failure = self.origin.failure(error)
            except UnavailableError as error:
                failure = error
            else:
                return
            if began or patience is None:
                raise failure
            await asyncio.sleep(self.origin.pause_s(patience, failure))

    @contextlib.asynccontextmanager
    async def _stream(self, call: Call[None]) -> AsyncIterator[httpx2.Response]:
        async with self._http.stream(**self.origin.request(call), content=call.content) as response:
            if not response.is_success:
                await self._whole(response, call)
            yield response


def succeeded(response: httpx2.Response) -> httpx2.Response:
    """Return a response that is a success, and has its body; raise the error that another one is."""
    if response.is_success:
        return response
    raise redirected(response) or error_of(response)


def _is_stream(response: httpx2.Response) -> bool:
    """Return whether a response has events; a program that cannot be run is answered without."""
    return response.headers.get("content-type", "").startswith("text/event-stream")


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    await asyncio.to_thread(file.seek, 0)
    while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
        yield chunk
