"""Our languages as Piston's runtimes: names, aliases and versions."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from semantic_version import NpmSpec, Version

from zuko.languages.table import LANGUAGES, Language

VERSION_MAX: Final = 256  # characters of a range; a longer one matches nothing

# Piston's own name of a language, its aliases there, and the runtime that it names; by our name of its family. Those
# that are absent have our name and aliases.
_NAMES: Final[Mapping[str, tuple[str, tuple[str, ...], str | None]]] = {
    "c": ("c", ("gcc",), "gcc"),
    "cpp": ("c++", ("cpp", "g++"), "gcc"),
    "csharp": ("csharp", ("mono", "mono-csharp", "mono-c#", "mono-cs", "c#", "cs"), "mono"),
    "go": ("go", ("golang",), None),
    "javascript": ("javascript", ("node-javascript", "node-js", "javascript", "js"), "node"),
    "lisp": ("lisp", ("cl", "sbcl", "commonlisp"), None),
    "nasm": ("nasm", ("asm", "nasm32"), None),
    "pascal": ("pascal", ("freepascal", "pp", "pas"), None),
    "python": ("python", ("py", "py3", "python3"), None),
    "r": ("rscript", ("r",), None),
    "ruby": ("ruby", ("ruby3", "rb"), None),
    "rust": ("rust", ("rs",), None),
    "sqlite": ("sqlite3", ("sqlite", "sql"), None),
    "typescript": ("typescript", ("ts", "node-ts", "tsc"), None),
}


@dataclass(frozen=True, slots=True)
class Runtime:
    """A language in one version, as Piston lists it."""

    language: Language
    name: str
    version: Version
    aliases: tuple[str, ...]
    runtime: str | None

    def listed(self) -> dict[str, Any]:
        """Return its entry in the list of runtimes."""
        entry = {"language": self.name, "version": str(self.version), "aliases": list(self.aliases)}
        return entry if self.runtime is None else {**entry, "runtime": self.runtime}

    def package(self, *, installed: bool) -> dict[str, Any]:
        """Return its entry in the list of packages."""
        return {"language": self.name, "language_version": str(self.version), "installed": installed}


def _runtime(language: Language) -> Runtime:
    name, aliases, runtime = _NAMES.get(language.family, (language.family, (), None))
    ours = (language.name, *language.aliases) if language.is_default else language.aliases
    added = [each for each in ours if each != name and each not in aliases and "@" not in each]
    return Runtime(language, name, Version.coerce(language.version), (*aliases, *added), runtime)


_MADE: Final[dict[str, Runtime]] = {}  # by our name


def all_runtimes() -> list[Runtime]:
    """Return the runtimes of all languages; a site's own are behind the others, and are found at any time."""
    return [_MADE.get(name) or _MADE.setdefault(name, _runtime(each)) for name, each in LANGUAGES.items()]


@functools.lru_cache(maxsize=256)
def _range(version: str) -> NpmSpec | None:
    """Return npm's range; None: it is not one. Clients send the same few, and parsing takes longer than all else."""
    try:
        return NpmSpec(version)
    except ValueError:
        return None


def find_runtime(name: str, version: str, *, any_version: bool) -> Runtime | None:
    """Return the runtime of a language whose version is in a range: the usual one, or else the newest; None: none is.

    Args:
        name: of the language, or an alias, in exactly this case.
        version: npm's range, such as `*`, `3.x` or `>=3.9 <4`; what is not one matches nothing.
        any_version: where no version is in the range, return what the name usually means.
    """
    named = [each for each in all_runtimes() if name == each.name or name in each.aliases]
    wanted = _range(version) if len(version) <= VERSION_MAX else None
    matching = [each for each in named if wanted is not None and each.version in wanted]
    usual = [each for each in named if each.language.is_default]
    if matching:
        return next((each for each in usual if each in matching), max(matching, key=lambda each: each.version))
    return next(iter((*usual, *named)), None) if any_version else None
