"""The frames exchanged with zuko-init: types to bytes and back, without I/O.

The other half is docker/init/protocol.h, which draws the frames; tests/golden/ has bytes that both sides must read and
write alike. All numbers are little-endian; a string is a u16 length and its bytes.
"""

import struct
from collections.abc import Iterable
from enum import IntEnum, IntFlag
from typing import Final

from zuko.errors import ProtocolError
from zuko.types import (
    NAME_MAX_BYTES,
    NAME_PARTS_MAX,
    CpuSource,
    FilterMode,
    Hello,
    Isolation,
    Outcome,
    Run,
    RunResult,
    SkippedFile,
    SourceFile,
    Usage,
    Warm,
)

VERSION: Final = 5
HEADER_SIZE: Final = 5
REPLY_OVERHEAD_MAX: Final = 1024  # bytes of a reply in addition to stdout and stderr, more than any needs
CONTROL_MAX: Final = 65536  # bytes of a run frame
TALK_MAX: Final = 65536  # bytes of a talk or an output frame

_HEADER = struct.Struct("<BI")
_RUN = struct.Struct("<IIIIBBHHHIIIIH")
_HELLO = struct.Struct("<HBBBBIH")
_VERSION = struct.Struct("<H")
_RESULT_HEAD = struct.Struct("<BBBBBBiiQQQIH")
_RESULT_TAIL = struct.Struct("<II")
_HEARD_OVER: Final = 2  # 1: the other program has closed its output and went on
_LINK_SIDES: Final = {True: 1, False: 2}  # listens, connects
_UNKNOWN_U64: Final = 2**64 - 1
_UNKNOWN_U32: Final = 2**32 - 1


class FrameType(IntEnum):
    """The first byte of a frame."""

    FILE = ord("F")
    KEEP = ord("K")
    DROP = ord("D")
    INPUT = ord("I")
    RUN = ord("R")
    TALK = ord("i")
    OVER = ord("e")
    STOP = ord("S")
    PING = ord("P")
    WARM = ord("W")
    LINK = ord("L")
    HELLO = ord("H")
    TAKEN = ord("f")
    OUTPUT = ord("o")
    RESULT = ord("r")
    PONG = ord("p")
    ERROR = ord("E")
    CLOSED = ord("c")
    WARMED = ord("w")
    LINKED = ord("l")
    ERRORS = ord("q")
    SKIPPED = ord("s")
    SLEEPS = ord("z")
    WORKS = ord("b")


class _Flag(IntFlag):
    """Flags of a run frame."""

    REUSE = 1
    INTERACTIVE = 2
    KEEP_TAKEN = 4
    SEND_TAKEN = 8
    LINKED = 16
    MERGE = 32
    COLLECT = 64
    STREAMS = 128


_OUTCOMES: Final = {
    1: Outcome.EXITED,
    2: Outcome.SIGNALLED,
    3: Outcome.WALL_TIME,
    4: Outcome.CPU_TIME,
    5: Outcome.OUTPUT,
    6: Outcome.MEMORY,
    7: Outcome.FORBIDDEN_SYSCALL,
    8: Outcome.NOT_STARTED,
    9: Outcome.STOPPED,
}


_GRADES: Final = {1: Isolation.CONTAINER, 2: Isolation.NAMESPACES}


def encode_frame(kind: FrameType, payload: bytes) -> bytes:
    """Return a frame."""
    return _HEADER.pack(kind, len(payload)) + payload


def decode_header(header: bytes) -> tuple[FrameType, int]:
    """Return the type of a frame and the length of its payload, from its first `HEADER_SIZE` bytes.

    Raises:
        ProtocolError: unknown type, or not `HEADER_SIZE` bytes.
    """
    try:
        kind, length = _HEADER.unpack(header)
    except struct.error as error:
        raise ProtocolError(f"a frame header has {HEADER_SIZE} bytes, not {len(header)}") from error
    try:
        return FrameType(kind), length
    except ValueError as error:
        raise ProtocolError(f"the sandbox sent a frame of unknown type {kind}") from error


def encode_run(run: Run, *, reuse: bool) -> bytes:
    """Return the frames of a run: files to keep, files of this run, its input and the run frame, in this order.

    Args:
        run: the run.
        reuse: whether the sandbox then empties and audits itself for another run, or ends.

    Raises:
        ValueError: argv, env and take are too long for one frame, or a number does not fit its field.
    """
    try:
        parts = [_encode_file(FrameType.KEEP, file) for file in run.keep]
        parts += [_encode_file(FrameType.FILE, file) for file in run.files]
        if run.input_data:
            parts.append(encode_frame(FrameType.INPUT, run.input_data))
        parts.append(encode_frame(FrameType.RUN, _encode_run_payload(run, reuse)))
    except struct.error as error:
        raise ValueError(f"the run does not fit into a frame: {error}") from error
    return b"".join(parts)


def _encode_file(kind: FrameType, file: SourceFile) -> bytes:
    name = file.name.encode()
    return encode_frame(kind, struct.pack("<HH", file.mode, len(name)) + name + file.content)


def _encode_run_payload(run: Run, reuse: bool) -> bytes:
    limits = run.limits
    flags = (
        _Flag.REUSE * reuse
        | _Flag.INTERACTIVE * run.interactive
        | _Flag.KEEP_TAKEN * run.keep_taken
        | _Flag.SEND_TAKEN * run.send_taken
        | _Flag.LINKED * run.linked
        | _Flag.MERGE * run.merge
        | _Flag.COLLECT * (run.collect is not None)
        | _Flag.STREAMS * run.streams
    )
    strings = [*run.argv, *(f"{name}={value}" for name, value in run.env), *run.take]
    payload = _RUN.pack(
        limits.wall_time_ms,
        limits.cpu_time_ms or 0,
        limits.stdout_bytes,
        limits.stderr_bytes,
        run.flush_signal,
        flags,
        len(run.argv),
        len(run.env),
        len(run.take),
        -(-(limits.stack_bytes or 0) // 1024),
        -(-(limits.file_bytes or 0) // 1024),
        limits.processes or 0,
        run.collect.bytes if run.collect else 0,
        run.collect.files if run.collect else 0,
    ) + _encode_strings(strings)
    if len(payload) > CONTROL_MAX:
        raise ValueError(f"argv, env and take make {len(payload)} bytes, more than {CONTROL_MAX}")
    return payload


def encode_warm(warm: Warm) -> bytes:
    """Return the frame that has a sandbox keep a runtime warm."""
    strings = [warm.path, *warm.argv, *(f"{name}={value}" for name, value in warm.env)]
    head = struct.pack("<HH", len(warm.argv), len(warm.env))
    return encode_frame(FrameType.WARM, head + _encode_strings(strings))


def encode_link(name: str, *, listens: bool) -> bytes:
    """Return the frame that has a sandbox make its half of a link: `listens` first, then the other."""
    return encode_frame(FrameType.LINK, bytes([_LINK_SIDES[listens]]) + name.encode())


def _encode_strings(strings: Iterable[str]) -> bytes:
    return b"".join(struct.pack("<H", len(text)) + text for text in (string.encode() for string in strings))


def decode_hello(payload: bytes) -> Hello:
    """Return the hello in a frame's payload.

    Raises:
        ProtocolError: malformed, or another version of the protocol.
    """
    try:
        (version,) = _VERSION.unpack_from(payload)
        if version != VERSION:
            raise ProtocolError(f"the image speaks protocol {version}, this Zuko {VERSION}: build the image again")
        _, cpu_source, filter_mode, counts_oom_kills, grade, uid, size = _HELLO.unpack_from(payload)
        refusal = payload[_HELLO.size :].decode(errors="replace")
        if len(payload) != _HELLO.size + size:
            raise ProtocolError("the sandbox sent a hello whose size does not add up")
        return Hello(
            CpuSource(cpu_source), FilterMode(filter_mode), bool(counts_oom_kills), uid, _GRADES[grade], refusal
        )
    except (struct.error, KeyError, ValueError) as error:
        raise ProtocolError("the sandbox sent a malformed hello") from error


def decode_file(payload: bytes) -> SourceFile:
    """Return a file of a run. Its name is a path that does not lead out of the workspace.

    Raises:
        ProtocolError: malformed.
    """
    try:
        mode, size = struct.unpack_from("<HH", payload)
        name = payload[4 : 4 + size].decode()
    except (struct.error, ValueError) as error:
        raise ProtocolError("the sandbox sent a malformed file") from error
    if len(name.encode()) != size or not 0 < size <= NAME_MAX_BYTES or not _is_path(name):
        raise ProtocolError("the sandbox sent a file with an invalid name")
    return SourceFile(name, payload[4 + size :], mode & 0o777)


def decode_skipped(payload: bytes) -> SkippedFile:
    """Return a file that was not collected. Its name may be any bytes, which are escaped where they are not UTF-8.

    Raises:
        ProtocolError: malformed.
    """
    try:
        (size,) = struct.unpack_from("<H", payload)
    except struct.error as error:
        raise ProtocolError("the sandbox sent a malformed skipped file") from error
    if len(payload) < 2 + size:
        raise ProtocolError("the sandbox sent a malformed skipped file")
    why = payload[2 : 2 + size].decode(errors="replace")
    return SkippedFile(payload[2 + size :].decode(errors="backslashreplace"), why)


def _is_path(name: str) -> bool:
    parts = name.split("/")
    return len(parts) <= NAME_PARTS_MAX and not {"", ".", ".."} & set(parts) and "\0" not in name


def decode_result(
    payload: bytes, files: tuple[SourceFile, ...] = (), skipped: tuple[SkippedFile, ...] = ()
) -> RunResult:
    """Return the result of a run.

    Args:
        payload: of the result's frame.
        files: that were received before it.
        skipped: files that were reported before it.

    Raises:
        ProtocolError: malformed.
    """
    try:
        (
            cause,
            cpu_source,
            stdout_truncated,
            stderr_truncated,
            reusable,
            heard,
            exit_code,
            signal,
            cpu_ns,
            wall_ns,
            peak_rss_bytes,
            oom_kills,
            detail_size,
        ) = _RESULT_HEAD.unpack_from(payload)
        at = _RESULT_HEAD.size
        detail = payload[at : at + detail_size].decode(errors="replace")
        at += detail_size
        stdout_size, stderr_size = _RESULT_TAIL.unpack_from(payload, at)
        at += _RESULT_TAIL.size
        if len(payload) != at + stdout_size + stderr_size:
            raise ProtocolError("the sandbox sent a result whose sizes do not add up")
        return RunResult(
            outcome=_OUTCOMES[cause],
            usage=Usage(
                wall_time_ns=wall_ns,
                cpu_time_ns=None if cpu_ns == _UNKNOWN_U64 else cpu_ns,
                # Every process that was reaped has used memory, so 0 means that none was.
                peak_rss_bytes=peak_rss_bytes or None,
                cpu_source=CpuSource(cpu_source),
            ),
            exit_code=None if exit_code < 0 else exit_code,
            signal=signal or None,
            oom_kills=None if oom_kills == _UNKNOWN_U32 else oom_kills,
            detail=detail,
            stdout=payload[at : at + stdout_size],
            stderr=payload[at + stdout_size :],
            stdout_truncated=bool(stdout_truncated),
            stderr_truncated=bool(stderr_truncated),
            reusable=bool(reusable),
            heard_end=heard == _HEARD_OVER,
            files=files,
            skipped=skipped,
        )
    except (struct.error, KeyError, ValueError) as error:
        raise ProtocolError("the sandbox sent a malformed result") from error
