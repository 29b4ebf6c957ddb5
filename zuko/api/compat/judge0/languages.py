"""Judge0's numbers for languages: a number stands for a language here, and the name says which version that is.

A row is a language of Judge0's. It is listed if one of its names is a language of ours, so that a new row of ours needs
no change here unless its name is new.

A site's own language has a number that is made from its name alone: it is the same on every host, after every restart,
and whatever others there are.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from zuko.languages.table import LANGUAGES, Language, find_language

OWN_FIRST: Final = 100_000_000  # of a site's own languages
OWN_LAST: Final = 999_999_999


@dataclass(frozen=True, slots=True)
class _Row:
    title: str
    names: tuple[str, ...]  # of ours, the best one first
    ids: tuple[int, ...]
    archived: tuple[int, ...] = ()  # ids that are known and refused


# The numbers are those of Judge0 CE 1.13.1, and from 90 on of its hosted 1.14.
_ROWS: Final = (
    _Row("Assembly", ("assembly", "asm", "nasm"), (45,)),
    _Row("Bash", ("bash",), (46,), (1, 2)),
    _Row("Basic", ("basic", "freebasic", "fbc"), (47,), (3,)),
    _Row("C", ("c",), (48, 49, 50, 103), (4, 5, 6, 7, 8, 9)),
    _Row("C", ("c-clang", "clang", "c"), (75, 104, 110)),
    _Row("C++", ("cpp17", "cpp"), (52, 53, 54, 105), (10, 11, 12, 13, 14, 15)),
    _Row("C++", ("cpp-clang", "clang++", "cpp17"), (76,)),
    _Row("C#", ("csharp", "c#", "cs"), (51,), (16, 17)),
    _Row("COBOL", ("cobol",), (77,)),
    _Row("Clojure", ("clojure", "clj"), (86,), (18,)),
    _Row("Common Lisp", ("common-lisp", "commonlisp", "lisp", "sbcl"), (55,)),
    _Row("Crystal", ("crystal",), (), (19,)),
    _Row("D", ("d", "dlang"), (56,)),
    _Row("Dart", ("dart",), (90,)),
    _Row("Elixir", ("elixir",), (57,), (20,)),
    _Row("Erlang", ("erlang",), (58,), (21,)),
    _Row("F#", ("fsharp", "f#"), (87,)),
    _Row("Fortran", ("fortran",), (59,)),
    _Row("Go", ("go",), (60, 95, 106, 107), (22,)),
    _Row("Groovy", ("groovy",), (88,)),
    _Row("Haskell", ("haskell",), (61,), (23, 24)),
    _Row("Java", ("java",), (62, 91), (26, 27, 28)),
    _Row("JavaScript", ("javascript",), (63, 93, 97, 102), (29, 30)),
    _Row("Kotlin", ("kotlin",), (78, 111)),
    _Row("Lua", ("lua",), (64,)),
    _Row("OCaml", ("ocaml",), (65,), (31,)),
    _Row("Objective-C", ("objective-c", "objectivec", "objc"), (79,)),
    _Row("Octave", ("octave",), (66,), (32,)),
    _Row("PHP", ("php",), (68, 98)),
    _Row("Pascal", ("pascal",), (67,), (33,)),
    _Row("Perl", ("perl",), (85,)),
    _Row("Prolog", ("prolog",), (69,)),
    _Row("Python", ("python",), (71, 92, 100, 109, 113), (34, 35)),
    _Row("Python", ("python2",), (70,), (36, 37)),
    _Row("R", ("r",), (80, 99)),
    _Row("Ruby", ("ruby",), (72,), (38, 39, 40, 41)),
    _Row("Rust", ("rust",), (73, 108), (42,)),
    _Row("SQL", ("sqlite", "sqlite3", "sql"), (82,)),
    _Row("Scala", ("scala",), (81, 112)),
    _Row("Swift", ("swift",), (83,)),
    _Row("TypeScript", ("typescript",), (74, 94, 101)),
    _Row("Visual Basic.Net", ("vb", "visual-basic", "visualbasic"), (84,)),
)


# What stands before the version, by our names.
_TOOLS: Final = {
    "c": "GCC",
    "c-clang": "Clang",
    "clang": "Clang",
    "clang++": "Clang",
    "cobol": "GnuCOBOL",
    "cpp": "GCC",
    "cpp-clang": "Clang",
    "cpp17": "GCC",
    "csharp": "Mono",
    "d": "GDC",
    "erlang": "OTP",
    "fortran": "GFortran",
    "freebasic": "FBC",
    "haskell": "GHC",
    "java": "OpenJDK",
    "javascript": "Node.js",
    "lisp": "SBCL",
    "nasm": "NASM",
    "pascal": "FPC",
    "prolog": "SWI-Prolog",
    "sqlite": "SQLite",
}


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number of Judge0's, and the language of ours that it stands for."""

    id: int
    name: str  # with our version
    language: Language
    is_archived: bool = False


def _find(names: tuple[str, ...]) -> Language | None:
    return next((found for name in names if (found := find_language(name)) is not None), None)


def _numbered() -> list[Numbered]:
    found = []
    for row in _ROWS:
        language = _find(row.names)
        if language is None:
            continue
        tool = _TOOLS.get(language.name, "")
        name = f"{row.title} ({tool}{' ' if tool else ''}{language.version})"
        found += [Numbered(number, name, language) for number in row.ids]
        found += [Numbered(number, name, language, is_archived=True) for number in row.archived]
    return found


_OURS: Final = tuple(_numbered())
_BY_ID: Final = {each.id: each for each in _OURS}


def own_id(name: str) -> int:
    """Return the number of a site's own language. Of 100 such names two have the same one once in 180,000 sites."""
    return OWN_FIRST + int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % (OWN_LAST - OWN_FIRST + 1)


def _own() -> dict[int, Numbered]:
    """Return the site's own languages that were found up to now, by number."""
    found: dict[int, Numbered] = {}
    for language in sorted((each for each in LANGUAGES.values() if each.base), key=lambda each: each.name):
        tool = _TOOLS.get(language.base, LANGUAGES[language.base].title)
        # Its own name first: clients look for the newest "Python (3.…)".
        numbered = Numbered(own_id(language.name), f"{language.name} ({tool} {language.version})", language)
        found.setdefault(numbered.id, numbered)  # of two names with one number, the first
    return found


def numbered_languages() -> list[Numbered]:
    """Return all languages, by name, then by number."""
    return sorted((*_OURS, *_own().values()), key=lambda each: (each.name, each.id))


def language_of_id(number: int) -> Numbered | None:
    """Return the language that a number stands for, archived or not; None: none here."""
    return _BY_ID.get(number) if number < OWN_FIRST else _own().get(number)
