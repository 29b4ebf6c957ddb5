"""The golden frames: bytes that both sides must read and write alike, and what each says."""

import json
import struct
import subprocess
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests import ROOT
from zuko.types import Collect, Limits, Run, SourceFile, Warm

GOLDEN = ROOT / "tests" / "golden"
DESCRIBED = json.loads((GOLDEN / "frames.json").read_text())
REQUESTS: dict[str, dict[str, Any]] = DESCRIBED["requests"]
REPLIES: dict[str, dict[str, Any]] = DESCRIBED["replies"]
U64_MAX = 2**64 - 1
Frames = Callable[..., subprocess.CompletedProcess[bytes]]


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.bin").read_bytes()


def raw(value: str | dict[str, str]) -> bytes:
    """Return bytes as frames.json writes them: text in UTF-8, or hexadecimal."""
    return value.encode() if isinstance(value, str) else bytes.fromhex(value["hex"])


def of_type(described: dict[str, dict[str, Any]], *types: str) -> list[str]:
    return [name for name, frame in described.items() if frame["type"] in types]


def run_of(frame: dict[str, Any], **changes: Any) -> Run:
    """Return the run that a run frame of frames.json describes."""
    limits = Limits(
        frame["wall_time_ms"],
        frame["cpu_time_ms"],
        frame["stdout_bytes"],
        frame["stderr_bytes"],
        stack_bytes=frame.get("stack_kb", 0) * 1024 or None,
        file_bytes=frame.get("file_kb", 0) * 1024 or None,
        processes=frame.get("processes"),
    )
    env = tuple((name, value) for name, value in frame["env"])
    flags = ("interactive", "keep_taken", "send_taken", "linked", "merge", "streams")
    rest: dict[str, Any] = {name: frame[name] for name in flags if name in frame}
    if frame.get("collect"):
        rest["collect"] = Collect(frame["collect_files"], frame["collect_bytes"])
    return Run(
        tuple(frame["argv"]),
        limits,
        env=env,
        flush_signal=frame["flush_signal"],
        take=tuple(frame.get("take", ())),
        **rest,
        **changes,
    )


def warm_of(frame: dict[str, Any]) -> Warm:
    """Return the runtime that a warm frame of frames.json describes."""
    return Warm(frame["path"], tuple(frame["argv"]), tuple((name, value) for name, value in frame["env"]))


def file_of(frame: dict[str, Any]) -> SourceFile:
    """Return the file that a file, keep or taken frame of frames.json describes."""
    return SourceFile(frame["name"], raw(frame["content"]), frame["mode"])


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
    collect_bytes: int = 0,
    collect_files: int = 0,
    strings: bytes = b"\x01\x00a",
) -> bytes:
    head = struct.pack("<IIIIBBHHH", wall_ms, 0, stdout, stderr, flush, flags, argc, envc, takec)
    return head + struct.pack("<IIIIH", 0, 0, 0, collect_bytes, collect_files) + strings


def warm_payload(*, argc: int = 1, envc: int = 0, strings: bytes = b"\x01\x00a" * 2) -> bytes:
    return struct.pack("<HH", argc, envc) + strings


def taking(name: bytes) -> bytes:
    """Return the payload of a run that takes a file of that name."""
    return run_payload(takec=1, strings=b"\x01\x00a" + struct.pack("<H", len(name)) + name)


MALFORMED = {
    "file_empty": (b"F", b"", "file: too short"),
    "file_short": (b"F", b"\xa4\x01\x01", "file: too short"),
    "file_setuid": (b"F", b"\xff\x09\x01\x00x", "file: mode has bits other than permissions"),
    "file_no_name": (b"F", b"\xa4\x01\x00\x00x", "file: name is empty or too long"),
    "file_long_name": (b"F", b"\xa4\x01\x00\x01" + b"n" * 256, "file: name is empty or too long"),
    "file_cut_name": (b"F", b"\xa4\x01\x02\x00x", "file: name runs past the frame"),
    "file_nul_in_name": (b"F", b"\xa4\x01\x03\x00a\x00b", "file: NUL in name"),
    "file_ends_in_slash": (b"F", b"\xa4\x01\x02\x00a/", "file: name is not a path in the workspace"),
    "file_empty_part": (b"F", b"\xa4\x01\x04\x00a//b", "file: name is not a path in the workspace"),
    "file_dot_within": (b"F", b"\xa4\x01\x05\x00a/./b", "file: name is not a path in the workspace"),
    "file_leads_out": (b"F", b"\xa4\x01\x06\x00a/../b", "file: name is not a path in the workspace"),
    "file_ends_in_dots": (b"F", b"\xa4\x01\x04\x00a/..", "file: name is not a path in the workspace"),
    "file_too_deep": (b"F", b"\xa4\x01\x21\x00" + b"a/" * 16 + b"b", "file: name is not a path in the workspace"),
    "file_absolute": (b"F", b"\xa4\x01\x02\x00/b", "file: name is not a path in the workspace"),
    "file_dot": (b"F", b"\xa4\x01\x01\x00.", "file: name is not a path in the workspace"),
    "file_dot_dot": (b"F", b"\xa4\x01\x02\x00..", "file: name is not a path in the workspace"),
    "run_empty": (b"R", b"", "run: too short"),
    "run_short": (b"R", run_payload(strings=b"")[:-1], "run: too short"),
    "run_no_wall_time": (b"R", run_payload(wall_ms=0), "run: no wall time limit"),
    "run_stdout": (b"R", run_payload(stdout=(64 << 20) + 1), "run: output limit too high"),
    "run_stderr": (b"R", run_payload(stderr=2**32 - 1), "run: output limit too high"),
    "run_signal": (b"R", run_payload(flush=65), "run: no such signal"),
    "run_interactive_merge": (b"R", run_payload(flags=2 | 32), "run: interactive, and its outputs are not apart"),
    "run_linked_streams": (b"R", run_payload(flags=2 | 16 | 128), "run: linked, and its outputs are not ours"),
    "run_collect_and_take": (b"R", run_payload(flags=64 | 8), "run: collects files, and takes them"),
    "run_collect_and_keep": (b"R", run_payload(flags=64 | 4), "run: collects files, and takes them"),
    "run_collect_much": (b"R", run_payload(flags=64, collect_bytes=(64 << 20) + 1), "run: too much to collect"),
    "run_no_collect": (b"R", run_payload(collect_files=1), "run: limits of files that it does not collect"),
    "run_linked_alone": (b"R", run_payload(flags=16), "run: linked and not interactive"),
    "run_all_flags": (b"R", run_payload(flags=255), "run: interactive, and its outputs are not apart"),
    "run_no_argv": (b"R", run_payload(argc=0, strings=b""), "run: empty argv"),
    "run_only_env": (b"R", run_payload(argc=0, envc=1), "run: empty argv"),
    "run_many_strings": (b"R", run_payload(argc=1, envc=512, strings=b"\0\0" * 513), "run: too many strings"),
    "run_most_strings": (b"R", run_payload(argc=65535, envc=65535, takec=65535), "run: too many strings"),
    "run_many_to_take": (b"R", run_payload(takec=512, strings=b"\0\0" * 513), "run: too many strings"),
    "run_only_take": (b"R", run_payload(argc=0, takec=1), "run: empty argv"),
    "run_cut_string": (b"R", run_payload(strings=b"\x02\x00a"), "string runs past the frame"),
    "run_cut_length": (b"R", run_payload(argc=2, strings=b"\x01\x00a\x01"), "string runs past the frame"),
    "run_no_strings": (b"R", run_payload(strings=b""), "string runs past the frame"),
    "run_nul": (b"R", run_payload(strings=b"\x03\x00a\x00b"), "NUL in string"),
    "run_nul_in_env": (b"R", run_payload(envc=1, strings=b"\x01\x00a\x01\x00\x00"), "NUL in string"),
    "run_left_over": (b"R", run_payload(strings=b"\x01\x00ab"), "bytes after the last string"),
    "run_take_nothing": (b"R", taking(b""), "run: not a name of a file to take"),
    "run_take_dot": (b"R", taking(b"."), "run: not a name of a file to take"),
    "run_take_dot_dot": (b"R", taking(b".."), "run: not a name of a file to take"),
    "run_take_absolute": (b"R", taking(b"/a"), "run: not a name of a file to take"),
    "run_take_above": (b"R", taking(b"a/../../b"), "run: not a name of a file to take"),
    "run_take_empty_part": (b"R", taking(b"a//b"), "run: not a name of a file to take"),
    "run_take_too_deep": (b"R", taking(b"*/" * 16 + b"b"), "run: not a name of a file to take"),
    "run_take_long": (b"R", taking(b"n" * 256), "run: not a name of a file to take"),
    "run_take_nul": (b"R", taking(b"a\0b"), "NUL in string"),
    "link_empty": (b"L", b"", "link: too short"),
    "link_no_name": (b"L", b"\x01", "link: too short"),
    "link_no_side": (b"L", b"\x00x", "link: no such side"),
    "link_third_side": (b"L", b"\x03x", "link: no such side"),
    "link_long": (b"L", b"\x01" + b"n" * 65, "link: not a name"),
    "link_nul": (b"L", b"\x02a\0b", "link: not a name"),
    "warm_empty": (b"W", b"", "warm: too short"),
    "warm_short": (b"W", b"\x01\x00\x00", "warm: too short"),
    "warm_no_argv": (b"W", warm_payload(argc=0, strings=b"\x01\x00a"), "warm: empty argv"),
    "warm_only_env": (b"W", warm_payload(argc=0, envc=1), "warm: empty argv"),
    "warm_many_strings": (b"W", warm_payload(argc=1, envc=512, strings=b"\0\0" * 514), "warm: too many strings"),
    "warm_most_strings": (b"W", warm_payload(argc=65535, envc=65535), "warm: too many strings"),
    "warm_no_strings": (b"W", warm_payload(strings=b""), "string runs past the frame"),
    "warm_only_path": (b"W", warm_payload(strings=b"\x01\x00a"), "string runs past the frame"),
    "warm_cut_path": (b"W", warm_payload(strings=b"\x02\x00a"), "string runs past the frame"),
    "warm_cut_length": (b"W", warm_payload(strings=b"\x01\x00a\x01"), "string runs past the frame"),
    "warm_nul": (b"W", warm_payload(strings=b"\x03\x00a\x00b\x01\x00a"), "NUL in string"),
    "warm_nul_in_env": (b"W", warm_payload(envc=1, strings=b"\x01\x00a\x01\x00a\x01\x00\x00"), "NUL in string"),
    "warm_left_over": (b"W", warm_payload(strings=b"\x01\x00a\x01\x00ab"), "bytes after the last string"),
}


WORD_CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")


MALFORMED |= {
    name.replace("file", "keep"): (b"K", payload, reason)
    for name, (letter, payload, reason) in MALFORMED.items()
    if letter == b"F"
}
