"""Reading the files of a program from paths."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from zuko.errors import SubmissionError
from zuko.execution.admission import admit_language
from zuko.languages.own import own_language
from zuko.languages.table import LANGUAGES, Language, language_of_file
from zuko.types import FILES_MAX, SourceFile

FILE_MAX_BYTES: Final = 64 << 20  # more is not read, because no setting allows more

_CACHE: Final = "__pycache__"  # what an interpreter of the author's left


def choose_language(path: Path, name: str | None) -> Language:
    """Return the language with a name, or by default that of the file's extension.

    Raises:
        SubmissionError: the name or the extension is unknown.
    """
    if name is not None:
        if (own := own_language(name)) is not None:  # whether its image is there is seen when it is used
            LANGUAGES.add(own)
        return admit_language(name, "--language")
    language = language_of_file(path.name)
    if language is None:
        raise unknown_extension(path)
    return language


def unknown_extension(path: Path) -> SubmissionError:
    """Return the error of a file without a known extension, with the languages that can be chosen."""
    choice = f"choose a language with --language: {', '.join(sorted(LANGUAGES))}"
    return SubmissionError("language", f"{path}: unknown extension; {choice}")


def read_file(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        SubmissionError: it cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            content = file.read(FILE_MAX_BYTES + 1)
    except OSError as error:
        raise SubmissionError("code", f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > FILE_MAX_BYTES:
        raise SubmissionError("code", f"{path}: is larger than {FILE_MAX_BYTES} bytes")
    return content


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        SubmissionError: it cannot be read, or is not UTF-8.
    """
    try:
        return read_file(path).decode()
    except UnicodeDecodeError as error:
        raise SubmissionError("code", f"{path}: is not UTF-8: {error.reason}") from error


def read_extra(paths: tuple[Path, ...]) -> tuple[SourceFile, ...]:
    """Read the program's other files: a file keeps its name, and those of a directory get its name before theirs.

    Raises:
        SubmissionError: a file cannot be read or is too large, or a directory has too many files.
    """
    return tuple(file for path in paths for file in _read(path))


def _read(path: Path) -> Iterator[SourceFile]:
    if not path.is_dir():
        yield SourceFile(path.name, read_file(path))
        return
    top = path.resolve()  # "." has no name
    found = 0
    for directory, directories, names in os.walk(top):  # follows no links
        directories[:] = sorted(name for name in directories if not name.startswith(".") and name != _CACHE)
        for name in sorted(name for name in names if not name.startswith(".")):
            found += 1
            if found > FILES_MAX:
                raise SubmissionError("files", f"{path}: has more than {FILES_MAX} files")
            file = Path(directory) / name
            yield SourceFile(file.relative_to(top.parent).as_posix(), read_file(file))
