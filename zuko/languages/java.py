"""Preparation of Java sources: the file name that javac demands, and the class to run. Pure.

A file with `public class Solution` must be called Solution.java, and the JVM is given the name of a class. Both are
found by scanning tokens, in linear time and without a parser; javac refuses invalid sources.

A program has packages if one of its files is in a directory, or imports from a package that another file declares. In
any other, all class files are in one directory, and a package declaration is replaced by blanks, so that lines and
columns in messages stay correct.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from zuko.types import NAME_MAX_BYTES, NAME_PARTS_MAX, SourceFile

MAIN: Final = "Main"  # the default, if the sources have no public class
SUFFIX: Final = ".java"

# Comments, text blocks, strings and characters, whose content does not count; words; marks. An unterminated comment or
# text block ends with the file, a string or a character with its line. No part can backtrack.
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
_ESCAPE: Final = re.compile(rb"\\(?:\\|u++([0-9A-Fa-f]{4}))")  # an escaped backslash does not begin an escape
_KINDS: Final = frozenset((b"class", b"interface", b"enum", b"record"))  # and @interface
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")  # a valid file name, and not an option of the JVM


_QUALIFIED: Final = re.compile(rf"{_PLAIN.pattern}(?:\.{_PLAIN.pattern})*")


@dataclass(slots=True)
class _Type:
    """A top-level class, interface, enum, record or annotation."""

    name: str
    is_public: bool
    is_interface: bool  # its methods are public without the modifier
    runs: bool = False  # it has a `public static void main(`
    may_run: bool = False  # it has a `void main(` that is not private: Java 25 starts that


@dataclass(slots=True)
class _Found:
    """The declarations found in a source."""

    types: list[_Type] = field(default_factory=list)
    package: tuple[int, int] = 0, 0  # start and end of its declaration, where that can be blanked
    package_name: str = ""  # "": none, or not one of plain names
    imports: list[str] = field(default_factory=list)
    is_compact: bool = False  # it has a `void main(` outside of any class: Java 25 makes a class of the file

    @property
    def public(self) -> str | None:
        """The name of its public type, if that is a valid file name."""
        return next((each.name for each in self.types if each.is_public and _PLAIN.fullmatch(each.name)), None)

    @property
    def entry(self) -> str | None:
        """The class to run: of several, the public one, or Main, or the first."""
        able = [each for each in self.types if each.runs and _PLAIN.fullmatch(each.name)]
        able.sort(key=lambda each: (not each.is_public, each.name != MAIN))  # stable
        return able[0].name if able else None


def prepare(files: tuple[SourceFile, ...]) -> tuple[str, tuple[SourceFile, ...]]:
    """Return the class to run and the files to compile; the first file is the main one, whatever its name.

    The main file is named after its public class, unless another file has that name. The class to run is its class with
    a `main`, else that of another file, else its public class, else Main. If there is no `main`, javac or the JVM
    reports it.
    """
    return _prepared(files, [_scan(file) for file in files])


def prepare_25(files: tuple[SourceFile, ...]) -> tuple[str, tuple[SourceFile, ...]]:
    """Do the same for Java 25 (JEP 512): `void main()` starts a class, too, and a file of methods needs no class."""
    sources = [_scan(file) for file in files]
    if sources[0].is_compact:  # its classes are inside of the one that is called as the file
        sources[0].types = [_Type(MAIN, is_public=False, is_interface=False, may_run=True)]
    for source in sources:
        if not source.entry:
            for each in source.types:
                each.runs = each.may_run
    return _prepared(files, sources)


def _prepared(files: tuple[SourceFile, ...], sources: list[_Found]) -> tuple[str, tuple[SourceFile, ...]]:
    first = sources[0]
    has_packages = any("/" in file.name for file in files) or _imports_own(sources)
    chosen = next((source for source in sources if source.entry), first)
    entry = chosen.entry or first.public or MAIN
    directory = files[0].name.rpartition("/")[0]
    name = f"{first.public or MAIN}{SUFFIX}"
    name = f"{directory}/{name}" if directory else name
    if any(file.name == name for file in files[1:]):
        name = files[0].name
    if not has_packages:
        ready = [
            replace(file, content=_blanked(file.content, source.package))
            for file, source in zip(files, sources, strict=True)
        ]
        return entry, (replace(ready[0], name=name), *ready[1:])
    if chosen.package_name:
        entry = f"{chosen.package_name}.{entry}"
    taken = {name, *(file.name for file in files[1:])}
    others = [_in_directory(*each, taken) for each in zip(files[1:], sources[1:], strict=True)]
    return entry, (replace(files[0], name=name), *others)


def cannot_start(files: tuple[SourceFile, ...]) -> str:
    """Return why no class of a program can be started although javac takes it; "" if one may be."""
    sources = [file.content for file in files if file.name.endswith(SUFFIX)]
    return "" if any(map(_has_main, sources)) else "no class of it has a main method"


def _has_main(source: bytes) -> bool:
    """Return whether a source has a `void main`, of any class; without it nothing in there can be started."""
    plain = _ESCAPE.sub(_unescaped, source) if rb"\u" in source else source
    words = [token[0] for token in _TOKEN.finditer(plain) if token.lastgroup == "word"]
    return any(pair == (b"void", b"main") for pair in itertools.pairwise(words))


def _imports_own(sources: list[_Found]) -> bool:
    """Return whether a source imports from a package of these sources."""
    names = tuple(f"{source.package_name}." for source in sources if source.package_name)
    return any(each.startswith(names) for source in sources for each in source.imports)


def _in_directory(file: SourceFile, source: _Found, taken: set[str]) -> SourceFile:
    """Return a file in the directory of its package, if it has none of its own and the place is free."""
    if "/" in file.name or not source.package_name:
        return file
    parts = [*source.package_name.split("."), file.name]
    name = "/".join(parts)
    is_free = name not in taken and all("/".join(parts[:count]) not in taken for count in range(1, len(parts)))
    fits = len(parts) <= NAME_PARTS_MAX and len(name) <= NAME_MAX_BYTES
    return replace(file, name=name) if is_free and fits else file


@dataclass(frozen=True, slots=True)
class _Declaration:
    """The words before a `{` or a `;`, without those in parentheses and brackets."""

    depth: int  # braces around it: 0 or 1
    words: list[bytes]  # including "." and "("
    mark: bytes  # the mark that ends it
    start: int
    end: int


def _scan(file: SourceFile) -> _Found:
    """Find types at the top level, and `main` one level below."""
    found = _Found()
    if not file.name.endswith(SUFFIX):
        return found
    source = file.content
    plain = _ESCAPE.sub(_unescaped, source) if rb"\u" in source else source
    for declaration in _declarations(plain):
        words = declaration.words
        if declaration.depth == 1 and found.types:
            found.types[-1].runs |= _is_main(words, is_public=found.types[-1].is_interface)
            found.types[-1].may_run |= _is_called_main(words) and b"private" not in words
        elif declaration.depth == 0 and declaration.mark == b"{" and _is_called_main(words):
            found.is_compact = True
            found.types.append(_type_of(words))
        elif declaration.mark == b"{":
            found.types.append(_type_of(words))
        elif words[:1] == [b"package"] and not found.types:
            name = b"".join(words[1:]).decode(errors="replace")
            found.package_name = name if _QUALIFIED.fullmatch(name) else ""
            # An escape before it would shift the positions: then the declaration stays.
            if plain[: declaration.end] == source[: declaration.end]:
                found.package = declaration.start, declaration.end
        elif words[:1] == [b"import"] and not found.types:
            found.imports.append(b"".join(words[2 if words[1:2] == [b"static"] else 1 :]).decode(errors="replace"))
    return found


def _declarations(source: bytes) -> Iterator[_Declaration]:
    """Yield the declarations at the top level and one level below."""
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
    """Return the type that begins with these words; its name is empty if they do not begin a type."""
    at = next((at for at, word in enumerate(words[:-1]) if word in _KINDS), None)
    if at is None:
        return _Type("", is_public=False, is_interface=False)
    return _Type(words[at + 1].decode(errors="replace"), b"public" in words[:at], words[at] == b"interface")


def _is_main(words: list[bytes], *, is_public: bool) -> bool:
    """Return whether a member is the `main` method that starts a program."""
    modifiers = set(words)
    return _is_called_main(words) and b"static" in modifiers and (is_public or b"public" in modifiers)


def _is_called_main(words: list[bytes]) -> bool:
    return any(three == (b"void", b"main", b"(") for three in zip(words, words[1:], words[2:], strict=False))


def _unescaped(escape: re.Match[bytes]) -> bytes:
    return chr(int(escape[1], 16)).encode(errors="surrogatepass") if escape[1] else escape[0]


def _blanked(source: bytes, span: tuple[int, int]) -> bytes:
    start, end = span
    return source[:start] + re.sub(rb"\S", b" ", source[start:end]) + source[end:]
