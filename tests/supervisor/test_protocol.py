"""Check the frames: zuko/sandbox/protocol.py and docker/init/protocol.c against the same bytes, and wrong bytes."""

import struct
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.golden import (
    MALFORMED,
    REPLIES,
    REQUESTS,
    U64_MAX,
    WORD_CHARACTERS,
    Frames,
    golden,
    raw,
    run_payload,
)
from tests.harness.supervisor import build
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.types import Limits, Run


@pytest.fixture(scope="session")
def frames() -> Frames:
    """Run docker/init/tests/frames.c, which is protocol.c with a command line, under ASan and UBSan."""
    tool = build() / "frames"

    def call(*args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([tool, *args], input=stdin, capture_output=True, check=False, timeout=60)

    return call


FLAGS = ("again", "interactive", "keep_taken", "send_taken", "linked", "merge", "collect", "streams")
NUMBERS = ("stack_kb", "file_kb", "processes", "collect_bytes", "collect_files")


# --- C's side --------------------------------------------------------------------------------------------------------


def text_of(frame: dict[str, Any]) -> str:
    """Return the text that `frames decode` must print for a request of frames.json."""
    if frame["type"] in {"file", "keep"}:
        fields = [("mode", frame["mode"]), ("name", raw(frame["name"]).hex()), ("content", raw(frame["content"]).hex())]
    elif frame["type"] == "run":
        fields = [
            ("wall_ms", frame["wall_time_ms"]),
            ("cpu_ms", frame["cpu_time_ms"] or 0),
            ("stdout_limit", frame["stdout_bytes"]),
            ("stderr_limit", frame["stderr_bytes"]),
            ("flush_signal", frame["flush_signal"]),
            *((flag, int(frame.get(flag, False))) for flag in FLAGS),
            *((name, frame.get(name, 0)) for name in NUMBERS),
            *(("arg", raw(arg).hex()) for arg in frame["argv"]),
            *(("env", raw("=".join(pair)).hex()) for pair in frame["env"]),
            *(("take", raw(name).hex()) for name in frame.get("take", ())),
        ]
    elif frame["type"] == "warm":
        fields = [
            ("path", raw(frame["path"]).hex()),
            *(("arg", raw(arg).hex()) for arg in frame["argv"]),
            *(("env", raw("=".join(pair)).hex()) for pair in frame["env"]),
        ]
    elif frame["type"] == "link":
        fields = [("side", frame["side"]), ("name", raw(frame["name"]).hex())]
    else:
        fields = [("payload", raw(frame["payload"]).hex())]
    return "".join(
        f"{name} {value}\n"
        for name, value in [("frame", FrameType[frame["type"].upper()].to_bytes().decode()), *fields]
    )


@pytest.mark.parametrize("name", REQUESTS)
def test_c_reads_a_request(frames: Frames, name: str) -> None:
    read = frames("decode", stdin=golden(name))
    assert (read.stdout.decode(), read.stderr, read.returncode) == (text_of(REQUESTS[name]), b"", 0)


@pytest.mark.parametrize("name", REPLIES)
def test_c_writes_a_reply(frames: Frames, name: str) -> None:
    frame = REPLIES[name]
    stdin = b""
    match frame["type"]:
        case "hello":
            names = ("cpu_source", "filter_mode", "counts_oom_kills", "grade", "uid")
            values = [*(int(frame[name]) for name in names), frame["detail"]]
            args = ["hello", *map(str, values)]
        case "result":
            stdin = raw(frame["stdout"]) + raw(frame["stderr"])
            values = [
                *(frame["cause"], frame["cpu_source"]),
                *(int(frame[flag]) for flag in ("stdout_truncated", "stderr_truncated", "again", "heard")),
                -1 if frame["exit_code"] is None else frame["exit_code"],
                frame["signal"] or 0,
                U64_MAX if frame["cpu_time_ns"] is None else frame["cpu_time_ns"],
                frame["wall_time_ns"],
                frame["peak_rss_bytes"] or 0,
                U64_MAX if frame["oom_kills"] is None else frame["oom_kills"],
                frame["detail"],
                *(len(raw(frame["stdout"])), len(raw(frame["stderr"]))),
            ]
            args = ["result", *map(str, values)]
        case "taken":
            stdin = raw(frame["content"])
            args = ["taken", str(frame["mode"]), frame["name"]]
        case "skipped":
            stdin = raw(frame["name"])
            args = ["skipped", frame["why"]]
        case kind:
            stdin = raw(frame.get("payload", ""))
            args = ["encode", FrameType[kind.upper()].to_bytes().decode()]
    written = frames(*args, stdin=stdin)
    assert (written.stdout, written.stderr, written.returncode) == (golden(name), b"", 0)


# A kept file is read as any other.


@pytest.mark.parametrize("name", MALFORMED)
def test_c_refuses(frames: Frames, name: str) -> None:
    """Each kind of malformed request is refused, and the reason is the right one."""
    letter, payload, reason = MALFORMED[name]
    read = frames("decode", stdin=letter + struct.pack("<I", len(payload)) + payload)
    assert (read.stderr.decode(), read.returncode) == (f"frames: {reason}\n", 1)


@pytest.mark.parametrize("counts", [(512, 0, 0), (1, 511, 0), (1, 0, 511), (170, 171, 171)], ids=str)
def test_c_takes_as_many_strings_as_allowed(frames: Frames, counts: tuple[int, int, int]) -> None:
    """512 strings together, one of them at least argv."""
    argc, envc, takec = counts
    payload = run_payload(argc=argc, envc=envc, takec=takec, strings=b"\x01\0x" * 512)
    read = frames("decode", stdin=b"R" + struct.pack("<I", len(payload)) + payload)
    assert read.returncode == 0
    assert tuple(read.stdout.count(name) for name in (b"\narg ", b"\nenv ", b"\ntake ")) == counts


@given(
    st.builds(
        Run,
        argv=st.lists(st.text(WORD_CHARACTERS), min_size=1, max_size=5).map(tuple),
        limits=st.builds(
            Limits,
            wall_time_ms=st.integers(1, 2**32 - 1),
            cpu_time_ms=st.none() | st.integers(1, 2**32 - 1),
            stdout_bytes=st.integers(0, 64 << 20),
            stderr_bytes=st.integers(0, 64 << 20),
        ),
        env=st.lists(st.tuples(st.text("AB", min_size=1), st.text(WORD_CHARACTERS))).map(tuple),
        take=st.lists(st.sampled_from(["a.out", "*.class", "*", "größe"])).map(tuple),
        keep_taken=st.booleans(),
        send_taken=st.booleans(),
        interactive=st.booleans(),
        streams=st.booleans(),
        flush_signal=st.integers(0, 64),
    ),
    st.booleans(),
)
def test_c_reads_what_python_writes(frames: Frames, run: Run, again: bool) -> None:
    """Any run that the host may send arrives as it was meant."""
    described = {
        "type": "run",
        "wall_time_ms": run.limits.wall_time_ms,
        "cpu_time_ms": run.limits.cpu_time_ms,
        "stdout_bytes": run.limits.stdout_bytes,
        "stderr_bytes": run.limits.stderr_bytes,
        "flush_signal": run.flush_signal,
        "again": again,
        **{flag: getattr(run, flag) for flag in ("interactive", "keep_taken", "send_taken", "streams")},
        **{strings: getattr(run, strings) for strings in ("argv", "env", "take")},
    }
    read = frames("decode", stdin=protocol.encode_run(run, reuse=again))
    assert (read.stdout.decode(), read.stderr) == (text_of(described), b"")
