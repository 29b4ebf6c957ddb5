"""Java sources as javac and the machine want them: named after their public class, with a class to run. Pure.

A file with `public class Solution` has to be called Solution.java, and what is run is said by the name of a class. Both
are found in the tokens that matter, in linear time and without a parser: whatever is no Java is javac's to refuse.
Class files lie side by side in a sandbox, so a package has no directory: its declaration is blanked out, and lines and
columns of messages stay what they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from zuko.types import SourceFile

MAIN: Final = "Main"  # where the sources say nothing
SUFFIX: Final = ".java"

# Comments, text blocks, strings and characters, so that nothing in them counts; words; marks. A token that is never
# ended goes on to the end of the file, a string or a character to that of its line. Nothing here can backtrack.
_TOKEN: Final = re.compile(
    rb"""
      //[^\r\n]*+
    | /\*(?:[^*]++|\*(?!/))*+(?:\*/)?
    | \"\"\"(?:[^"\\]++|\\.|"(?!""))*+(?:\"\"\")?
    | "(?:[^"\\\r\n]++|\\.)*+"?
    | '(?:[^'\\\r\n]++|\\.)*+'?
    | (?P<word>[A-Za-z_$\x80-\xff][\w$\x80-\xff]*+|\.)
    | (?P<mark>[{};])
    | (?P<open>[(\[])
    | (?P<close>[)\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(rb"\\(?:\\|u++([0-9A-Fa-f]{4}))")  # a backslash behind a backslash begins none
_KINDS: Final = frozenset((b"class", b"interface", b"enum", b"record"))  # and @interface
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")  # a name for a file, and no option of the machine's


@dataclass(slots=True)
class _Type:
    """A class, an interface, an enum, a record or an annotation that is in no other."""

    name: str
    is_public: bool
    is_interface: bool  # whose methods are public without being called so
    runs: bool = False  # it has `public static void main(`


@dataclass(slots=True)
class _Found:
    """What a source says of itself."""

    types: list[_Type] = field(default_factory=list)
    package: tuple[int, int] = 0, 0  # where its declaration begins and ends

    @property
    def public(self) -> str | None:
        """The name of its public type, if a file can have it."""
        return next((each.name for each in self.types if each.is_public and _PLAIN.fullmatch(each.name)), None)

    @property
    def entry(self) -> str | None:
        """The class that is run: of several a public one, or Main, or the first."""
        able = [each for each in self.types if each.runs and _PLAIN.fullmatch(each.name)]
        able.sort(key=lambda each: (not each.is_public, each.name != MAIN))  # stable
        return able[0].name if able else None


def prepare(files: tuple[SourceFile, ...]) -> tuple[str, tuple[SourceFile, ...]]:
    """The class to run, and the files as they are to be compiled; the first is the main one, whatever its name.

    The main file is named after its public class, unless another file has that name. What is run is its class with a
    `main`, else another file's, else its public class, else Main: then the machine or javac says what is missing.
    """
    sources = [_scan(file.content) if file.name.endswith(SUFFIX) else _Found() for file in files]
    first = sources[0]
    entries = (source.entry for source in sources)
    entry = next(filter(None, entries), None) or first.public or MAIN
    name = f"{first.public or MAIN}{SUFFIX}"
    if any(file.name == name for file in files[1:]):
        name = files[0].name
    ready = [
        replace(file, content=_blanked(file.content, source.package))
        for file, source in zip(files, sources, strict=True)
    ]
    return entry, (replace(ready[0], name=name), *ready[1:])


@dataclass(frozen=True, slots=True)
class _Declaration:
    """What stands before a `{` or a `;`, without what is in parentheses and brackets."""

    depth: int  # braces around it: 0 or 1
    words: list[bytes]  # "." and "(" among them
    mark: bytes  # that ends it
    start: int
    end: int


def _scan(source: bytes) -> _Found:
    """Types are looked for outside of everything, and `main` inside of one pair of braces."""
    found = _Found()
    plain = _ESCAPE.sub(_unescaped, source) if rb"\u" in source else source
    for declaration in _declarations(plain):
        words = declaration.words
        if declaration.depth == 1 and found.types:
            found.types[-1].runs |= _is_main(words, is_public=found.types[-1].is_interface)
        elif declaration.mark == b"{":
            found.types.append(_type_of(words))
        elif words[:1] == [b"package"] and not found.types and plain[: declaration.end] == source[: declaration.end]:
            # An escape before it would have moved it: such a declaration stays.
            found.package = declaration.start, declaration.end
    return found


def _declarations(source: bytes) -> Iterator[_Declaration]:
    """Those outside of all braces, and inside of one pair."""
    braces = brackets = 0
    words: list[bytes] = []
    start = 0
    for token in _TOKEN.finditer(source):
        kind = token.lastgroup
        if kind == "close":
            brackets = max(brackets - 1, 0)
        elif kind is None or brackets:
            brackets += kind == "open"
        elif kind == "mark":
            text = token[0]
            if words and text != b"}":
                yield _Declaration(braces, words, text, start, token.end())
            braces = max(braces + (text == b"{") - (text == b"}"), 0)
            words = []
        else:
            brackets += kind == "open"
            if braces <= 1:
                start = start if words else token.start()
                words.append(token[0])


def _type_of(words: list[bytes]) -> _Type:
    """The type that begins with these words; one without a name, if it is none."""
    at = next((at for at, word in enumerate(words[:-1]) if word in _KINDS), None)
    if at is None:
        return _Type("", is_public=False, is_interface=False)
    return _Type(words[at + 1].decode(errors="replace"), b"public" in words[:at], words[at] == b"interface")


def _is_main(words: list[bytes], *, is_public: bool) -> bool:
    """Whether a member is the `main` that a program begins with."""
    modifiers = set(words)
    called = any(three == (b"void", b"main", b"(") for three in zip(words, words[1:], words[2:], strict=False))
    return called and b"static" in modifiers and (is_public or b"public" in modifiers)


def _unescaped(escape: re.Match[bytes]) -> bytes:
    return chr(int(escape[1], 16)).encode(errors="surrogatepass") if escape[1] else escape[0]


def _blanked(source: bytes, span: tuple[int, int]) -> bytes:
    start, end = span
    return source[:start] + re.sub(rb"\S", b" ", source[start:end]) + source[end:]
