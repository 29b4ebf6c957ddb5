"""Zips of files: those that a client sends, with a bound on everything that they say about themselves, and ours."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Final

from zuko.types import FILES_MAX, SourceFile

_ENTRIES_MAX: Final = 4 * FILES_MAX  # with directories
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others need much memory for a few bytes
# What zipfile raises for what a zip says of itself: places beyond all numbers, versions that do not exist, more.
_BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, ArithmeticError, LookupError, RuntimeError),
)


class ArchiveError(Exception):
    """An archive that cannot be unpacked; the text says why."""


def unpack(content: bytes, *, limit_bytes: int) -> list[SourceFile]:
    """Return the files of a zip; of several with one name the first, as `unzip -n` keeps it.

    Names are not checked: admission does that.

    Args:
        content: the zip.
        limit_bytes: of all files together.

    Raises:
        ArchiveError: it is not a zip, or too large.
    """
    found: dict[str, SourceFile] = {}
    left = limit_bytes
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > _ENTRIES_MAX:
                raise ArchiveError(f"has more than {_ENTRIES_MAX} entries")
            for info in archive.infolist():
                if info.is_dir() or info.filename in found:
                    continue
                if info.flag_bits & 1 or info.compress_type not in _METHODS:
                    raise ArchiveError("has an entry that is encrypted, or compressed in a way that is not supported")
                with archive.open(info) as entry:
                    data = entry.read(left + 1)  # not what its header says: it may say anything
                left -= len(data)
                if left < 0:
                    raise ArchiveError(f"has files of more than {limit_bytes} bytes together")
                if len(found) == FILES_MAX:
                    raise ArchiveError(f"has more than {FILES_MAX} files")
                found[info.filename] = SourceFile(info.filename, data)
    except _BROKEN as error:
        raise ArchiveError("is not a valid zip") from error
    return list(found.values())


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files by their names.

    A program chooses the names of its files, and Windows takes a backslash for a separator, and "C:" for a drive: a
    client there could be made to write outside its directory. So such names are left out.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            if "\\" in name or PureWindowsPath(name).drive:
                continue
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16  # a regular file
            archive.writestr(entry, data)
    return content.getvalue()
