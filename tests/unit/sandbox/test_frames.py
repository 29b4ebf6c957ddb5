"""The frame buffer: bytes in, frames out, whatever pieces they come in."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuko.errors import ProtocolError
from zuko.sandbox.frames import Frame, FrameBuffer
from zuko.sandbox.protocol import FrameType, encode_frame

STDOUT, STDERR = 1, 2


def chunk(data: bytes, stream: int = STDOUT) -> bytes:
    """Return data as the engine sends it: a header, then the bytes."""
    return struct.pack(">BxxxI", stream, len(data)) + data


def frames(buffer: FrameBuffer, size_max: int = 1000) -> list[Frame]:
    taken = []
    while (frame := buffer.take(size_max)) is not None:
        taken.append(frame)
    return taken


@given(
    payloads=st.lists(st.binary(max_size=40), max_size=6),
    chunks=st.lists(st.integers(1, 30), min_size=1),
    pieces=st.lists(st.integers(1, 25), min_size=1),
)
def test_frames_come_out_whole_however_they_are_cut(
    payloads: list[bytes], chunks: list[int], pieces: list[int]
) -> None:
    """Docker cuts the stream anywhere, and so does the network, inside of headers as well."""
    sent = b"".join(encode_frame(FrameType.OUTPUT, payload) for payload in payloads)
    raw = b"".join(chunk(part) for part in cut(sent, chunks))
    buffer, taken = FrameBuffer(), []
    for piece in cut(raw, pieces):
        buffer.feed(piece)
        taken += frames(buffer)
    assert taken == [(FrameType.OUTPUT, payload) for payload in payloads]
    assert buffer.pending_bytes == 0


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """Cut data into pieces of these sizes, over and over."""
    parts, at, number = [], 0, 0
    while at < len(data):
        size = sizes[number % len(sizes)]
        parts.append(data[at : at + size])
        at, number = at + size, number + 1
    return parts


def test_stray_standard_error_is_logged_once_and_is_no_frame(caplog: pytest.LogCaptureFixture) -> None:
    buffer = FrameBuffer()
    frame = encode_frame(FrameType.PONG, b"12345678")
    complaint = encode_frame(FrameType.PONG, b"forged")
    buffer.feed(chunk(frame[:4]) + chunk(complaint, STDERR) + chunk(complaint, STDERR) + chunk(frame[4:]))
    assert frames(buffer) == [(FrameType.PONG, b"12345678")]
    assert len(caplog.records) == 1
    assert "forged" in caplog.text


def test_a_payload_that_is_too_long_is_refused_before_it_is_there() -> None:
    buffer = FrameBuffer()
    buffer.feed(chunk(struct.pack("<BI", FrameType.RESULT, 2**32 - 1)))
    with pytest.raises(ProtocolError, match="4294967295 bytes, more than the 1000 allowed"):
        buffer.take(1000)


def test_the_longest_payload_allowed_is_taken() -> None:
    buffer = FrameBuffer()
    buffer.feed(chunk(encode_frame(FrameType.RESULT, b"x" * 1000)))
    assert buffer.take(1000) == (FrameType.RESULT, b"x" * 1000)


def test_an_unknown_type_is_refused() -> None:
    buffer = FrameBuffer()
    buffer.feed(chunk(b"\x00\x00\x00\x00\x00"))
    with pytest.raises(ProtocolError, match="unknown type 0"):
        buffer.take(1000)


def test_bytes_that_are_not_a_frame_yet_are_pending() -> None:
    buffer = FrameBuffer()
    buffer.feed(chunk(b"r\x05"))
    assert buffer.take(1000) is None
    assert buffer.pending_bytes == 2
