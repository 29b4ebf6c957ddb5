"""A program's files, from where they lie."""

from pathlib import Path
from typing import Final

from zuko.errors import SubmissionError
from zuko.execution.admission import admit_language
from zuko.languages.table import LANGUAGES, Language, language_of_file
from zuko.types import SourceFile

FILE_MAX_BYTES: Final = 64 << 20  # more is not read: no setting allows more


def choose_language(path: Path, name: str | None) -> Language:
    """The language of that name, else that of the file's ending.

    Raises:
        SubmissionError: there is none.
    """
    if name is not None:
        return admit_language(name, "--language")
    language = language_of_file(path.name)
    if language is None:
        raise SubmissionError(
            "language", f"{path}: its ending tells no language; give one with --language: {known_languages()}"
        )
    return language


def known_languages() -> str:
    """The names of all languages, for people."""
    return ", ".join(sorted(LANGUAGES))


def read_file(path: Path) -> bytes:
    """A file's content.

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


def read_extra(paths: tuple[Path, ...]) -> tuple[SourceFile, ...]:
    """Files that stand beside the program, under the names that they have.

    Raises:
        SubmissionError: see `read_file`.
    """
    return tuple(SourceFile(path.name, read_file(path)) for path in paths)
