"""Directories of caches, and files in them that others never see half written."""

import contextlib
import os
import tempfile
import time
from pathlib import Path
from typing import Final

_NEW: Final = ".new-"  # begins the name of a file that is not whole yet
_LEFT_S: Final = 3600.0  # a file of this age that is not whole was left by a process that was killed


def user_cache(name: str) -> Path:
    """Return a directory in the user's own cache, as the XDG Base Directory Specification has it."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    directory = Path(cache) if os.path.isabs(cache) else Path("~/.cache").expanduser()
    return directory / "zuko" / name


def is_being_written(path: Path, written_at: float) -> bool:
    """Return whether a file of a directory is one that `write_atomically` is about to put in its place.

    Args:
        path: of the file.
        written_at: its time of modification, s since the epoch.
    """
    return path.name.startswith(_NEW) and time.time() - written_at < _LEFT_S


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
