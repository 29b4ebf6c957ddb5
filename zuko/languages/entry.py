"""The file or the class that a program of several files begins with, where its author names it. Pure."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from zuko.languages.scripts import scripted
from zuko.languages.table import Language
from zuko.types import SourceFile

_Prepare = Callable[[tuple[SourceFile, ...]], tuple[str, tuple[SourceFile, ...]]]


def with_entry(language: Language, entry: str, *, has_scripts: bool = False) -> Language:
    """Return the row of a language that begins with a file or, in Java, a class of the program.

    Compilers of C, C++, Go and Rust find the function themselves: for them the row stays as it is.

    Args:
        language: a row of the table.
        entry: a file name or the name of a class; "": the usual one.
        has_scripts: the program has scripts that make it and start it.
    """
    if has_scripts:
        return scripted(language)
    if not entry:
        return language
    if language.prepare is not None:
        return replace(language, prepare=partial(_prepare, language.prepare, entry))
    if language.compiler is None:
        return replace(language, source_name=entry, run_argv=(*language.run_argv[:-1], entry))
    return language


def _prepare(usual: _Prepare, entry: str, files: tuple[SourceFile, ...]) -> tuple[str, tuple[SourceFile, ...]]:
    _, ready = usual(files)
    return entry, ready
