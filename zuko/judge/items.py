"""Items of an output: tokens, and the white space between them where it counts. Read in blocks, in linear time.

64 MiB of one-letter words would be a gigabyte of objects; a block of them is a few megabytes.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from zuko.judge.diff import locate
from zuko.problem import BuiltinChecker

WHITESPACE: Final = b" \t\n\r\f\v"
BLOCK_BYTES: Final = 1 << 18

_SPLIT: Final = re.compile(rb"([ \t\n\r\f\v]+)")
_KINDS: Final = bytes(0 if each in WHITESPACE else 1 for each in range(256))  # for bytes.translate
_SPACE: Final = b"\0"
_TOKEN: Final = b"\1"


@dataclass(slots=True)
class ItemReader:
    """Items read block by block: tokens, and the white space between them if it counts."""

    data: bytes
    position: int  # of the next block; never within an item
    checker: BuiltinChecker
    items: list[bytes] = field(default_factory=list)  # of the current block; those before `index` are consumed
    index: int = 0
    block_start: int = field(init=False)  # of the current block

    def __post_init__(self) -> None:
        self.block_start = self.position

    def refill(self) -> bool:
        """Read blocks until there is an item; return False at the end of the data."""
        while self.index >= len(self.items):
            if self.position >= len(self.data):
                return False
            self.block_start = self.position
            self.position = self._cut()
            self.items = self._split(self.data[self.block_start : self.position])
            self.index = 0
        return True

    def _cut(self) -> int:
        """Return the end of the next block: after white space, or the end of the data."""
        # A token that crosses the end of the block belongs to the block, with all the white space after it.
        space = _find(self.data, _SPACE, min(self.position + BLOCK_BYTES, len(self.data)) - 1)
        return _find(self.data, _TOKEN, space)

    def _split(self, block: bytes) -> list[bytes]:
        if not self.checker.case_sensitive:
            block = block.lower()
        if self.checker.space_sensitive:
            return [item for item in _SPLIT.split(block) if item]
        return block.split()  # splits bytes at WHITESPACE exactly

    def left(self) -> int:
        """Return how many items of the block are not consumed."""
        return len(self.items) - self.index

    def take(self, count: int) -> list[bytes]:
        """Consume and return the next items of the block."""
        items = self.items[self.index : self.index + count]
        self.index += count
        return items

    def place(self, index: int) -> str:
        """Return the place of an item of the current block by its index; the place of the data's end after the last."""
        span = self._span(index)
        offset = span[0] if span else len(self.data)
        return locate(self.data, offset, token=_count_tokens(self.data, offset) + 1)

    def text(self, index: int) -> bytes | None:
        """Return an item of the current block as it is in the data; None after the last."""
        span = self._span(index)
        return self.data[slice(*span)] if span else None

    def _span(self, index: int) -> tuple[int, int] | None:
        """Return where an item of the current block begins and ends in the data; None after the last."""
        kinds = self.data[self.block_start : self.position].translate(_KINDS)
        at = 0 if self.checker.space_sensitive else kinds.find(_TOKEN)
        while 0 <= at < len(kinds):
            end = kinds.find(_SPACE if kinds[at] else _TOKEN, at)
            end = len(kinds) if end < 0 else end
            if index == 0:
                return self.block_start + at, self.block_start + end
            index -= 1
            at = end if self.checker.space_sensitive else kinds.find(_TOKEN, end)
        return None


def _find(data: bytes, kind: bytes, start: int) -> int:
    """Return the offset of the next byte of a kind, or the data's end. A regular expression is 20 times slower."""
    size = 1 << 10
    while start < len(data):
        found = data[start : start + size].translate(_KINDS).find(kind)
        if found >= 0:
            return start + found
        start += size
        size = min(2 * size, BLOCK_BYTES)
    return len(data)


def _count_tokens(data: bytes, end: int) -> int:
    """Return how many tokens begin before `end`. Counting beginnings is 10 times faster than splitting."""
    count = 0
    for start in range(0, end, BLOCK_BYTES):
        block = data[max(start - 1, 0) : min(start + BLOCK_BYTES, end)].translate(_KINDS)
        count += block.count(_SPACE + _TOKEN) + (start == 0 and block.startswith(_TOKEN))
    return count


def item_start(data: bytes, at: int) -> int:
    """Return where the item at an offset begins, or the white space before it; both sides are equal up to there."""
    before = max(data.rfind(bytes((space,)), 0, at) for space in WHITESPACE)
    return len(data[: before + 1].rstrip(WHITESPACE))
