"""The files that clients of Jobe have sent, in a directory of this machine: bounded, and shared by processes.

    ab/abcdef…     a file, by its id; the time of its last change is that of its last use

A client does not look whether its files are here: it sends a program, and after 404 its files. So any may go.
"""

import contextlib
import hashlib
import os
import re
import time
from pathlib import Path
from typing import Final

from zuko.errors import StoreError
from zuko.execution.caches import files_in, write_atomically

FILE_ID: Final = re.compile(r"[A-Za-z0-9]{8,64}")
_MD5: Final = re.compile(r"[0-9a-f]{32}")
_UNUSED_S: Final = 7 * 86400.0
_FILES_MAX: Final = 20_000


class WrongIdError(Exception):
    """An id that no file can have, or not this one; the text says why."""


class Files:
    """Files by their ids. Safe for several threads and processes; blocks.

    Args:
        directory: made when it is first needed.
        limit_bytes: of all files; those that were not used for longest go first.
    """

    def __init__(self, directory: Path, limit_bytes: int) -> None:
        self._root = directory
        self._limit_bytes = limit_bytes

    def has(self, file_id: str) -> bool:
        """Return whether a file is there."""
        path = self._path(file_id)
        return path is not None and path.is_file()

    def get(self, file_id: str) -> bytes | None:
        """Return a file; None: it is not there."""
        path = self._path(file_id)
        if path is None:
            return None
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        # What another program has left there under that name is not what the client has sent.
        return content if _is_of(file_id, content) else None

    def put(self, file_id: str, content: bytes) -> None:
        """Keep a file.

        Raises:
            WrongIdError: the id cannot be one, or is the MD5 of another content.
            StoreError: the directory cannot be written.
        """
        path = self._path(file_id)
        if path is None:
            raise WrongIdError("the id of a file has 8 to 64 letters and digits")
        if not _is_of(file_id, content):
            raise WrongIdError("the id is not the MD5 of the contents")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._make_room(len(content))
            write_atomically(path, content)
        except OSError as error:
            raise StoreError(f"the file cannot be kept: {error.strerror}") from error

    def size_bytes(self) -> int:
        """Return the size of all files."""
        return sum(size_bytes for _, size_bytes, _ in files_in(self._root))

    def _path(self, file_id: str) -> Path | None:
        return self._root / file_id[:2].lower() / file_id if FILE_ID.fullmatch(file_id) else None

    def _make_room(self, size_bytes: int) -> None:
        """Remove what was not used for long, and, from the oldest on, what there is no room for."""
        found = sorted(files_in(self._root))
        total, count, oldest = sum(size for _, size, _ in found), len(found), time.time() - _UNUSED_S
        for used_at, size, path in found:
            if used_at >= oldest and total + size_bytes <= self._limit_bytes and count < _FILES_MAX:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            total, count = total - size, count - 1


def _is_of(file_id: str, content: bytes) -> bool:
    """Return whether an id may be that of a content: one that looks like an MD5 must be its MD5."""
    if not _MD5.fullmatch(file_id):
        return True
    return hashlib.md5(content, usedforsecurity=False).hexdigest() == file_id
