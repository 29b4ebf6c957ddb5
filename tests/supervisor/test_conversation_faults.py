"""Conversations of sandboxes that break, fall silent or send what is not due."""

import socket
import struct
import threading
import time
from typing import cast

import pytest

from tests.supervisor.conversing import SPEC, Context, Sandboxes, sandbox, talker
from zuko.engine.engine import Engine
from zuko.errors import ProtocolError, SandboxError
from zuko.sandbox import protocol
from zuko.sandbox.conversation import converse
from zuko.sandbox.sandbox import Sandbox
from zuko.sandbox.stream import Stream
from zuko.types import Limits, Run, SourceFile


def test_who_talks_is_interactive_and_has_no_input(plain: Sandboxes) -> None:
    for run in (Run(("/bin/cat",), Limits(1000)), talker("/bin/cat", input_data=b"x")):
        with pytest.raises(ValueError, match="interactive"):
            converse(plain[0], run, plain[1], talker("/bin/cat"))
        with pytest.raises(ValueError, match="interactive"):
            converse(plain[0], talker("/bin/cat"), plain[1], run)
    with pytest.raises(ValueError, match="converse"):
        plain[0].run(talker("/bin/cat"))


@pytest.mark.parametrize("which", [0, 1], ids=["left", "right"])
def test_a_sandbox_that_breaks_is_named(pair: Sandboxes, which: int) -> None:
    """Cancelled from another thread: at once, whatever the programs do."""
    canceller = threading.Timer(0.5, pair[which].cancel)
    canceller.start()
    started = time.monotonic()
    with pytest.raises(SandboxError, match=f"^{('left', 'right')[which]}: "):
        converse(pair[0], talker("flood", wall_ms=2000), pair[1], talker("hang", "", "", wall_ms=2000))
    assert time.monotonic() - started < 3
    canceller.join()


def test_the_reason_for_which_a_supervisor_gives_up_is_reported(plain: Sandboxes) -> None:
    file = SourceFile("x", b"")
    with pytest.raises(SandboxError, match=r"^right: the supervisor gave up: create x: File exists$"):
        converse(plain[0], talker("/bin/cat"), plain[1], talker("/bin/cat", files=(file, file)))


def replies(*frames: bytes) -> bytes:
    return b"".join(struct.pack(">BxxxI", 1, len(frame)) + frame for frame in frames)


HELLO = bytes.fromhex(f"48 0c000000 {protocol.VERSION:02x}00 00 02 00 01 204e0000 0000")
RESULT = b"r\x34\0\0\0" + struct.pack("<BBBBBBiiQQQIHII", 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("said", "kind", "message"),
    [
        ((RESULT,), ProtocolError, "left: the sandbox sent a result before its program's end"),
        ((b"o\0\0\0\0", b"o\0\0\0\0"), ProtocolError, "left: the sandbox sent OUTPUT where a result was due"),
        ((b"o\x05\0\0\0xxxxx",), ProtocolError, "left: the sandbox sent more output than the run may print"),
        ((b"p\x08\0\0\0" + bytes(8),), ProtocolError, "left: the sandbox sent PONG where a result was due"),
        ((b"o\xff\xff\xff\xff",), ProtocolError, "left: the sandbox sent a frame of 4294967295 bytes, more"),
        ((b"X\0\0\0\0",), ProtocolError, "left: the sandbox sent a frame of unknown type 88"),
        ((b"f\x01\0\0\0x",), ProtocolError, "left: the sandbox sent TAKEN where a result was due"),
        ((), SandboxError, "left: the sandbox ended without an answer"),
    ],
)
def test_a_sandbox_that_sends_what_is_not_due(said: tuple[bytes, ...], kind: type[SandboxError], message: str) -> None:
    near, far = socket.socketpair()
    with sandbox(Context(None)) as right, far:
        far.sendall(replies(HELLO))
        left = Sandbox(cast(Engine, None), "none", Stream(near), SPEC, None)
        far.sendall(replies(*said))
        if not said:
            far.shutdown(socket.SHUT_WR)
        with pytest.raises(SandboxError) as raised:
            converse(left, talker("/bin/cat", stdout=4), right, talker("/bin/cat"))
        assert type(raised.value) is kind
        assert str(raised.value).startswith(message)
        left.close()


def test_a_sandbox_that_falls_silent_is_named() -> None:
    near, far = socket.socketpair()
    with sandbox(Context(None)) as right, far:
        far.sendall(replies(HELLO))
        left = Sandbox(cast(Engine, None), "none", Stream(near), SPEC, None)
        started = time.monotonic()
        with pytest.raises(SandboxError, match=r"^left: the sandbox went silent$"):
            converse(left, talker("/bin/cat", wall_ms=300), right, talker("/bin/cat"), silence_s=0.5)
        assert 0.8 <= time.monotonic() - started < 2
        left.close()
