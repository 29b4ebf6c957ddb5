"""Decompression of .xz files with a bound on memory, which `lzma.LZMAFile` does not have."""

import lzma
from typing import BinaryIO, Final

MEMORY_MAX_BYTES: Final = 128 << 20  # `xz -9` needs 65 MiB; a header can ask for 4 GiB
_BLOCK_BYTES: Final = 64 << 10


class XzFile:
    """The decompressed content of a file, read from the beginning to the end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY_MAX_BYTES)

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; b"" at the end.

        Raises:
            EOFError: the file ends too early.
            lzma.LZMAError: it is damaged, or needs more memory.
        """
        while not self._decompressor.eof:
            given = self._file.read(_BLOCK_BYTES) if self._decompressor.needs_input else b""
            if not given and self._decompressor.needs_input:
                raise EOFError("the compressed data ends too early")
            if block := self._decompressor.decompress(given, size):
                return block
        return b""
