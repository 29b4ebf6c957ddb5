"""Directories of caches, and files in them that others never see half written."""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NEW: Final = ".new-"  # begins the name of a file that is not whole yet
_LEFT_S: Final = 3600.0  # a file of this age that is not whole was left by a process that was killed
_KEPT_OF_LIMIT: Final = 0.9  # after a clean-up, so that the next file does not begin another


def user_cache(name: str) -> Path:
    """Return a directory in the user's own cache, as the XDG Base Directory Specification has it."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    directory = Path(cache) if os.path.isabs(cache) else Path("~/.cache").expanduser()
    return directory / "zuko" / name


def files_in(directory: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield the time of the last use, the size and the path of each file of a cache.

    They are in directories that are named by two characters, so nothing else in a directory of the user's is touched.
    Files that `write_atomically` is about to put in their places are left out.
    """
    for path in directory.glob("??/*"):
        with contextlib.suppress(OSError):  # another process has removed it
            found = path.stat()
            if not path.name.startswith(_NEW) or time.time() - found.st_mtime >= _LEFT_S:
                yield found.st_mtime, found.st_size, path


def tidy(directory: Path, limit_bytes: int) -> None:
    """Remove the files of a cache that were not used for longest, if all together are larger than a limit."""
    found = sorted(files_in(directory))
    size = sum(size_bytes for _, size_bytes, _ in found)
    if size <= limit_bytes:
        return
    for _, size_bytes, path in found:
        if size <= limit_bytes * _KEPT_OF_LIMIT:
            return
        with contextlib.suppress(OSError):
            path.unlink()
        size -= size_bytes


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file, or replace it: who opens it finds all of the old content or all of the new.

    Args:
        path: in a directory that exists.
        content: of the file, which only its owner may read.

    Raises:
        OSError: it could not be written; there is no part of it.
    """
    descriptor, temporary = tempfile.mkstemp(prefix=_NEW, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
