"""Problem packages as archives, to be sent."""

import os
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from zuko.errors import ProblemError, SubmissionError
from zuko.wire.judge import PROBLEM_NAME_PATTERN

_ENTRIES_MAX: Final = 50_000  # of a package; to import the reader of packages would take longer than most requests
_NAME: Final = re.compile(PROBLEM_NAME_PATTERN)
_FORMATS: Final = re.compile(r"\.(zip|kpp|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz|zst))$", re.IGNORECASE)


def name_of(package: Path) -> str:
    """Return the name of a problem by that of its directory or archive.

    Raises:
        SubmissionError: it is not a name of a problem.
    """
    name = package.resolve().name.lower()
    return checked_name(name if package.is_dir() else _FORMATS.sub("", name))


def checked_name(name: str) -> str:
    """Return a name of a problem.

    Raises:
        SubmissionError: it is not one.
    """
    if not _NAME.fullmatch(name):
        message = f"{name[:80]!r} is not a name of a problem: up to 64 of a-z 0-9 . _ -, the first a letter or digit"
        raise SubmissionError("name", message)
    return name


@contextmanager
def archived(package: Path) -> Iterator[tuple[IO[bytes], int]]:
    """Yield an archive of a package as a file, with its size; a directory is archived first.

    Raises:
        ProblemError: it cannot be read, or has too many files.
    """
    try:
        if package.is_file():
            with package.open("rb") as file:
                yield file, os.fstat(file.fileno()).st_size
            return
        with tempfile.TemporaryFile(prefix="zuko-") as temporary:
            write_tar(package, temporary)
            size_bytes = temporary.tell()
            temporary.seek(0)
            yield temporary, size_bytes
    except (OSError, zlib.error) as error:
        raise ProblemError(str(package), f"cannot be read: {error}") from error


def write_tar(package: Path, into: IO[bytes]) -> None:
    """Archive the files of a package, except hidden ones; links as what they lead to."""
    count = 0
    # The fastest compression: most of the time would be spent on test data that are sent once.
    with tarfile.open(fileobj=into, mode="w:gz", compresslevel=1, dereference=True) as archive:
        waiting = [("", package)]
        while waiting:
            prefix, directory = waiting.pop()
            for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
                path = f"{prefix}{entry.name}"
                if entry.name.startswith(".") and path != ".timelimit":
                    continue  # the service says which other names do not belong to a package
                count += 1
                if count > _ENTRIES_MAX:
                    raise ProblemError(str(package), f"has more than {_ENTRIES_MAX} files and directories")
                if entry.is_dir():
                    waiting.append((f"{path}/", Path(entry.path)))
                elif entry.is_file():
                    archive.add(entry.path, path, recursive=False, filter=_anonymous)


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who has the file, and when it was changed."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry
