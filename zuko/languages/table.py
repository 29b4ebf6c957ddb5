"""The languages: one frozen row each. It is the only place that defines them, for code, docs and tests.

A language may have several versions, a row and an image each. One of them has the language's plain name ("java"), and
is what that name means in a request; the others have their version in the name, too ("java@25"). A request may name the
version of either.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from zuko.languages import java, options
from zuko.languages.options import Option
from zuko.types import SourceFile, Warm

MIB: Final = 1 << 20
_AT: Final = "@"  # between a language's name and its version
_NAME_SHOWN: Final = 64  # characters of an unknown name
_CLOSE: Final = 0.8  # of `difflib`: "java8" is java; "typescript" is not javascript, and "c++11" not c17


@dataclass(frozen=True, slots=True)
class Compiler:
    """How a language's sources are compiled. A compiler handles untrusted input, and is run like any program."""

    argv: tuple[str, ...]  # the names of the sources with one of `suffixes` are appended
    suffixes: tuple[str, ...]  # of files that are passed to it: (".cpp", ".cc")
    artifacts: tuple[str, ...]  # files that it makes in the workspace: names, or patterns ("*.class")
    env: tuple[tuple[str, str], ...] = ()  # in addition to the language's own
    cpu_time_ms: int = 10_000
    wall_time_ms: int = 20_000
    # Of a program whose files have directories: options in addition, artifacts instead, and whether the compiler finds
    # the sources in directories itself.
    nested_argv: tuple[str, ...] = ()
    nested_artifacts: tuple[str, ...] = ()
    finds_nested: bool = False
    options: tuple[Option, ...] = ()  # that a request may add
    memory_bytes: int | None = None  # of the sandbox while it compiles, as a request asks for it; None: the usual

    def with_directories(self) -> "Compiler":
        """Return the compiler of a program whose files have directories."""
        return replace(self, argv=self.argv + self.nested_argv, artifacts=self.nested_artifacts or self.artifacts)

    def takes(self, name: str) -> bool:
        """Return whether a file is passed to it."""
        return name.endswith(self.suffixes) and not (self.finds_nested and "/" in name)


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

    # Where the runtime can be started ahead: the name under which it is. Programs are then forked from it.
    warm_path: str | None = None

    @property
    def family(self) -> str:
        """The name that it shares with the language's other versions: that of "java@25" is "java"."""
        return self.name.partition(_AT)[0]

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
        return None if self.warm_path is None else Warm(self.warm_path, self.run_argv, self.env)

    @property
    def executes_artifact(self) -> bool:
        """True if the executable comes from the compiler, not from the image."""
        return "/" not in self.run_argv[0]

    def command(self, memory_bytes: int) -> tuple[str, ...]:
        """Return the argv of a run with a memory limit of `memory_bytes`."""
        heap_mib = max(memory_bytes // MIB - self.runtime_mib, 4)
        return tuple(word.replace("{heap_mib}", str(heap_mib)) for word in self.run_argv)


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
    # PYTHONNOUSERSITE: the user has no packages, so save reading two directories at every start.
    # PYTHONINTMAXSTRDIGITS: no limit of digits, as other judges have it; there is a limit of time.
    env=(
        *_COMMON_ENV,
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONNOUSERSITE", "1"),
        ("PYTHONINTMAXSTRDIGITS", "0"),
    ),
    aliases=("python3", "py"),
    flush_signal=64,  # SIGRTMAX: handled by docker/python/sitecustomize.py
    warm_path="/usr/local/sbin/zuko-warm",  # docker/python/main.c
)

# -static: a program starts in 0.5 instead of 1.2 ms, without other files (measured; 2.2 MB instead of 17 KB).
# ONLINE_JUDGE is defined by contest sites. docker/cpp.Dockerfile precompiles <bits/stdc++.h> with the same options.
_GCC_OPTIONS: Final = ("-O2", "-pipe", "-static", "-DONLINE_JUDGE", "-o", "main")
_NESTED: Final = ("-iquote", ".")  # #include "lib/list.h" from any directory


def _cpp(name: str, standard: str, aliases: tuple[str, ...]) -> Language:
    return Language(
        name=name,
        title=f"C++{standard}",
        version="14",
        image="zuko-cpp:14",
        source_name="main.cpp",
        run_argv=("main",),
        env=_COMMON_ENV,
        aliases=aliases,
        compiler=Compiler(
            argv=("/usr/bin/g++", f"-std=gnu++{standard}", *_GCC_OPTIONS),
            suffixes=(".cpp", ".cc", ".cxx"),
            artifacts=("main",),
            nested_argv=_NESTED,
            options=options.GCC_CPP,
        ),
        memory_mib=256,
        compile_memory_mib=512,  # <regex>, ranges and pb_ds in one program: 370 MiB without the precompiled header
    )


CPP: Final = _cpp("cpp", "20", ("c++", "c++20", "cpp20"))
CPP17: Final = _cpp("cpp17", "17", ("c++17",))
CPP23: Final = _cpp("cpp23", "23", ("c++23",))

C: Final = Language(
    name="c",
    title="C17",
    version="14",
    image="zuko-cpp:14",
    source_name="main.c",
    run_argv=("main",),
    env=_COMMON_ENV,
    aliases=("c17",),
    compiler=Compiler(
        argv=("/usr/bin/gcc", "-std=gnu17", *_GCC_OPTIONS),
        suffixes=(".c",),
        artifacts=("main",),
        nested_argv=_NESTED,
        options=options.GCC_C,
    ),
    memory_mib=256,
    compile_memory_mib=512,
)

JAVA: Final = Language(
    name="java",
    title="Java",
    version="21",
    image="zuko-java:21",
    source_name="Main.java",
    run_argv=(
        "/usr/local/java/bin/java",
        "-Xmx{heap_mib}m",
        "-Xss64m",  # also of the main thread; untouched memory costs nothing
        "-XX:+UseSerialGC",  # one core: no threads for the collector
        "-XX:-UsePerfData",  # or it writes a file in /tmp for monitoring tools
        "-XX:+CrashOnOutOfMemoryError",  # SIGABRT and a line on stderr, even if the program catches the error
        "-XX:+SuppressFatalErrorMessage",
        "-XX:+DisplayVMOutputToStderr",
        "-Xlog:disable",  # its warnings would be written to stdout
        "Main",
    ),
    env=_COMMON_ENV,
    aliases=("java21",),
    compiler=Compiler(
        # TieredStopAtLevel: only the first JIT compiler; javac ends before the second one pays off (0.3 or 0.5 s).
        argv=(
            "/usr/local/java/bin/javac",
            "-J-Xmx320m",
            "-J-XX:+UseSerialGC",
            "-J-XX:-UsePerfData",
            "-J-XX:TieredStopAtLevel=1",
            "-proc:none",
            "-encoding",
            "UTF-8",
        ),
        suffixes=(".java",),
        artifacts=("*.class",),
        nested_argv=("-d", "."),
        nested_artifacts=("**/*.class",),
        options=options.JAVAC,
    ),
    memory_mib=512,
    compile_memory_mib=512,
    runtime_mib=128,  # 45 for the JVM itself, 64 for the main thread's stack, the rest for compiled code
    heap_full_text=b"Aborting due to java.lang.OutOfMemoryError",
    prepare=java.prepare,
    cannot_start=java.cannot_start,
)
JAVA25: Final = replace(
    JAVA, name="java@25", version="25", image="zuko-java:25", aliases=("java25",), prepare=java.prepare_25
)

JAVASCRIPT: Final = Language(
    name="javascript",
    title="JavaScript (Node.js)",
    version="20",
    image="zuko-javascript:20",
    source_name="main.js",
    run_argv=(
        "/usr/bin/node",
        "--max-old-space-size={heap_mib}",
        "--stack-size=6500",  # KiB: recursion to 90,000 calls instead of 14,000 (measured)
        "main.js",
    ),
    env=_COMMON_ENV,
    aliases=("js", "node", "nodejs"),
    memory_mib=256,
    runtime_mib=96,  # 50 for Node.js itself, and its young generation
    heap_full_text=b"JavaScript heap out of memory",
)

PYPY: Final = Language(
    name="pypy",
    title="Python (PyPy)",
    version="3.11",
    image="zuko-pypy:3.11",
    source_name="main.py",
    run_argv=("/usr/bin/pypy3", "main.py"),
    env=PYTHON.env,
    aliases=("pypy3",),
    memory_mib=256,  # 50 of them for the interpreter
    flush_signal=PYTHON.flush_signal,  # handled by the same module
)

# Without a go.mod, go has the runtime behave as that of Go 1.20 did: this variable is a list of such changes.
_GO_DEFAULT: Final = "runtime.godebugDefault"

GO: Final = Language(
    name="go",
    title="Go",
    version="1.24",
    image="zuko-go:1.24",
    source_name="main.go",
    run_argv=("main",),
    env=(
        *_COMMON_ENV,
        ("GOMAXPROCS", "1"),
    ),  # the number of cores: by default that of the host, and the collector starts as many threads
    aliases=("golang",),
    compiler=Compiler(
        # No -trimpath, no cgo: the image's compiled standard library would not match, and compiling it takes 15 s.
        argv=("/usr/lib/go/bin/go", "build", f"-ldflags=-s -w -X={_GO_DEFAULT}=", "-o", "main"),
        suffixes=(".go",),
        artifacts=("main",),
        finds_nested=True,  # a directory is a package: import "./lib"
        options=options.GO,
        env=(
            ("CGO_ENABLED", "0"),
            ("GO111MODULE", "off"),
            ("GOCACHE", "/usr/local/lib/go/cache"),  # docker/go.Dockerfile has filled it
            ("XDG_CONFIG_HOME", "/usr/local/lib/go/config"),  # says that go is to count nothing
            ("GOENV", "off"),
            ("GOTOOLCHAIN", "local"),
        ),
    ),
    memory_mib=256,
    compile_memory_mib=512,
)

RUST: Final = Language(
    name="rust",
    title="Rust (edition 2021)",
    version="1",  # Debian 12 updates its newest rustc for browsers: 1.96 when this was written
    image="zuko-rust:1",
    source_name="main.rs",
    run_argv=("main",),
    env=_COMMON_ENV,
    aliases=("rs",),
    compiler=Compiler(
        argv=(
            *("/usr/bin/rustc", "--edition=2021", "-O", "--cfg=online_judge"),
            *("-C", "target-feature=+crt-static"),  # starts in 0.5 instead of 1.0 ms (measured)
            *("-C", "link-arg=-s"),  # 1.2 instead of 11 MB, without the symbols of the standard library
            *("-o", "main", "main.rs"),
        ),
        suffixes=(),  # none: main.rs names its modules itself
        artifacts=("main",),
        options=options.RUSTC,
    ),
    memory_mib=256,
    compile_memory_mib=512,
)

LANGUAGES: Final = {
    language.name: language for language in (PYTHON, CPP, CPP17, CPP23, C, JAVA, JAVA25, JAVASCRIPT, PYPY, GO, RUST)
}
_BY_NAME: Final = {name: language for language in LANGUAGES.values() for name in (language.name, *language.aliases)}


def find_language(name: str) -> Language | None:
    """Return the language with a name or an alias, alone or with a version ("java@25"); None if there is none."""
    found = _BY_NAME.get(name)
    if found is not None or _AT not in name:
        return found
    base, _, version = name.partition(_AT)
    return next((each for each in _versions(base) if each.has_version(version)), None)


def versions_of(family: str) -> tuple[Language, ...]:
    """Return the versions of a language, that of its plain name first."""
    rows = (language for language in LANGUAGES.values() if language.family == family)
    return tuple(sorted(rows, key=lambda each: not each.is_default))


def unknown_language(name: str) -> str:
    """Return the message about a name that no language has: the likely one, and all that are supported."""
    shown = name[:_NAME_SHOWN]
    base, _, version = shown.partition(_AT)
    if versions := _versions(base):
        known = ", ".join(each.version for each in versions)
        return f"language {base!r} has no version {version!r}; supported: {known}"
    meant = difflib.get_close_matches(shown.lower(), _BY_NAME, n=1, cutoff=_CLOSE)
    hint = f" (did you mean {meant[0]}?)" if meant else ""
    return f"unknown language {shown!r}{hint}; supported: {', '.join(sorted(LANGUAGES))}"


def _versions(name: str) -> tuple[Language, ...]:
    """Return the versions that may follow a name or an alias: one that stands for a single version has only that."""
    language = _BY_NAME.get(name)
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
