"""Check the frames: zuko/sandbox/protocol.py and docker/init/protocol.c against the same bytes, and wrong bytes."""

import contextlib
import json
import struct
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import ROOT
from tests.harness.supervisor import build
from zuko.errors import ProtocolError
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.types import CpuSource, FilterMode, Hello, Limits, Outcome, Run, RunResult, SourceFile, Usage

GOLDEN = ROOT / "tests" / "golden"
DESCRIBED = json.loads((GOLDEN / "frames.json").read_text())
REQUESTS: dict[str, dict[str, Any]] = DESCRIBED["requests"]
REPLIES: dict[str, dict[str, Any]] = DESCRIBED["replies"]
U64_MAX = 2**64 - 1
Frames = Callable[..., subprocess.CompletedProcess[bytes]]


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.bin").read_bytes()


def raw(value: str | dict[str, str]) -> bytes:
    """Bytes as frames.json writes them: text in UTF-8, or hexadecimal."""
    return value.encode() if isinstance(value, str) else bytes.fromhex(value["hex"])


def of_type(described: dict[str, dict[str, Any]], *types: str) -> list[str]:
    return [name for name, frame in described.items() if frame["type"] in types]


def run_of(frame: dict[str, Any], **changes: Any) -> Run:
    """The run that a run frame of frames.json describes."""
    limits = Limits(frame["wall_time_ms"], frame["cpu_time_ms"], frame["stdout_bytes"], frame["stderr_bytes"])
    env = tuple((name, value) for name, value in frame["env"])
    rest = {name: frame[name] for name in ("interactive", "keep_taken", "send_taken") if name in frame}
    return Run(
        tuple(frame["argv"]),
        limits,
        env=env,
        flush_signal=frame["flush_signal"],
        take=tuple(frame.get("take", ())),
        **rest,
        **changes,
    )


def file_of(frame: dict[str, Any]) -> SourceFile:
    """The file that a file, keep or taken frame of frames.json describes."""
    return SourceFile(frame["name"], raw(frame["content"]), frame["mode"])


@pytest.fixture(scope="session")
def frames() -> Frames:
    """Runs docker/init/tests/frames.c, which is protocol.c with a command line, under ASan and UBSan."""
    tool = build() / "frames"

    def call(*args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([tool, *args], input=stdin, capture_output=True, check=False, timeout=60)

    return call


def test_every_golden_file_is_described() -> None:
    """No .bin without a line in frames.json, no line without its .bin."""
    assert {path.stem for path in GOLDEN.glob("*.bin")} == REQUESTS.keys() | REPLIES.keys()


# --- Python's side ---------------------------------------------------------------------------------------------------


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
    assert protocol.encode_run(run_of(frame), again=frame["again"]) == golden(name)


def test_python_writes_a_submission() -> None:
    """What is kept, files in their order, then standard input, then the run."""
    kept, files = of_type(REQUESTS, "keep"), of_type(REQUESTS, "file")
    run = run_of(
        REQUESTS["run_full"],
        keep=tuple(file_of(REQUESTS[name]) for name in kept),
        files=tuple(file_of(REQUESTS[name]) for name in files),
        input_data=raw(REQUESTS["input_bytes"]["payload"]),
    )
    expected = b"".join(golden(name) for name in [*kept, *files, "input_bytes", "run_full"])
    assert protocol.encode_run(run, again=True) == expected


def test_python_writes_what_has_only_a_payload() -> None:
    for name in of_type(REQUESTS, "drop", "input", "talk", "ping"):
        kind = FrameType[REQUESTS[name]["type"].upper()]
        assert protocol.encode_frame(kind, raw(REQUESTS[name]["payload"])) == golden(name)


@pytest.mark.parametrize("name", of_type(REPLIES, "hello"))
def test_python_reads_a_hello(name: str) -> None:
    frame = REPLIES[name]
    assert protocol.decode_hello(golden(name)[protocol.HEADER_SIZE :]) == Hello(
        CpuSource(frame["cpu_source"]), FilterMode(frame["filter_mode"]), frame["counts_oom_kills"], frame["uid"]
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
        again=frame["again"],
    )


def test_a_result_has_the_files_that_came_before_it() -> None:
    files = tuple(file_of(REPLIES[name]) for name in of_type(REPLIES, "taken"))
    assert protocol.decode_result(golden("result_exited")[protocol.HEADER_SIZE :], files).files == files


def test_every_frame_has_a_golden_file() -> None:
    assert {frame["type"] for frame in (REQUESTS | REPLIES).values()} == {kind.name.lower() for kind in FrameType}


def test_every_outcome_has_a_golden_result() -> None:
    assert {REPLIES[name]["outcome"] for name in of_type(REPLIES, "result")} == set(Outcome)


# --- C's side --------------------------------------------------------------------------------------------------------


def text_of(frame: dict[str, Any]) -> str:
    """What `frames decode` has to print for a request of frames.json."""
    if frame["type"] in {"file", "keep"}:
        fields = [("mode", frame["mode"]), ("name", raw(frame["name"]).hex()), ("content", raw(frame["content"]).hex())]
    elif frame["type"] == "run":
        fields = [
            ("wall_ms", frame["wall_time_ms"]),
            ("cpu_ms", frame["cpu_time_ms"] or 0),
            ("stdout_limit", frame["stdout_bytes"]),
            ("stderr_limit", frame["stderr_bytes"]),
            ("flush_signal", frame["flush_signal"]),
            *((flag, int(frame.get(flag, False))) for flag in ("again", "interactive", "keep_taken", "send_taken")),
            *(("arg", raw(arg).hex()) for arg in frame["argv"]),
            *(("env", raw("=".join(pair)).hex()) for pair in frame["env"]),
            *(("take", raw(name).hex()) for name in frame.get("take", ())),
        ]
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
            values = [frame["cpu_source"], frame["filter_mode"], int(frame["counts_oom_kills"]), 1, frame["uid"]]
            args = ["hello", *map(str, values)]
        case "result":
            stdin = raw(frame["stdout"]) + raw(frame["stderr"])
            values = [
                *(frame["cause"], frame["cpu_source"]),
                *(int(frame[flag]) for flag in ("stdout_truncated", "stderr_truncated", "again")),
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
        case kind:
            stdin = raw(frame.get("payload", ""))
            args = ["encode", FrameType[kind.upper()].to_bytes().decode()]
    written = frames(*args, stdin=stdin)
    assert (written.stdout, written.stderr, written.returncode) == (golden(name), b"", 0)


def run_payload(
    *,
    wall_ms: int = 1000,
    stdout: int = 1,
    stderr: int = 1,
    flush: int = 0,
    flags: int = 0,
    argc: int = 1,
    envc: int = 0,
    takec: int = 0,
    strings: bytes = b"\x01\x00a",
) -> bytes:
    return struct.pack("<IIIIBBHHH", wall_ms, 0, stdout, stderr, flush, flags, argc, envc, takec) + strings


def taking(name: bytes) -> bytes:
    """The payload of a run that takes a file of that name."""
    return run_payload(takec=1, strings=b"\x01\x00a" + struct.pack("<H", len(name)) + name)


MALFORMED = {
    "file_empty": (b"F", b"", "file: too short"),
    "file_short": (b"F", b"\xa4\x01\x01", "file: too short"),
    "file_setuid": (b"F", b"\xff\x09\x01\x00x", "file: mode has bits other than permissions"),
    "file_no_name": (b"F", b"\xa4\x01\x00\x00x", "file: name is empty or too long"),
    "file_long_name": (b"F", b"\xa4\x01\x00\x01" + b"n" * 256, "file: name is empty or too long"),
    "file_cut_name": (b"F", b"\xa4\x01\x02\x00x", "file: name runs past the frame"),
    "file_nul_in_name": (b"F", b"\xa4\x01\x03\x00a\x00b", "file: NUL in name"),
    "file_slash": (b"F", b"\xa4\x01\x03\x00a/b", "file: name is not a plain file name"),
    "file_absolute": (b"F", b"\xa4\x01\x02\x00/b", "file: name is not a plain file name"),
    "file_dot": (b"F", b"\xa4\x01\x01\x00.", "file: name is not a plain file name"),
    "file_dot_dot": (b"F", b"\xa4\x01\x02\x00..", "file: name is not a plain file name"),
    "run_empty": (b"R", b"", "run: too short"),
    "run_short": (b"R", run_payload(strings=b"")[:-1], "run: too short"),
    "run_no_wall_time": (b"R", run_payload(wall_ms=0), "run: no wall time limit"),
    "run_stdout": (b"R", run_payload(stdout=(64 << 20) + 1), "run: output limit too high"),
    "run_stderr": (b"R", run_payload(stderr=2**32 - 1), "run: output limit too high"),
    "run_signal": (b"R", run_payload(flush=65), "run: no such signal"),
    "run_flags": (b"R", run_payload(flags=16), "run: unknown flags"),
    "run_all_flags": (b"R", run_payload(flags=255), "run: unknown flags"),
    "run_no_argv": (b"R", run_payload(argc=0, strings=b""), "run: empty argv"),
    "run_only_env": (b"R", run_payload(argc=0, envc=1), "run: empty argv"),
    "run_many_strings": (b"R", run_payload(argc=1, envc=512, strings=b"\0\0" * 513), "run: too many strings"),
    "run_most_strings": (b"R", run_payload(argc=65535, envc=65535, takec=65535), "run: too many strings"),
    "run_many_to_take": (b"R", run_payload(takec=512, strings=b"\0\0" * 513), "run: too many strings"),
    "run_only_take": (b"R", run_payload(argc=0, takec=1), "run: empty argv"),
    "run_cut_string": (b"R", run_payload(strings=b"\x02\x00a"), "run: string runs past the frame"),
    "run_cut_length": (b"R", run_payload(argc=2, strings=b"\x01\x00a\x01"), "run: string runs past the frame"),
    "run_no_strings": (b"R", run_payload(strings=b""), "run: string runs past the frame"),
    "run_nul": (b"R", run_payload(strings=b"\x03\x00a\x00b"), "run: NUL in string"),
    "run_nul_in_env": (b"R", run_payload(envc=1, strings=b"\x01\x00a\x01\x00\x00"), "run: NUL in string"),
    "run_left_over": (b"R", run_payload(strings=b"\x01\x00ab"), "run: bytes after the last string"),
    "run_take_nothing": (b"R", taking(b""), "run: not a name of a file to take"),
    "run_take_dot": (b"R", taking(b"."), "run: not a name of a file to take"),
    "run_take_dot_dot": (b"R", taking(b".."), "run: not a name of a file to take"),
    "run_take_absolute": (b"R", taking(b"/a"), "run: not a name of a file to take"),
    "run_take_path": (b"R", taking(b"a/b"), "run: not a name of a file to take"),
    "run_take_long": (b"R", taking(b"n" * 256), "run: not a name of a file to take"),
    "run_take_nul": (b"R", taking(b"a\0b"), "run: NUL in string"),
}
# A kept file is read as any other.
MALFORMED |= {
    name.replace("file", "keep"): (b"K", payload, reason)
    for name, (letter, payload, reason) in MALFORMED.items()
    if letter == b"F"
}


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


# --- wrong bytes, wrong values ---------------------------------------------------------------------------------------

PATIENT = settings(deadline=None)  # how long an example takes is the machine's affair
WORD_CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
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
    again=st.booleans(),
)
CAUSES = {frame["outcome"]: frame["cause"] for frame in REPLIES.values() if frame["type"] == "result"}


def payload_of(result: RunResult) -> bytes:
    """A result as zuko-init writes it."""
    usage, detail = result.usage, result.detail.encode()
    head = struct.pack(
        "<BBBBBiiQQQIH",
        CAUSES[result.outcome],
        usage.cpu_source,
        result.stdout_truncated,
        result.stderr_truncated,
        result.again,
        -1 if result.exit_code is None else result.exit_code,
        result.signal or 0,
        U64_MAX if usage.cpu_time_ns is None else usage.cpu_time_ns,
        usage.wall_time_ns,
        usage.peak_rss_bytes or 0,
        2**32 - 1 if result.oom_kills is None else result.oom_kills,
        len(detail),
    )
    return head + detail + struct.pack("<II", len(result.stdout), len(result.stderr)) + result.stdout + result.stderr


@PATIENT
@given(RESULTS)
def test_a_result_comes_back_as_it_was(result: RunResult) -> None:
    assert protocol.decode_result(payload_of(result)) == result


@PATIENT
@given(RESULTS, st.data())
def test_a_damaged_result_is_a_protocol_error_or_another_result(result: RunResult, data: st.DataObject) -> None:
    payload = bytearray(payload_of(result))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ProtocolError):
        assert isinstance(protocol.decode_result(bytes(payload)), RunResult)


@PATIENT
@given(RESULTS, st.data())
def test_a_result_of_another_length_is_refused(result: RunResult, data: st.DataObject) -> None:
    payload = payload_of(result)
    with pytest.raises(ProtocolError):
        protocol.decode_result(payload[: data.draw(st.integers(0, len(payload) - 1))])
    with pytest.raises(ProtocolError):
        protocol.decode_result(payload + data.draw(st.binary(min_size=1)))


@PATIENT
@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    """Whatever a sandbox sends, the host raises ProtocolError and nothing else."""
    for decode in (protocol.decode_header, protocol.decode_hello, protocol.decode_file, protocol.decode_result):
        with contextlib.suppress(ProtocolError):
            decode(payload)


@PATIENT
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
        (0, 1, "speaks protocol 1, this Zuko 2: build the image again"),
        (2, 3, "malformed hello"),
        (3, 0, "malformed hello"),
        (5, 0, "not PID 1"),
    ],
)
def test_a_hello_that_will_not_do_says_why(at: int, byte: int, message: str) -> None:
    payload = bytearray(golden("hello_v2")[protocol.HEADER_SIZE :])
    payload[at] = byte
    with pytest.raises(ProtocolError, match=message):
        protocol.decode_hello(bytes(payload))


@PATIENT
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
    """The name is a program's choice, and somebody may use it as one."""
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
        protocol.encode_run(run, again=False)


@PATIENT
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
        **{flag: getattr(run, flag) for flag in ("interactive", "keep_taken", "send_taken")},
        **{strings: getattr(run, strings) for strings in ("argv", "env", "take")},
    }
    read = frames("decode", stdin=protocol.encode_run(run, again=again))
    assert (read.stdout.decode(), read.stderr) == (text_of(described), b"")
