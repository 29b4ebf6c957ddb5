"""Check the frames: zuko/sandbox/protocol.py against the golden ones, and wrong bytes."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.golden import (
    GOLDEN,
    REPLIES,
    REQUESTS,
    U64_MAX,
    WORD_CHARACTERS,
    file_of,
    golden,
    of_type,
    raw,
    run_of,
    warm_of,
)
from zuko.errors import ProtocolError
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.types import CpuSource, FilterMode, Hello, Isolation, Limits, Outcome, Run, RunResult, SourceFile, Usage


def test_every_golden_file_is_described() -> None:
    """Each .bin has an entry in frames.json, and each entry its .bin."""
    assert {path.stem for path in GOLDEN.glob("*.bin")} == REQUESTS.keys() | REPLIES.keys()


@pytest.mark.parametrize("name", [*REQUESTS, *REPLIES])
def test_header(name: str) -> None:
    """A frame begins with its type and the length of what follows."""
    described = (REQUESTS | REPLIES)[name]
    frame = golden(name)
    kind, length = protocol.decode_header(frame[: protocol.HEADER_SIZE])
    assert kind.name.lower() == described["type"]
    assert length == len(frame) - protocol.HEADER_SIZE
    assert protocol.encode_frame(kind, frame[protocol.HEADER_SIZE :]) == frame


@pytest.mark.parametrize("name", of_type(REQUESTS, "run"))
def test_python_writes_a_run(name: str) -> None:
    frame = REQUESTS[name]
    assert protocol.encode_run(run_of(frame), reuse=frame["again"]) == golden(name)


def test_python_writes_a_submission() -> None:
    """The order is: kept files, files, standard input, run."""
    kept, files = of_type(REQUESTS, "keep"), of_type(REQUESTS, "file")
    run = run_of(
        REQUESTS["run_full"],
        keep=tuple(file_of(REQUESTS[name]) for name in kept),
        files=tuple(file_of(REQUESTS[name]) for name in files),
        input_data=raw(REQUESTS["input_bytes"]["payload"]),
    )
    expected = b"".join(golden(name) for name in [*kept, *files, "input_bytes", "run_full"])
    assert protocol.encode_run(run, reuse=True) == expected


@pytest.mark.parametrize("name", of_type(REQUESTS, "warm"))
def test_python_writes_a_request_to_keep_a_runtime_warm(name: str) -> None:
    assert protocol.encode_warm(warm_of(REQUESTS[name])) == golden(name)


@pytest.mark.parametrize("name", of_type(REQUESTS, "link"))
def test_python_writes_a_request_to_link(name: str) -> None:
    frame = REQUESTS[name]
    assert protocol.encode_link(frame["name"], listens=frame["side"] == 1) == golden(name)


def test_python_writes_what_has_only_a_payload() -> None:
    for name in of_type(REQUESTS, "drop", "input", "talk", "over", "stop", "ping"):
        kind = FrameType[REQUESTS[name]["type"].upper()]
        assert protocol.encode_frame(kind, raw(REQUESTS[name]["payload"])) == golden(name)


@pytest.mark.parametrize("name", of_type(REPLIES, "hello"))
def test_python_reads_a_hello(name: str) -> None:
    frame = REPLIES[name]
    assert protocol.decode_hello(golden(name)[protocol.HEADER_SIZE :]) == Hello(
        CpuSource(frame["cpu_source"]),
        FilterMode(frame["filter_mode"]),
        frame["counts_oom_kills"],
        frame["uid"],
        Isolation(frame["isolation"]),
        frame["detail"],
    )


@pytest.mark.parametrize("name", of_type(REPLIES, "taken"))
def test_python_reads_what_was_taken(name: str) -> None:
    assert protocol.decode_file(golden(name)[protocol.HEADER_SIZE :]) == file_of(REPLIES[name])


@pytest.mark.parametrize("name", of_type(REPLIES, "result"))
def test_python_reads_a_result(name: str) -> None:
    frame = REPLIES[name]
    assert protocol.decode_result(golden(name)[protocol.HEADER_SIZE :]) == RunResult(
        outcome=Outcome(frame["outcome"]),
        usage=Usage(
            wall_time_ns=frame["wall_time_ns"],
            cpu_time_ns=frame["cpu_time_ns"],
            peak_rss_bytes=frame["peak_rss_bytes"],
            cpu_source=CpuSource(frame["cpu_source"]),
        ),
        exit_code=frame["exit_code"],
        signal=frame["signal"],
        oom_kills=frame["oom_kills"],
        detail=frame["detail"],
        stdout=raw(frame["stdout"]),
        stderr=raw(frame["stderr"]),
        stdout_truncated=frame["stdout_truncated"],
        stderr_truncated=frame["stderr_truncated"],
        reusable=frame["again"],
        heard_end=frame["heard"] == 2,
    )


def test_a_result_has_the_files_that_came_before_it() -> None:
    files = tuple(file_of(REPLIES[name]) for name in of_type(REPLIES, "taken"))
    assert protocol.decode_result(golden("result_exited")[protocol.HEADER_SIZE :], files).files == files


def test_every_frame_has_a_golden_file() -> None:
    assert {frame["type"] for frame in (REQUESTS | REPLIES).values()} == {kind.name.lower() for kind in FrameType}


def test_every_outcome_has_a_golden_result() -> None:
    assert {REPLIES[name]["outcome"] for name in of_type(REPLIES, "result")} == set(Outcome)


U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, U64_MAX)
RESULTS = st.builds(
    RunResult,
    outcome=st.sampled_from(Outcome),
    usage=st.builds(
        Usage,
        wall_time_ns=U64,
        cpu_time_ns=st.none() | st.integers(0, U64_MAX - 1),
        peak_rss_bytes=st.none() | st.integers(1, U64_MAX),
        cpu_source=st.sampled_from(CpuSource),
    ),
    exit_code=st.none() | st.integers(0, 255),
    signal=st.none() | st.integers(1, 64),
    oom_kills=st.none() | st.integers(0, 2**32 - 2),
    detail=st.text(max_size=50),
    stdout=st.binary(),
    stderr=st.binary(),
    stdout_truncated=st.booleans(),
    stderr_truncated=st.booleans(),
    reusable=st.booleans(),
    heard_end=st.booleans(),
)
CAUSES = {frame["outcome"]: frame["cause"] for frame in REPLIES.values() if frame["type"] == "result"}


def payload_of(result: RunResult) -> bytes:
    """Return the payload of a result as zuko-init writes it."""
    usage, detail = result.usage, result.detail.encode()
    head = struct.pack(
        "<BBBBBBiiQQQIH",
        CAUSES[result.outcome],
        usage.cpu_source,
        result.stdout_truncated,
        result.stderr_truncated,
        result.reusable,
        2 * result.heard_end,
        -1 if result.exit_code is None else result.exit_code,
        result.signal or 0,
        U64_MAX if usage.cpu_time_ns is None else usage.cpu_time_ns,
        usage.wall_time_ns,
        usage.peak_rss_bytes or 0,
        2**32 - 1 if result.oom_kills is None else result.oom_kills,
        len(detail),
    )
    return head + detail + struct.pack("<II", len(result.stdout), len(result.stderr)) + result.stdout + result.stderr


@given(RESULTS)
def test_a_result_comes_back_as_it_was(result: RunResult) -> None:
    assert protocol.decode_result(payload_of(result)) == result


@given(RESULTS, st.data())
def test_a_damaged_result_is_a_protocol_error_or_another_result(result: RunResult, data: st.DataObject) -> None:
    payload = bytearray(payload_of(result))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ProtocolError):
        assert isinstance(protocol.decode_result(bytes(payload)), RunResult)


@given(RESULTS, st.data())
def test_a_result_of_another_length_is_refused(result: RunResult, data: st.DataObject) -> None:
    payload = payload_of(result)
    with pytest.raises(ProtocolError):
        protocol.decode_result(payload[: data.draw(st.integers(0, len(payload) - 1))])
    with pytest.raises(ProtocolError):
        protocol.decode_result(payload + data.draw(st.binary(min_size=1)))


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    """Whatever bytes a sandbox sends, the only exception is ProtocolError."""
    for decode in (protocol.decode_header, protocol.decode_hello, protocol.decode_file, protocol.decode_result):
        with contextlib.suppress(ProtocolError):
            decode(payload)


@given(st.integers(0, 255), U32)
def test_a_header_of_an_unknown_type_is_refused(kind: int, length: int) -> None:
    header = struct.pack("<BI", kind, length)
    if kind in set(FrameType):
        assert protocol.decode_header(header) == (kind, length)
    else:
        with pytest.raises(ProtocolError, match=f"unknown type {kind}$"):
            protocol.decode_header(header)


@pytest.mark.parametrize(
    ("at", "byte", "message"),
    [
        (0, 1, "speaks protocol 1, this Zuko 5: build the image again"),
        (2, 3, "malformed hello"),
        (3, 0, "malformed hello"),
        (5, 0, "malformed hello"),
        (5, 3, "malformed hello"),
        (10, 1, "a hello whose size does not add up"),
    ],
)
def test_a_hello_that_will_not_do_says_why(at: int, byte: int, message: str) -> None:
    payload = bytearray(golden("hello_v2")[protocol.HEADER_SIZE :])
    payload[at] = byte
    with pytest.raises(ProtocolError, match=message):
        protocol.decode_hello(bytes(payload))


@given(st.sampled_from(of_type(REPLIES, "hello")), st.data())
def test_a_hello_of_another_length_is_refused(name: str, data: st.DataObject) -> None:
    payload = golden(name)[protocol.HEADER_SIZE :]
    with pytest.raises(ProtocolError):
        protocol.decode_hello(payload[: data.draw(st.integers(0, len(payload) - 1))])
    with pytest.raises(ProtocolError):
        protocol.decode_hello(payload + data.draw(st.binary(min_size=1)))


@given(
    st.integers(0, 0o777),
    st.text(WORD_CHARACTERS, min_size=1, max_size=60).filter(lambda name: "/" not in name and name not in {".", ".."}),
    st.binary(),
)
def test_a_taken_file_comes_back_as_it_was(mode: int, name: str, content: bytes) -> None:
    encoded = name.encode()
    payload = struct.pack("<HH", mode, len(encoded)) + encoded + content
    assert protocol.decode_file(payload) == SourceFile(name, content, mode)


@pytest.mark.parametrize(
    "name", [b"", b".", b"..", b"/", b"../x", b"/etc/passwd", b"a\0b", b"n" * 256, b"\xff"], ids=repr
)
def test_a_taken_file_of_an_impossible_name_is_refused(name: bytes) -> None:
    """A program chooses the name, and a caller may use it as a path."""
    with pytest.raises(ProtocolError):
        protocol.decode_file(struct.pack("<HH", 0o644, len(name)) + name + b"content")


def test_a_taken_file_whose_name_runs_past_the_frame_is_refused() -> None:
    with pytest.raises(ProtocolError):
        protocol.decode_file(struct.pack("<HH", 0o644, 5) + b"name")


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(Run(("x" * 65535,), Limits(1)), id="argv as long as a frame"),
        pytest.param(Run(("x" * 65536,), Limits(1)), id="a string too long for its length"),
        pytest.param(Run(("x",) * 70000, Limits(1)), id="more strings than can be counted"),
        pytest.param(Run(("x",), Limits(1), take=("n" * 65535,)), id="take as long as a frame"),
        pytest.param(Run(("\udcff",), Limits(1)), id="a lone surrogate"),
        pytest.param(Run(("x",), Limits(-1)), id="negative wall time"),
        pytest.param(Run(("x",), Limits(2**32)), id="49 days of wall time"),
        pytest.param(Run(("x",), Limits(1, 2**32)), id="49 days of CPU time"),
        pytest.param(Run(("x",), Limits(1, None, 2**32)), id="4 GiB of output"),
        pytest.param(Run(("x",), Limits(1), flush_signal=256), id="no such signal"),
        pytest.param(Run(("x",), Limits(1), (SourceFile("n" * 65536, b""),)), id="file name too long for its length"),
        pytest.param(Run(("x",), Limits(1), (SourceFile("n", b"", 65536),)), id="no such mode"),
    ],
)
def test_a_run_that_fits_no_frame_is_a_value_error(run: Run) -> None:
    with pytest.raises(ValueError, match=r"."):
        protocol.encode_run(run, reuse=False)
