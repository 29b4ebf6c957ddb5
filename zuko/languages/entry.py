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
    return named(language, entry) if language.compiler is None else language


def named(language: Language, source_name: str) -> Language:
    """Return the row of an interpreted language with another name for its program, wherever the command has it.

    SQLite's has it inside a word: `.read main.sql`.
    """
    usual = language.source_name
    words = tuple(word.replace(usual, source_name) for word in language.run_argv)
    return replace(language, source_name=source_name, run_argv=words)


def _prepare(usual: _Prepare, entry: str, files: tuple[SourceFile, ...]) -> tuple[str, tuple[SourceFile, ...]]:
    _, ready = usual(files)
    return entry, ready
