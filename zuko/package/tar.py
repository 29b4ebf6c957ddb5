"""Sequential reading of tar archives, in the formats of POSIX (ustar, pax) and GNU, with bounded headers.

An archive is a sequence of blocks of 512 bytes: a header, then the content of the file. Headers of the types `x`, `L`
and `K` have content that belongs to the next entry: a long name, for example.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

BLOCK_BYTES: Final = 512
EXTENDED_MAX_BYTES: Final = 64 << 10  # of the content of a header
SIZE_MAX_BYTES: Final = 1 << 48
_SKIPPED_BYTES: Final = 64 << 10  # at a time

_CHECKSUM: Final = slice(148, 156)
_MAGIC: Final = slice(257, 262)


class TarError(Exception):
    """An archive that is damaged, or of an unsupported kind."""


class TarKind(Enum):
    """The kinds of entries."""

    FILE = b"0"
    HARD_LINK = b"1"
    SYMLINK = b"2"
    DIRECTORY = b"5"
    OTHER = b""


@dataclass(frozen=True, slots=True)
class TarEntry:
    """An entry's header."""

    name: str
    kind: TarKind
    size: int  # of the content, in bytes
    mode: int  # permission bits
    target: str  # of a link, else ""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


_KINDS: Final = {b"0": TarKind.FILE, b"\0": TarKind.FILE, b"7": TarKind.FILE} | {
    kind.value: kind for kind in (TarKind.HARD_LINK, TarKind.SYMLINK, TarKind.DIRECTORY)
}


class Tar:
    """The entries of an archive. After an entry, `read` returns its content, until the next entry is asked for."""

    def __init__(self, file: _Readable) -> None:
        self._file = file
        self._left = 0  # bytes of the current entry's content
        self._padding = 0  # bytes after it

    @staticmethod
    def begins(start: bytes) -> bool:
        """Return whether a file that starts so is an archive: its first block is a header."""
        block = start[:BLOCK_BYTES]
        return len(block) == BLOCK_BYTES and (block[_MAGIC] == b"ustar" or not any(block) or _is_valid(block))

    def __iter__(self) -> Iterator[TarEntry]:
        """Yield each entry.

        Raises:
            TarError: the archive is damaged.
        """
        extended: dict[str, str] = {}
        while (block := self._header()) is not None:
            kind, size = block[156:157], _number(block[124:136])
            if not 0 <= size <= SIZE_MAX_BYTES:
                raise TarError("an entry has an impossible size")
            if kind in (b"x", b"g", b"L", b"K"):
                content = self._extended(size)
                if kind == b"x":
                    extended |= _pax(content)
                elif kind != b"g":  # those for all entries are comments, or about users and times
                    extended["path" if kind == b"L" else "linkpath"] = _text(content)
                continue
            entry = _entry(block, kind, size, extended)
            extended = {}
            self._left = entry.size
            self._padding = -entry.size % BLOCK_BYTES
            yield entry

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes of the current entry's content; b"" at its end."""
        wanted = min(size, self._left)
        content = self._file.read(wanted) if wanted else b""
        if wanted and not content:
            raise TarError("it ends within a file")
        self._left -= len(content)
        return content

    def _header(self) -> bytes | None:
        while self.read(_SKIPPED_BYTES):
            pass
        self._exactly(self._padding)
        self._padding = 0
        block = self._exactly(BLOCK_BYTES, may_end=True)
        if not any(block):  # the end: two blocks of zeros, or of the file
            return None
        if not _is_valid(block):
            raise TarError("a header has a wrong checksum")
        return block

    def _extended(self, size: int) -> bytes:
        if size > EXTENDED_MAX_BYTES:
            raise TarError(f"a header of more than {EXTENDED_MAX_BYTES} bytes is not supported")
        content = self._exactly(size)
        self._exactly(-size % BLOCK_BYTES)
        return content

    def _exactly(self, size: int, *, may_end: bool = False) -> bytes:
        content = b""
        while len(content) < size:
            block = self._file.read(size - len(content))
            if not block:
                if may_end and not content:
                    return b""
                raise TarError("it ends within a header")
            content += block
        return content


def _entry(block: bytes, kind: bytes, size: int, extended: dict[str, str]) -> TarEntry:
    name = _text(block[0:100])
    if block[_MAGIC] == b"ustar" and block[262:263] == b"\0" and (prefix := _text(block[345:500])):
        name = f"{prefix}/{name}"
    if any(key.startswith("GNU.sparse.") for key in extended):
        raise TarError("sparse files are not supported")
    if "size" in extended:
        digits = extended["size"]
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(SIZE_MAX_BYTES))):
            raise TarError("an entry has an impossible size")
        size = int(digits)
    found = _KINDS.get(kind, TarKind.OTHER)
    name = extended.get("path", name)
    if found is TarKind.FILE and name.endswith("/"):  # how archives before POSIX say that it is a directory
        found = TarKind.DIRECTORY
    target = extended.get("linkpath", _text(block[157:257])) if found in (TarKind.SYMLINK, TarKind.HARD_LINK) else ""
    # Only files have content: some programs write the size of a link's target.
    return TarEntry(name, found, size if found is TarKind.FILE else 0, _number(block[100:108]) & 0o777, target)


def _is_valid(block: bytes) -> bool:
    # The sum of all bytes, with the field of the checksum as blanks.
    try:
        given = _number(block[_CHECKSUM])
    except TarError:
        return False
    return given == sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")


def _number(field: bytes) -> int:
    if field[0] & 0x80:  # GNU: binary, where octal digits do not suffice
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:])
    text = field.strip(b" \0")
    try:
        return int(text or b"0", 8)
    except ValueError:
        raise TarError("a header has a wrong number") from None


def _pax(content: bytes) -> dict[str, str]:
    """Return the records of an extended header, each `length key=value` and a line feed."""
    records = {}
    while content.strip(b"\0"):
        digits, blank, _ = content.partition(b" ")
        if not (blank and digits.isdigit() and len(digits) <= len(str(EXTENDED_MAX_BYTES))):
            raise TarError("an extended header is wrong")
        record, content = content[: int(digits)], content[int(digits) :]
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if not equals or not record.endswith(b"\n"):
            raise TarError("an extended header is wrong")
        records[_text(key)] = _text(value)
    return records


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode(errors="surrogateescape")
