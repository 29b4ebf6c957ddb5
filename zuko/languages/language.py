"""A language: what a row of the table says."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from zuko.languages.options import Option
from zuko.types import SourceFile, Warm

MIB: Final = 1 << 20
AT: Final = "@"  # between a language's name and its version


@dataclass(frozen=True, slots=True)
class Compiler:
    """How a language's sources are compiled. A compiler handles untrusted input, and is run like any program."""

    argv: tuple[str, ...]  # the names of the sources with one of `suffixes` are appended
    suffixes: tuple[str, ...]  # of files that are passed to it: (".cpp", ".cc")
    artifacts: tuple[str, ...]  # files that it makes in the workspace: names, or patterns ("*.class")
    included: tuple[str, ...] = ()  # suffixes of sources that others name: headers, modules
    env: tuple[tuple[str, str], ...] = ()  # in addition to the language's own
    cpu_time_ms: int = 10_000
    wall_time_ms: int = 20_000
    # Of a program whose files have directories: options in addition, artifacts instead, and whether the compiler finds
    # the sources in directories itself.
    nested_argv: tuple[str, ...] = ()
    nested_artifacts: tuple[str, ...] = ()
    finds_nested: bool = False
    main_last: bool = False  # whether the main file stands behind the others in the command, instead of before
    options: tuple[Option, ...] = ()  # that a request may add
    memory_bytes: int | None = None  # of the sandbox while it compiles, as a request asks for it; None: the usual

    def with_directories(self) -> "Compiler":
        """Return the compiler of a program whose files have directories."""
        return replace(self, argv=self.argv + self.nested_argv, artifacts=self.nested_artifacts or self.artifacts)

    def with_cpu_time(self, cpu_time_ms: int) -> "Compiler":
        """Return the compiler with another limit of CPU time; that of wall time is at least twice as much."""
        return replace(self, cpu_time_ms=cpu_time_ms, wall_time_ms=max(self.wall_time_ms, 2 * cpu_time_ms))

    def takes(self, name: str) -> bool:
        """Return whether a file is passed to it."""
        return name.endswith(self.suffixes) and not (self.finds_nested and "/" in name)

    def is_source(self, name: str) -> bool:
        """Return whether a file is compiled, or included by one that is."""
        return name.endswith(self.suffixes + self.included)


@dataclass(frozen=True, slots=True)
class Language:
    """Everything that running a program in one language needs."""

    name: str  # in requests: unique
    title: str  # for people
    version: str  # of the compiler or interpreter
    image: str
    source_name: str  # the submission's file in the workspace; "": all files keep their names
    run_argv: tuple[
        str, ...
    ]  # the first is an absolute path or the plain name of an artifact; `{heap_mib}` is replaced
    env: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...] = ()  # other names that are accepted in requests
    code: str = ""  # in the Kattis problem package format, which several languages may share; "": none
    compiler: Compiler | None = None  # None: the sources are run directly
    memory_mib: int = 0  # the minimum for a run, unless a request overrides it
    compile_memory_mib: int = 0  # memory of a sandbox while it compiles
    runtime_mib: int = 0  # memory of a run outside the heap: `{heap_mib}` is the limit minus this
    flush_signal: int = 0  # sent to the runtime at a time limit, so that it flushes its buffers; 0: none
    heap_full_text: bytes = (
        b""  # written to stderr by a runtime that aborts when the heap is full; b"": it does not abort
    )
    # For languages where the sources decide the file name and what is run: maps the files, the main one first, to the
    # last word of `run_argv` and the files with their names. Pure.
    prepare: Callable[[tuple[SourceFile, ...]], tuple[str, tuple[SourceFile, ...]]] | None = None

    # For languages whose compiler takes programs that nothing can start: why a program is one; "": it may start. Pure.
    cannot_start: Callable[[tuple[SourceFile, ...]], str] | None = None

    base: str = ""  # of a site's own language: ours that it is made from (zuko/languages/own.py)

    # Where the runtime can be started ahead: the name under which it is. Programs are then forked from it.
    warm_path: str | None = None
    warm_mib: int = 0  # memory that it holds with what it has imported, which programs share

    @property
    def family(self) -> str:
        """The name that it shares with the language's other versions: that of "java@25" is "java"."""
        return self.name.partition(AT)[0]

    @property
    def is_default(self) -> bool:
        """True if it is the version that the family's name means."""
        return self.name == self.family

    def has_version(self, version: str) -> bool:
        """Return whether this is its version, or the beginning of it: "3" of "3.12"."""
        return f"{self.version}.".startswith(f"{version}.")

    @property
    def warm(self) -> Warm | None:
        """The runtime that is started ahead for programs with the usual command; None: none."""
        return None if self.warm_path is None else Warm(self.warm_path, self.run_argv, self.env, self.warm_mib * MIB)

    @property
    def executes_artifact(self) -> bool:
        """True if the executable comes from the compiler, not from the image."""
        return "/" not in self.run_argv[0]

    def command(self, memory_bytes: int) -> tuple[str, ...]:
        """Return the argv of a run with a memory limit of `memory_bytes`."""
        heap_mib = max(memory_bytes // MIB - self.runtime_mib, 4)
        return tuple(word.replace("{heap_mib}", str(heap_mib)) for word in self.run_argv)


# Of every program.
COMMON_ENV: Final = (
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("HOME", "/workspace"),
    ("USER", "runner"),
    ("LANG", "C.UTF-8"),
)
