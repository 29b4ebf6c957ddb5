"""Zips that no program makes."""

import struct

_UNKNOWN = 2**32 - 1  # where ZIP64 has it


def zip_with_entry_at(offset: int) -> bytes:
    """Return a zip whose only entry begins at any 64-bit place: the beginning of another, and a list of contents."""
    extra = struct.pack("<HHQQQ", 1, 24, 5, 5, offset)
    sizes = (_UNKNOWN, _UNKNOWN, 1, len(extra), 0, 0, 0, 0, _UNKNOWN)
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 45, 0, 45, 0, 0, 0, 0, 0, 0, *sizes) + b"a" + extra
    before = b"PK\3\4" + bytes(26)
    return before + entry + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(before), 0)
