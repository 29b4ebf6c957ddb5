"""Bounded extraction of zip and tar archives: `extract` writes one into a directory.

An archive may come from a stranger. Nothing is written outside the directory or through a link, and an archive that is
larger, when unpacked, than its limits is refused as soon as that shows, with at most one block more on the disk.

`zipfile` reads the directory of a zip archive, through a file that bounds it. `tar.py` reads the headers of a tar
archive: `tarfile` keeps extended headers of any size in memory, and seeks.
"""

import bz2
import contextlib
import gzip
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial
from lzma import LZMAError
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from zuko.errors import ProblemError
from zuko.judge.diff import printable
from zuko.package.files import DEPTH_MAX, ENTRIES_MAX, FILE_MAX_BYTES, TOTAL_MAX_BYTES
from zuko.package.tar import Tar, TarError, TarKind
from zuko.package.xz import XzFile

_BLOCK_BYTES: Final = 64 << 10
_NAME_MAX_BYTES: Final = 255  # of one directory or file: Linux's limit
_TARGET_MAX_BYTES: Final = 4095  # of a link: Linux's limit
_DIRECTORY_MAX_BYTES: Final = 8 << 20  # of a zip archive's list of contents: about 160 bytes for each of `ENTRIES_MAX`
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)  # LZMA allocates what its header says
_ENCRYPTED: Final = 1  # a flag of a zip member
_WINDOWS: Final = 0  # a zip member's system of origin
_FORMATS: Final = "zip, tar, tar.gz, tar.bz2 or tar.xz"
# Directories and files at the top that are not the package.
_JUNK: Final = ("__MACOSX",)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Limits of an archive, by default those of a package."""

    entries: int = ENTRIES_MAX  # files, directories and links, those that are implied too
    depth: int = DEPTH_MAX + 2  # directories in each other; one may be around the package
    file_bytes: int = FILE_MAX_BYTES  # of each file, unpacked
    total_bytes: int = TOTAL_MAX_BYTES  # of all files, unpacked; of a tar archive with its headers
    ratio: int = 250  # unpacked bytes for each packed one …
    ratio_from_bytes: int = 128 << 20  # … of an archive that is larger than this when unpacked


THE_PACKAGES: Final = ArchiveLimits()


class _Kind(Enum):
    FILE = "a file"
    DIRECTORY = "a directory"
    SYMLINK = "a symbolic link"
    HARD_LINK = "a hard link"


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Member:
    """An entry of an archive."""

    name: str
    kind: _Kind
    executable: bool
    target: str  # of a link, else ""
    open: Callable[[], contextlib.AbstractContextManager[_Readable]]


def extract(source: Path | BinaryIO, into: Path, *, name: str, limits: ArchiveLimits = THE_PACKAGES) -> None:
    """Unpack an archive.

    Args:
        source: the archive, or a file with it that can be read at any position. Its name does not matter.
        into: an empty directory, to which nothing else writes. After an error it contains a part of the archive.
        name: of the archive, for messages.
        limits: of what is unpacked.

    Raises:
        ProblemError: the archive is damaged, of an unknown format, exceeds a limit, or has an entry that is not
            allowed.
    """
    try:
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
            _Extraction(into, name, limits, _size_of(file)).run(_members(file, name, limits))
    except (zipfile.BadZipFile, TarError, EOFError, zlib.error, LZMAError, ValueError, OverflowError) as error:
        # zipfile raises a ValueError for names that are not valid UTF-8, an OverflowError for places beyond all files.
        raise ProblemError(name, f"is damaged: {error}") from error
    except NotImplementedError as error:  # zipfile: a version or a method that it does not know
        raise ProblemError(name, f"cannot be unpacked: {error}") from error
    except OSError as error:
        # bz2 raises OSError without a number for data that it cannot decode, and so does gzip.
        what = "is damaged" if error.errno is None else "cannot be unpacked"
        raise ProblemError(name, f"{what}: {error.strerror or error}") from error


def package_directory(directory: Path) -> Path:
    """Return the directory of the package in an unpacked archive: the only one at the top, or else the top."""
    inner = [each for each in directory.iterdir() if not each.name.startswith(".") and each.name not in _JUNK]
    one = inner[0] if len(inner) == 1 else directory
    return one if one.is_dir() and not one.is_symlink() else directory


def _size_of(file: BinaryIO) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def _format_of(file: BinaryIO) -> str:
    start = file.read(512)
    file.seek(0)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith(b"BZh"):
        return "bzip2"
    if start.startswith(b"\xfd7zXZ\x00"):
        return "xz"
    return "tar" if Tar.begins(start) else ""


def _members(file: BinaryIO, name: str, limits: ArchiveLimits) -> Iterator[_Member]:
    match _format_of(file):
        case "zip":
            return _zip_members(file, name)
        case "gzip":
            return _tar_members(gzip.GzipFile(fileobj=file), name, limits)
        case "bzip2":
            return _tar_members(bz2.BZ2File(file), name, limits)
        case "xz":
            return _tar_members(XzFile(file), name, limits)
        case "tar":
            return _tar_members(file, name, limits)
    raise ProblemError(name, f"is not an archive that can be read: {_FORMATS}")


# --- writing --------------------------------------------------------------------------------------------------------


class _Extraction:
    """The writing of one archive."""

    def __init__(self, into: Path, name: str, limits: ArchiveLimits, packed_bytes: int) -> None:
        self._into = into
        self._name = name
        self._limits = limits
        self._packed_bytes = packed_bytes
        self._bytes = 0
        self._kinds: dict[tuple[str, ...], _Kind] = {}  # what there is at each path

    def run(self, members: Iterator[_Member]) -> None:
        symlinks: dict[tuple[str, ...], str] = {}
        for member in members:
            parts = self._parts(member.name)
            if not parts:  # "./", the top
                continue
            self._add(parts, member.kind)
            if member.kind is _Kind.FILE:
                self._write(member, parts)
            elif member.kind is _Kind.HARD_LINK:
                self._link(parts, member.target)
            elif member.kind is _Kind.SYMLINK:
                symlinks[parts] = member.target
        # They come last, so that no file is written through one.
        for parts, target in symlinks.items():
            if not target or "\0" in target:
                raise self._error(parts, "is a link to nothing")
            self._path(parts).symlink_to(target)
        top = os.path.realpath(self._into)
        for parts in symlinks:
            if os.path.commonpath((top, os.path.realpath(self._path(parts)))) != top:
                raise self._error(parts, "is a link that leads out of the package")

    def _path(self, parts: tuple[str, ...]) -> Path:
        return self._into.joinpath(*parts)

    def _error(self, path: str | tuple[str, ...], message: str) -> ProblemError:
        text = path if isinstance(path, str) else "/".join(path)
        return ProblemError(f"{self._name}: {_shown(text)}", message)

    def _parts(self, name: str) -> tuple[str, ...]:
        """Return the directories and the last name of an entry's path."""
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        if name.startswith("/") or ".." in parts:
            raise self._error(name, "is a path that leads out of the archive")
        if any(len(os.fsencode(part)) > _NAME_MAX_BYTES for part in parts) or "\0" in name:
            raise self._error(name, "is not a valid file name")
        if len(parts) > self._limits.depth:
            raise self._error(name, f"directories are nested more than {self._limits.depth} deep")
        return parts

    def _add(self, parts: tuple[str, ...], kind: _Kind) -> None:
        """Make the directories of an entry, and the entry if it is one."""
        for length in range(1, len(parts) + 1):
            path = parts[:length]
            wanted = kind if path == parts else _Kind.DIRECTORY
            found = self._kinds.get(path)
            if found is None:
                if len(self._kinds) == self._limits.entries:
                    raise ProblemError(self._name, f"has more than {self._limits.entries} files and directories")
                self._kinds[path] = wanted
                if wanted is _Kind.DIRECTORY:
                    self._path(path).mkdir(mode=0o755)
            elif found is not wanted or wanted is not _Kind.DIRECTORY:
                raise self._error(path, "is in the archive twice")

    def _write(self, member: _Member, parts: tuple[str, ...]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._path(parts), flags, 0o755 if member.executable else 0o644)
        written = 0
        with os.fdopen(descriptor, "wb", buffering=0) as file, member.open() as content:
            while block := content.read(_BLOCK_BYTES):
                written += len(block)
                self._bytes += len(block)
                self._check_bytes(parts, written)
                file.write(block)

    def _check_bytes(self, parts: tuple[str, ...], written: int) -> None:
        limits = self._limits
        if written > limits.file_bytes:
            raise self._error(parts, f"is larger than {limits.file_bytes} bytes")
        if self._bytes > limits.total_bytes:
            raise ProblemError(self._name, f"is larger than {limits.total_bytes} bytes when it is unpacked")
        if self._bytes > max(limits.ratio_from_bytes, limits.ratio * self._packed_bytes):
            raise ProblemError(
                self._name, f"is more than {limits.ratio} times larger when it is unpacked: {self._bytes} bytes so far"
            )

    def _link(self, parts: tuple[str, ...], target: str) -> None:
        source = self._parts(target)
        if self._kinds.get(source) not in (_Kind.FILE, _Kind.HARD_LINK) or source == parts:
            raise self._error(parts, "is a hard link to a file that does not come before it")
        os.link(self._path(source), self._path(parts), follow_symlinks=False)


def _shown(text: str) -> str:
    return printable(text.encode(errors="surrogateescape"), _NAME_MAX_BYTES)


# --- zip ------------------------------------------------------------------------------------------------------------


class _BoundedReads(io.RawIOBase):
    """A file of which no more is read at a time than the list of contents may have."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        super().__init__()
        self._file = file
        self._name = name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = _DIRECTORY_MAX_BYTES + 1 if size is None or size < 0 else size
        if wanted > _DIRECTORY_MAX_BYTES + 1:
            raise ProblemError(self._name, f"has a list of contents of more than {_DIRECTORY_MAX_BYTES} bytes")
        return self._file.read(wanted)


_ZIP_KINDS: Final = {
    0: _Kind.FILE,
    stat.S_IFREG: _Kind.FILE,
    stat.S_IFDIR: _Kind.DIRECTORY,
    stat.S_IFLNK: _Kind.SYMLINK,
}


def _zip_members(file: BinaryIO, name: str) -> Iterator[_Member]:
    with zipfile.ZipFile(_BoundedReads(file, name)) as archive:
        for info in archive.infolist():
            shown = f"{name}: {_shown(info.filename)}"
            if info.flag_bits & _ENCRYPTED:
                raise ProblemError(shown, "is encrypted")
            if info.compress_type not in _METHODS:
                raise ProblemError(shown, "is compressed by a method that is not supported: use deflate")
            mode = info.external_attr >> 16  # 0 if it does not come from Unix
            path = info.filename.replace("\\", "/") if info.create_system == _WINDOWS else info.filename
            kind = _Kind.DIRECTORY if path.endswith("/") else _ZIP_KINDS.get(stat.S_IFMT(mode))
            if kind is None:
                raise ProblemError(shown, "is neither a file, a directory nor a link")
            target = _read_target(archive, info) if kind is _Kind.SYMLINK else ""
            yield _Member(path, kind, bool(mode & stat.S_IXUSR), target, partial(archive.open, info))


def _read_target(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    with archive.open(info) as file:
        return os.fsdecode(file.read(_TARGET_MAX_BYTES + 1))


# --- tar ------------------------------------------------------------------------------------------------------------


class _BoundedTotal:
    """A stream that ends in an error where it is longer than an archive may be."""

    def __init__(self, file: _Readable, name: str, limit_bytes: int) -> None:
        self._file = file
        self._name = name
        self._limit_bytes = limit_bytes
        self._bytes = 0

    def read(self, size: int, /) -> bytes:
        block = self._file.read(size)
        self._bytes += len(block)
        if self._bytes > self._limit_bytes:
            raise ProblemError(self._name, f"is larger than {self._limit_bytes} bytes when it is unpacked")
        return block


_TAR_KINDS: Final = {
    TarKind.FILE: _Kind.FILE,
    TarKind.DIRECTORY: _Kind.DIRECTORY,
    TarKind.SYMLINK: _Kind.SYMLINK,
    TarKind.HARD_LINK: _Kind.HARD_LINK,
}


def _tar_members(file: _Readable, name: str, limits: ArchiveLimits) -> Iterator[_Member]:
    tar = Tar(_BoundedTotal(file, name, limits.total_bytes))

    def content() -> contextlib.AbstractContextManager[_Readable]:
        return contextlib.nullcontext(tar)

    for entry in tar:
        kind = _TAR_KINDS.get(entry.kind)
        if kind is None:
            raise ProblemError(f"{name}: {_shown(entry.name)}", "is neither a file, a directory nor a link")
        yield _Member(entry.name, kind, bool(entry.mode & stat.S_IXUSR), entry.target, content)
