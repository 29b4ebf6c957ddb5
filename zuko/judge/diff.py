"""The first difference of two outputs, in a line that is safe to show: on a terminal, in HTML, in JSON.

Untrusted bytes are shown as printable text, cut to a few dozen characters, without any of `<>&"'`; other bytes are
escaped as `\\n` or `\\x1b`. Letters outside ASCII stay, except for characters that are invisible, change the direction
of writing, or stack on the one before.
"""

import unicodedata
from typing import Final

_SHOWN: Final = 40  # characters of one side, counted after escaping
_BEFORE: Final = 12  # bytes of the common beginning that are shown before the first difference
_BLOCK: Final = 1 << 16
_UNSAFE: Final = frozenset("<>&\"'`\\")
_SHORT: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\"}

END: Final = "the end of the output"


def first_difference(one: bytes, other: bytes) -> int:
    """Return the offset of the first byte that differs: the shorter length if one begins with the other."""
    least = min(len(one), len(other))
    start = 0
    while start < least and one[start : start + _BLOCK] == other[start : start + _BLOCK]:
        start += _BLOCK
    # Bisect the first block that differs: comparing slices is memcmp, much faster than a loop over bytes.
    low, high = start, min(start + _BLOCK, least)
    while low < high:
        middle = (low + high + 1) // 2
        if one[start:middle] == other[start:middle]:
            low = middle
        else:
            high = middle - 1
    return min(low, least)


def locate(data: bytes, offset: int, *, token: int | None = None) -> str:
    """Return an offset for people: "line 3, column 5", both from 1, columns in bytes; with the token's number."""
    line = data.count(b"\n", 0, offset) + 1
    column = offset - (data.rfind(b"\n", 0, offset) + 1) + 1
    return f"line {line}, column {column}" + ("" if token is None else f", token {token}")


def describe(place: str, expected: bytes | None, got: bytes | None) -> str:
    """Return the first difference in one line of at most about 200 characters.

    Args:
        place: from `locate`.
        expected: the answer's text there; None: its end.
        got: the output's text there; None: its end.
    """
    skip = 0
    if expected is not None and got is not None:
        skip = max(0, first_difference(expected, got) - _BEFORE)
    return f"{place}: expected {quote(expected, skip)}, got {quote(got, skip)}"


def printable(data: bytes, limit: int = _SHOWN) -> str:
    """Return bytes as safe text of at most `limit` characters, and an ellipsis if something was cut."""
    shown: list[str] = []
    length = 0
    # A character has at most four bytes and is shown by at least one character: this many bytes are enough.
    for character in data[: limit * 4].decode(errors="surrogateescape"):
        escaped = _escape(character)
        length += len(escaped)
        if length > limit:
            return "".join(shown) + "…"
        shown.append(escaped)
    return "".join(shown) + ("…" if len(data) > limit * 4 else "")


def quote(data: bytes | None, skip: int = 0) -> str:
    """Return bytes from `skip` on, printable and in quotation marks; for None, the end of the output."""
    if data is None:
        return END
    # Do not begin within a character: its rest would be shown as invalid bytes.
    while skip and skip < len(data) and data[skip] & 0xC0 == 0x80:
        skip -= 1
    return f"“{'…' if skip else ''}{printable(data[skip:])}”"


def _escape(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, by surrogateescape
        return f"\\x{code - 0xDC00:02x}"
    if character in _UNSAFE or code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if code < 0x7F or (character.isprintable() and not unicodedata.category(character).startswith("M")):
        return character
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
