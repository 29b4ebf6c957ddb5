"""The reactions of zuko-init to the host's bytes, wrong ones too."""

import struct
import time

import psutil
import pytest

from tests.harness.golden import MALFORMED, REQUESTS, golden
from tests.harness.supervisor import (
    PROBE,
    TIMEOUT_S,
    Ended,
    Supervisor,
)
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.types import Outcome


def test_ping_pong(init: Supervisor) -> None:
    for nonce in (bytes(8), b"\xff" * 8, b"E\0\0\0\0abc"):
        init.send(protocol.encode_frame(FrameType.PING, nonce))
        assert init.expect(FrameType.PONG) == nonce
    init.run("exit", "0")
    init.send(protocol.encode_frame(FrameType.PING, b"12345678"))
    assert init.expect(FrameType.PONG) == b"12345678"


def test_a_program_cannot_forge_a_frame(init: Supervisor) -> None:
    """All that it prints is output, whatever it looks like."""
    forged = golden("result_exited") + golden("taken") + golden("error")
    result = init.run("/bin/sh", "-c", "tee /dev/stderr", stdin=forged)
    assert (result.stdout, result.stderr) == (forged, forged)


def test_frames_may_arrive_byte_by_byte(init: Supervisor) -> None:
    for byte in golden("file") + golden("input") + golden("ping"):
        init.send(bytes([byte]))
    assert init.expect(FrameType.PONG) == golden("ping")[5:]
    assert init.run("/bin/cat", "main.py", "/dev/stdin").stdout == b"print('hello', input())\nZuko\n"


def test_an_idle_sandbox_ends_by_itself() -> None:
    """A client that is frozen or has vanished leaves nothing behind; the end is an orderly one."""
    with Supervisor(args=("--idle-seconds", "1")) as init:
        init.hello()
        started = time.monotonic()
        with pytest.raises(Ended):
            init.frame()
        assert 0.9 < time.monotonic() - started < 5
        assert init.wait() == 0


def test_a_word_now_and_then_keeps_it_alive() -> None:
    """Each frame restarts the time of idleness, and a run is not idle."""
    with Supervisor(args=("--idle-seconds", "1")) as init:
        init.hello()
        assert init.run("hang", "", "", wall_ms=1200).outcome is Outcome.WALL_TIME
        init.send(golden("ping"))
        assert init.expect(FrameType.PONG)


def ends_at_once(init: Supervisor, status: int = 0) -> None:
    """Check that it ends by itself, without a further frame, and that no process of the sandbox is left."""
    sandboxed = [init.outside(), *init.outside().children(recursive=True)]
    started = time.monotonic()
    init.hang_up()
    assert init.wait() == status
    assert time.monotonic() - started < 2
    assert not psutil.wait_procs(sandboxed, timeout=0)[1]


def test_end_of_file_while_idle(init: Supervisor) -> None:
    ends_at_once(init)
    with pytest.raises(Ended, match="after 0 of 5 bytes"):
        init.frame()


def test_end_of_file_in_mid_run(init: Supervisor) -> None:
    """The host has ended: no one reads a result, and the program is stopped."""
    init.start("/bin/sh", "-c", f"{PROBE} daemons 5; {PROBE} fork-bomb & exec {PROBE} hang '' ''")
    init_children = init.outside().children
    deadline = time.monotonic() + TIMEOUT_S
    while len(init_children(recursive=True)) < 5:  # seen from outside: there is no event to wait for
        assert time.monotonic() < deadline
        time.sleep(0.01)
    ends_at_once(init)
    with pytest.raises(Ended, match="after 0 of 5 bytes"):
        init.frame()


def test_end_of_file_while_it_answers(init: Supervisor) -> None:
    """The result is longer than the pipe holds and is not read: a hang-up is noticed there too."""
    init.start("write", str(1 << 20), "0")
    init.read(protocol.HEADER_SIZE)  # it is about to write the rest
    ends_at_once(init)


def test_a_result_that_is_not_read(init: Supervisor) -> None:
    """The reading end is closed: no SIGPIPE, no error, an orderly end."""
    assert init.process.stdout
    init.process.stdout.close()
    init.start("exit", "0")
    assert init.wait() == 0


CUTS = [(name, size) for name in REQUESTS for size in (1, 4, 5, 7, len(golden(name)) - 1) if size < len(golden(name))]


@pytest.mark.parametrize(("name", "size"), CUTS, ids=str)
def test_a_frame_that_is_cut_off(init: Supervisor, name: str, size: int) -> None:
    """End of file in the middle of a frame is the end, not an error: the host died."""
    init.send(golden(name)[:size])
    init.hang_up()
    with pytest.raises(Ended, match="after 0 of 5 bytes"):
        init.frame()
    assert init.wait() == 0


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request_is_answered_with_the_reason(name: str) -> None:
    """An error frame is sent, then the end: the start of the next frame could not be found."""
    letter, payload, reason = MALFORMED[name]
    if name in {"file_long_name", "keep_long_name"}:  # reported before the name is read
        reason = "file: name is too long"
    with Supervisor() as init:
        init.hello()
        init.send(letter + struct.pack("<I", len(payload)) + payload)
        assert init.error() == reason


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        pytest.param(b"X\0\0\0\0", "unknown frame type 88", id="no such type"),
        pytest.param(b"\0\0\0\0\0", "unknown frame type 0", id="zeros"),
        pytest.param(b"H\0\0\0\0", "unknown frame type 72", id="a reply"),
        pytest.param(b"P\x07\0\0\0" + bytes(7), "ping: not 8 bytes", id="short ping"),
        pytest.param(b"P\xff\xff\xff\xff", "ping: not 8 bytes", id="huge ping"),
        pytest.param(b"R\x01\0\x01\0", "run: frame is too long", id="64 KiB and a byte of run"),
        pytest.param(b"R\xff\xff\xff\xff", "run: frame is too long", id="huge run"),
        pytest.param(b"W\x01\x20\0\0", "warm: frame is too long", id="8 KiB and a byte of warm"),
        pytest.param(b"W\xff\xff\xff\xff", "warm: frame is too long", id="huge warm"),
        pytest.param(b"I\x01\0\0\x04", "input: more than 67108864 bytes", id="64 MiB and a byte of input"),
        pytest.param(b"I\xff\xff\xff\xff", "input: more than 67108864 bytes", id="huge input"),
        pytest.param(
            b"I\x01\0\0\0xI\0\0\0\x04", "input: more than 67108864 bytes", id="64 MiB and a byte in two frames"
        ),
        pytest.param(b"F\x06\0\0\x04\xa4\x01\x01\0x", "file: more than 67108864 bytes", id="64 MiB and a byte of file"),
        pytest.param(b"F\xff\xff\xff\xff\xa4\x01\x01\0x", "file: more than 67108864 bytes", id="huge file"),
        pytest.param(b"F\xff\xff\xff\xff\xa4\x01\xff\xff", "file: name is too long", id="huge file, huge name"),
        pytest.param(golden("file") * 2, "create main.py: File exists", id="a file twice"),
        pytest.param(
            protocol.encode_frame(FrameType.FILE, b"\xa4\x01\x01\0x" + bytes(17 << 20)),
            "write x: No space left on device",
            id="a file larger than the workspace",
        ),
    ],
)
def test_a_frame_out_of_bounds_is_answered_with_the_reason(init: Supervisor, frame: bytes, reason: str) -> None:
    """Lengths are judged before anything of that length is read or kept."""
    init.send(frame)
    assert init.error() == reason


def test_a_symlink_is_no_way_out_of_the_workspace() -> None:
    """Files are made, never opened: what already has the name is refused, wherever it leads."""
    with Supervisor(setup="ln -s /tmp/target /mnt/workspace/main.py") as init:
        init.hello()
        init.send(golden("file"))
        assert init.error() == "create main.py: File exists"
