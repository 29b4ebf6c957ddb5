"""The table of languages, and how one is found in it. The rows are in `zuko/languages/rows/`.

A site's own languages are added where they are found (zuko/languages/own.py), at any time and from any thread.

A language may have several versions, a row and an image each. One of them has the language's plain name ("java"), and
is what that name means in a request; the others have their version in the name, too ("java@25"). A request may name the
version of either.
"""

import difflib
import threading
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Final

from zuko.languages.language import AT, MIB, Compiler, Language
from zuko.languages.rows import (
    beam,
    gcc,
    go,
    haskell,
    javascript,
    jvm,
    mono,
    native,
    python,
    r,
    rust,
    scripts,
    symbolic,
)
from zuko.languages.rows.gcc import CPP
from zuko.languages.rows.python import PYTHON

__all__ = [
    "CPP",
    "LANGUAGES",
    "MIB",
    "PYTHON",
    "Compiler",
    "Language",
    "find_language",
    "language_of_file",
    "language_of_image",
    "names_and_aliases",
    "suffixes_of",
    "unknown_language",
    "versions_of",
]

_NAME_SHOWN: Final = 64  # characters of an unknown name
_CLOSE: Final = 0.8  # of `difflib`: "java8" is java; "typescript" is not javascript, and "c++11" not c17

_FAMILIES: Final = (python, gcc, jvm, javascript, go, rust, scripts, native, haskell, mono, symbolic, beam, r)


class Table(Mapping[str, Language]):
    """The languages by name. One is added to a copy, so that another thread may be in a loop over the languages."""

    def __init__(self, rows: Iterable[Language]) -> None:
        self._rows = {language.name: language for language in rows}
        self._adding = threading.Lock()

    def __getitem__(self, name: str) -> Language:
        """Return the language with a name."""
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Count the languages."""
        return len(self._rows)

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._rows.keys()

    def values(self) -> ValuesView[Language]:
        """Return the languages."""
        return self._rows.values()

    def items(self) -> ItemsView[str, Language]:
        """Return both."""
        return self._rows.items()

    def add(self, language: Language) -> None:
        """Add a language, behind the others; one of that name stays as it is."""
        with self._adding:  # else one that another thread adds at this moment could be lost
            if language.name not in self._rows:
                self._rows = {**self._rows, language.name: language}


LANGUAGES: Final = Table(language for family in _FAMILIES for language in family.ROWS)
_BY_NAME: Final = {name: language for language in LANGUAGES.values() for name in (language.name, *language.aliases)}


def find_language(name: str) -> Language | None:
    """Return the language with a name or an alias, alone or with a version ("java@25"); None if there is none."""
    found = LANGUAGES.get(name) or _BY_NAME.get(name)
    if found is not None or AT not in name:
        return found
    base, _, version = name.partition(AT)
    return next((each for each in _versions(base) if each.has_version(version)), None)


def versions_of(family: str) -> tuple[Language, ...]:
    """Return the versions of a language, that of its plain name first."""
    rows = (language for language in LANGUAGES.values() if language.family == family)
    return tuple(sorted(rows, key=lambda each: not each.is_default))


def unknown_language(name: str) -> str:
    """Return the message about a name that no language has: the likely one, and all that are supported."""
    shown = name[:_NAME_SHOWN]
    base, _, version = shown.partition(AT)
    if versions := _versions(base):
        known = ", ".join(each.version for each in versions)
        return f"language {base!r} has no version {version!r}; supported: {known}"
    meant = difflib.get_close_matches(shown.lower(), {**_BY_NAME, **LANGUAGES}, n=1, cutoff=_CLOSE)
    hint = f" (did you mean {meant[0]}?)" if meant else ""
    return f"unknown language {shown!r}{hint}; supported: {', '.join(sorted(LANGUAGES))}"


def _versions(name: str) -> tuple[Language, ...]:
    """Return the versions that may follow a name or an alias: one that stands for a single version has only that."""
    language = LANGUAGES.get(name) or _BY_NAME.get(name)
    if language is None:
        return ()
    return versions_of(language.family) if language.is_default else (language,)


def names_and_aliases() -> str:
    """Return all names that requests may use, for people: "c (c17), cpp (c++, …), …"."""
    rows = (LANGUAGES[name] for name in sorted(LANGUAGES))
    return ", ".join(f"{row.name} ({', '.join(row.aliases)})" if row.aliases else row.name for row in rows)


def language_of_file(name: str) -> Language | None:
    """Return the language of a file by its extension, the first of several; None if the extension is unknown."""
    _, dot, extension = name.rpartition(".")
    return next((each for each in LANGUAGES.values() if dot + extension in suffixes_of(each)), None) if dot else None


def language_of_image(image: str) -> Language | None:
    """Return the language of an image, the first of several; None if it is not one of ours."""
    return next((each for each in LANGUAGES.values() if image.endswith(each.image)), None)


def suffixes_of(language: Language) -> tuple[str, ...]:
    """Return the extensions of a language's files: ".cpp", ".cc"."""
    own = "." + language.source_name.rpartition(".")[2]
    return tuple(dict.fromkeys((own, *(language.compiler.suffixes if language.compiler else ()))))
