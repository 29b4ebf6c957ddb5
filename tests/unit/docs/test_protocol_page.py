"""docs/reference/protocol.md and sandbox.md say what the supervisor's sources say."""

import re
import struct
from typing import Final

import pytest

from tests import ROOT
from tests.harness.pages import PROTOCOL, SANDBOX, coded, names_in, table, tables
from zuko.sandbox import protocol
from zuko.types import Outcome, Reason

# The rules of confine.c, as sandbox.md words them: when a call is forbidden, and what happens.
RULES: Final = {
    "END": ("always", "ends the run"),
    "NO_SUCH_CALL": ("always", "fails with ENOSYS"),
    "REFUSED": ("always", "fails with EPERM"),
    "PERSONALITY": ("unless it asks, or sets Linux's own, for 32 or 64 bits", "fails with EPERM"),
    "PID_1": ("if it names PID 1 (argument 0)", "ends the run"),
    "PRLIMIT": ("if it sets a limit of PID 1", "ends the run"),
    "WHO_FROM_0": ("if it names PID 1, its process group, or a user", "ends the run"),
    "WHO_FROM_1": ("if it names PID 1, its process group, or a user", "ends the run"),
    "NEW_SPACE": ("if it asks for a new namespace", "fails with EPERM"),
    "NEW_SPACES": ("if it asks for a new namespace", "ends the run"),
    "COLLAPSE": ("if it asks for `MADV_COLLAPSE`", "fails with EINVAL"),
    "FAMILY": ("for families that are not listed below", "fails with EAFNOSUPPORT"),
}


def test_forbidden_calls() -> None:
    """The table in sandbox.md and the filter's are the same, rule by rule."""
    source = (ROOT / "docker" / "init" / "confine.c").read_text()
    filtered = {call: RULES[rule] for call, rule in re.findall(r"CALL\((\w+), ([A-Z_0-9]+)\)", source)}
    assert len(filtered) > 40
    documented = {call: (row[1], row[2]) for row in table(SANDBOX, "system calls") for call in coded(row[0])}
    assert documented == filtered


def header_constants() -> dict[str, int]:
    source = (ROOT / "docker" / "init" / "protocol.h").read_text()
    found = re.findall(r"^#define (\w+) (\(?\d+u?(?: << \d+)?\)?)", source, flags=re.MULTILINE)
    return {key: int(value) if value.isdigit() else shifted(value) for key, value in found}


def shifted(text: str) -> int:
    value, _, shift = text.strip("()").replace("u", "").partition(" << ")
    return int(value) << int(shift or 0)


def test_protocol_limits() -> None:
    constants = header_constants()
    for row in table(PROTOCOL, "limit", "value", "beyond it"):
        constant = coded(row[0])[0]
        assert row[1].split()[0] == str(constants[constant]), constant
    text = PROTOCOL.read_text()
    assert constants["PROTOCOL_VERSION"] == protocol.VERSION
    assert f"\nVersion {protocol.VERSION}.\n" in text
    assert f"protocol version, {protocol.VERSION};" in text
    assert f"\n{protocol._HELLO.size} bytes and the detail.\n" in text
    assert f"and {protocol.REPLY_OVERHEAD_MAX} bytes" in text


def test_frame_types() -> None:
    documented = {row[1]: ord(coded(row[0])[0]) for row in table(PROTOCOL, "type", "name")}
    assert documented == {kind.name: kind.value for kind in protocol.FrameType}


@pytest.mark.parametrize(
    ("first", "layout"),
    [
        ("type, an ASCII letter", protocol._HEADER),
        ("protocol version", protocol._HELLO),
        ("wall time limit, ms", protocol._RUN),
        ("outcome", protocol._RESULT_HEAD),
    ],
    ids=["frame", "HELLO", "RUN", "RESULT"],
)
def test_layout_of_frames(first: str, layout: struct.Struct) -> None:
    """Offsets and sizes of the fixed part, field by field."""
    (rows,) = [rows for head, rows in tables(PROTOCOL) if head[0] == "offset" and rows[0][2].startswith(first)]
    fixed = [(int(row[0]), int(row[1])) for row in rows if row[0].isdigit() and row[1].isdigit()]
    sizes = [struct.calcsize(f"<{code}") for code in layout.format.removeprefix("<")]
    assert fixed == [(sum(sizes[:at]), size) for at, size in enumerate(sizes)]


def test_every_reason_not_to_take_a_file_is_documented() -> None:
    """Our own reasons are documented in our words; the others are those of the C library."""
    documented = names_in(table(PROTOCOL, "why", "what it is"))
    ours = "".join((ROOT / "docker" / "init" / name).read_text() for name in ("artifacts.c", "store.c"))
    assert {why for why in documented if f'"{why}"' not in ours} == {"No such file or directory", "Permission denied"}
    refusals = re.findall(r'(?:reject\(artifacts, name, |return )"([^"]+)"', ours)
    assert set(refusals) <= documented


def test_every_outcome_is_documented() -> None:
    documented = {int(row[0]): coded(row[1])[0] for row in table(PROTOCOL, "number", "outcome")}
    assert documented == protocol._OUTCOMES
    assert set(documented.values()) == set(Outcome)
    reasons = {each for row in table(PROTOCOL, "number", "outcome") for each in coded(row[3])}
    assert reasons <= set(Reason)
