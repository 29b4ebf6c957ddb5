"""Frames on their way to a sandbox: none is cut, whatever is dropped."""

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from zuko.sandbox.frames import Frame, FrameBuffer
from zuko.sandbox.outgoing import Outgoing
from zuko.sandbox.protocol import FrameType, encode_frame
from zuko.sandbox.stream import Stream

REQUEST: Final = encode_frame(FrameType.RUN, b"python")
WORDS: Final = bytes(10_000)  # a record of TLS holds a frame of them whole


@pytest.fixture(params=["plain", "TLS"])
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield our end of a connection and the sandbox's."""
    ours, theirs = socket.socketpair()
    if request.param == "TLS":
        with ThreadPoolExecutor() as threads:
            wrapped = threads.submit(tls(ssl.PROTOCOL_TLS_SERVER).wrap_socket, theirs, server_side=True)
            ours, theirs = tls(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(ours), wrapped.result()
    theirs.settimeout(5)
    with ours, theirs:
        yield ours, theirs


def tls(protocol: int) -> ssl.SSLContext:
    """Return a context without certificates."""
    context = ssl.SSLContext(protocol)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aNULL:@SECLEVEL=0")
    return context


def read_to_end(theirs: socket.socket) -> list[Frame]:
    buffer, frames = FrameBuffer(), []
    while received := theirs.recv(1 << 16):
        buffer.feed(multiplexed(received))
        while frame := buffer.take(1 << 20):
            frames.append(frame)
    assert buffer.pending_bytes == 0
    return frames


def multiplexed(data: bytes) -> bytes:
    """Return bytes as the engine marks those of standard output."""
    return b"\1\0\0\0" + len(data).to_bytes(4, "big") + data


def test_a_frame_that_was_begun_is_sent_to_its_end(ends: tuple[socket.socket, socket.socket]) -> None:
    """TLS holds a part of what could not be sent, and goes on with that, whatever it is given next."""
    ours, theirs = ends
    outgoing = Outgoing(Stream(ours), REQUEST)
    added = 0
    while outgoing.size_bytes < 3 * len(WORDS):  # the sandbox does not read
        outgoing.add(FrameType.TALK, WORDS)
        outgoing.send()
        added += 1
    outgoing.drop()
    assert outgoing.size_bytes <= len(WORDS) + 5
    outgoing.add(FrameType.STOP)
    with ThreadPoolExecutor() as threads:
        read = threads.submit(read_to_end, theirs)
        while outgoing:
            outgoing.send()
        ours.shutdown(socket.SHUT_WR)
        frames = read.result()
    assert frames[0] == (FrameType.RUN, b"python")
    assert frames[-1] == (FrameType.STOP, b"")
    assert set(frames[1:-1]) == {(FrameType.TALK, WORDS)}
    assert added - 3 <= len(frames) - 2 < added
    assert outgoing.size_bytes == 0


def test_nothing_is_left_of_a_sandbox_that_has_gone(ends: tuple[socket.socket, socket.socket]) -> None:
    outgoing = Outgoing(Stream(ends[0]), REQUEST)
    outgoing.drop()
    assert outgoing  # the request's turn is now
    outgoing.clear()
    assert not outgoing
    assert outgoing.size_bytes == 0
