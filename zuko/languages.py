"""The languages: one frozen row each. Everything that knows a language reads it here, docs and tests too."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Language:
    """What it takes to run a program of one language."""

    name: str  # as requests say it
    title: str  # as people say it
    version: str
    image: str
    source_name: str  # the submission's file in the workspace
    run_argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    flush_signal: int  # at a time limit the runtime is sent this and may write its buffers out; 0: none


_COMMON_ENV: Final = (
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("HOME", "/workspace"),
    ("USER", "runner"),
    ("LANG", "C.UTF-8"),
)

PYTHON: Final = Language(
    name="python",
    title="Python",
    version="3.12",
    image="zuko-python:3.12",
    source_name="main.py",
    run_argv=("/usr/local/bin/python3.12", "main.py"),
    env=(*_COMMON_ENV, ("PYTHONDONTWRITEBYTECODE", "1")),
    flush_signal=64,  # SIGRTMAX: docker/python/sitecustomize.py answers it
)

LANGUAGES: Final = {language.name: language for language in (PYTHON,)}
