"""Submissions of tests that have no request."""

from zuko.execution.admission import admit
from zuko.execution.submission import Submission
from zuko.languages.table import PYTHON, Language
from zuko.settings import Settings
from zuko.types import SourceFile


def submission(
    code: str,
    language: Language = PYTHON,
    input_data: str = "",
    *,
    files: tuple[SourceFile, ...] = (),
    wall_time_ms: int | None = None,
) -> Submission:
    """Return a program, with the limits of a service without settings."""
    main = SourceFile(language.source_name, code.encode())
    return admit(Settings(), language, (main, *files), input_data.encode(), wall_time_ms=wall_time_ms)
