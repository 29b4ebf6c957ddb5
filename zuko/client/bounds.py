"""Bounds of what a client reads: whatever answers at an address, it costs no more memory and time than these."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import httpx2

from zuko.client.errors import NoAnswerError, ServiceError, not_ours

RESPONSE_BYTES_MAX: Final = 256 << 20  # a judgement of 10,000 cases, with all of their messages, is far below
REFUSAL_BYTES_MAX: Final = 1 << 20  # of a response that is not a success: its sentences are cut anyway
STREAM_BYTES_MAX: Final = 1 << 30  # of the events of a stream together
SLOWEST_BYTES_S: Final = 4096  # on average, once the time of silence is over
ID_MAX: Final = 200  # characters of an event's id, which is sent back
_SHOWN: Final = 200
_OF_THE_WAY: Final = (b"content-encoding", b"content-length", b"transfer-encoding")


class Body:
    """The body of a response, as it comes.

    Args:
        response: whose head has come.
        silence_s: the time that a server may be silent, which is also how long it may be slow.

    Raises:
        ServiceError: it is encoded more than once, as by no server that means well.
    """

    def __init__(self, response: httpx2.Response, silence_s: float) -> None:
        if "," in response.headers.get("content-encoding", ""):
            raise not_ours(response)
        self._response = response
        self._silence_s = silence_s
        self._began_at = time.monotonic()
        self._parts = bytearray()

    def add(self, part: bytes) -> bool:
        """Take a part; return whether another one is wanted.

        Raises:
            ServiceError: there is too much.
            NoAnswerError: it comes too slowly.
        """
        self._parts += part
        size_bytes, elapsed_s = len(self._parts), time.monotonic() - self._began_at
        if elapsed_s > self._silence_s + size_bytes / SLOWEST_BYTES_S:
            raise NoAnswerError(f"the response comes too slowly: {size_bytes} bytes in {elapsed_s:.0f} s")
        if not self._response.is_success and size_bytes > REFUSAL_BYTES_MAX:
            return False
        if size_bytes > RESPONSE_BYTES_MAX:
            raise ServiceError(f"the response has more than {RESPONSE_BYTES_MAX} bytes", self._response.status_code)
        return True

    def whole(self) -> httpx2.Response:
        """Return the response with its body, as far as it was taken."""
        return _anew(self._response, content=bytes(self._parts))


class Watched(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """The events of a stream as bytes, decoded.

    Args:
        response: whose head has come.
    """

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self._size_bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._response.iter_bytes():
            self._count(part)
            yield part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._response.aiter_bytes():
            self._count(part)
            yield part

    def _count(self, part: bytes) -> None:
        self._size_bytes += len(part)
        if self._size_bytes > STREAM_BYTES_MAX:
            message = f"the events have more than {STREAM_BYTES_MAX} bytes together"
            raise ServiceError(message, self._response.status_code)


def watched(response: httpx2.Response) -> httpx2.Response:
    """Return a response of events whose reading is bounded."""
    return _anew(response, stream=Watched(response))


def check_id(response: httpx2.Response, event: httpx2.ServerSentEvent) -> None:
    """Look at the id of an event, which is sent back when the stream breaks.

    Raises:
        ServiceError: it is not one of this API's.
    """
    if event.id and not (event.id.isascii() and event.id.isprintable() and len(event.id) <= ID_MAX):
        raise not_ours(response)


def _anew(response: httpx2.Response, **body: Any) -> httpx2.Response:
    """Return a response with another body, which is decoded."""
    headers = [each for each in response.headers.raw if each[0].lower() not in _OF_THE_WAY]
    made = httpx2.Response(response.status_code, headers=headers, request=response.request, **body)
    made.encoding = "utf-8"  # whatever it says: some names of encodings are of other things than text
    return made


def redirected(response: httpx2.Response) -> ServiceError | None:
    """Return the error of a response that names another place, to which nothing is sent; None: it does not."""
    place = response.headers.get("location")
    if not response.has_redirect_location or place is None:
        return None
    message = (
        f"the service answered {response.status_code}: it is at {ascii(place)[1:-1][:_SHOWN]}; give that as the URL"
    )
    return ServiceError(message, response.status_code)
