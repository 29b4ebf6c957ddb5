"""Files that a program wrote, saved below a directory of the caller's.

Their names are the program's: none leads out of the directory, is hidden, or replaces what is not a file.
"""

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from zuko.cli.printable import printable_lines
from zuko.errors import SubmissionError
from zuko.types import SkippedFile, SourceFile


def save(files: Sequence[SourceFile], skipped: Sequence[SkippedFile], directory: Path, *, quiet: bool) -> None:
    """Save files and report them on standard error; a file whose name is not safe here is left out and reported.

    Raises:
        SubmissionError: the directory cannot be written to.
    """
    saved = []
    left_out = list(skipped)
    try:
        for file in files:
            if problem := _save(file, directory):
                left_out.append(SkippedFile(file.name, problem))
            else:
                saved.append(f"saved {directory / file.name}, {len(file.content)} bytes")
    except OSError as error:
        raise SubmissionError("artifacts", f"--artifact-dir: {directory}: {error.strerror}") from error
    missed = [f"not saved: {file.name or '…'}: {file.why}" for file in left_out]
    for line in missed if quiet else saved + missed:
        sys.stderr.write(printable_lines(line) + "\n")


def _save(file: SourceFile, directory: Path) -> str | None:
    """Save a file; return why it is not saved, None if it is."""
    parts = file.name.split("/")
    if any(part.startswith((".", "-")) or not part.isprintable() for part in parts):
        return "its name is hidden, or has control characters"
    directory.mkdir(parents=True, exist_ok=True)
    parent = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, dir_fd=parent)
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
            os.close(parent)
            parent = below
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with open(os.open(parts[-1], flags, 0o644, dir_fd=parent), "wb") as to:
            to.write(file.content)
    except OSError as error:  # a link or a directory stands in its place, or the disk is full
        return str(error.strerror)
    finally:
        os.close(parent)
    return None
