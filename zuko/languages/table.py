"""The languages: one frozen row each. Everything that knows a language reads it here, docs and tests too."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from zuko.languages import java
from zuko.types import SourceFile

MIB: Final = 1 << 20
_NAME_SHOWN: Final = 64  # characters of a name that is none
_CLOSE: Final = 0.8  # of `difflib`: "java8" is java; "typescript" is not javascript, and "c++17" not c17


@dataclass(frozen=True, slots=True)
class Compiler:
    """How a language's sources become what is run. It is a program on untrusted input, and is run as one."""

    argv: tuple[str, ...]  # the names of the submission's sources that end in `suffixes` are appended
    suffixes: tuple[str, ...]  # of the files that are named to it: (".cpp", ".cc")
    artifacts: tuple[str, ...]  # what it leaves in the workspace: plain names, or "*" and an ending ("*.class")
    env: tuple[tuple[str, str], ...] = ()  # besides the language's own
    cpu_time_ms: int = 10_000
    wall_time_ms: int = 20_000


@dataclass(frozen=True, slots=True)
class Language:
    """What it takes to run a program of one language."""

    name: str  # as requests say it
    title: str  # as people say it
    version: str  # of the compiler or interpreter
    image: str
    source_name: str  # the submission's file in the workspace
    run_argv: tuple[str, ...]  # first an absolute path, or the plain name of an artifact; `{heap_mib}` is replaced
    env: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...] = ()  # other names that requests may say
    compiler: Compiler | None = None  # None: the sources are run as they are
    memory_mib: int = 0  # that a run needs at least, unless a request says otherwise
    compile_memory_mib: int = 0  # of a sandbox while it compiles
    runtime_mib: int = 0  # of a run's memory that is not the heap: `{heap_mib}` is what the limit leaves beside it
    flush_signal: int = 0  # at a time limit the runtime is sent this and may write its buffers out; 0: none
    heap_full_text: bytes = b""  # on standard error where the runtime aborts for a full heap; b"": it does not
    # Where the sources say themselves how they are called and what is run: that takes the place of `source_name` and of
    # the last word of `run_argv`. From the files, the main one first, to that word and the files. Pure.
    prepare: Callable[[tuple[SourceFile, ...]], tuple[str, tuple[SourceFile, ...]]] | None = None

    @property
    def executes_artifact(self) -> bool:
        """What is executed comes from the compiler, and not from the image."""
        return "/" not in self.run_argv[0]

    def command(self, memory_bytes: int) -> tuple[str, ...]:
        """The argv of a run that may use `memory_bytes`."""
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
    # The packages of a user, who has none, are not looked for: two directories less to read at every start.
    env=(*_COMMON_ENV, ("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONNOUSERSITE", "1")),
    aliases=("python3", "py"),
    flush_signal=64,  # SIGRTMAX: docker/python/sitecustomize.py answers it
)

# -static: a program starts in 0.5 instead of 1.2 ms, and needs nothing but itself (measured; 2.2 MB instead of 17 KB).
# ONLINE_JUDGE is what contest sites define. docker/cpp.Dockerfile compiles <bits/stdc++.h> ahead with just these.
_GCC_OPTIONS: Final = ("-O2", "-pipe", "-static", "-DONLINE_JUDGE", "-o", "main")


def _cpp(name: str, standard: str, aliases: tuple[str, ...]) -> Language:
    return Language(
        name=name,
        title=f"C++{standard}",
        version="12",
        image="zuko-cpp:12",
        source_name="main.cpp",
        run_argv=("main",),
        env=_COMMON_ENV,
        aliases=aliases,
        compiler=Compiler(
            argv=("/usr/bin/g++", f"-std=gnu++{standard}", *_GCC_OPTIONS),
            suffixes=(".cpp", ".cc", ".cxx"),
            artifacts=("main",),
        ),
        memory_mib=256,
        compile_memory_mib=512,  # <regex>, ranges and pb_ds in one program: 370 MiB without the precompiled header
    )


CPP: Final = _cpp("cpp", "20", ("c++", "c++20", "cpp20"))
CPP23: Final = _cpp("cpp23", "23", ("c++23",))

C: Final = Language(
    name="c",
    title="C17",
    version="12",
    image="zuko-cpp:12",
    source_name="main.c",
    run_argv=("main",),
    env=_COMMON_ENV,
    aliases=("c17",),
    compiler=Compiler(
        argv=("/usr/bin/gcc", "-std=gnu17", *_GCC_OPTIONS),
        suffixes=(".c",),
        artifacts=("main",),
    ),
    memory_mib=256,
    compile_memory_mib=512,
)

JAVA: Final = Language(
    name="java",
    title="Java",
    version="17",  # the newest of Debian 12; a release with 21 needs another number here and in the Dockerfile
    image="zuko-java:17",
    source_name="Main.java",
    run_argv=(
        "/usr/local/java/bin/java",
        "-Xmx{heap_mib}m",
        "-Xss64m",  # of the main thread too; what it does not touch costs nothing
        "-XX:+UseSerialGC",  # one core: no collector's threads beside the program's
        "-XX:-UsePerfData",  # else a file in /tmp for tools that there are none of
        "-XX:+CrashOnOutOfMemoryError",  # SIGABRT and a line on standard error, even where the program would catch it
        "-XX:+SuppressFatalErrorMessage",
        "-XX:+DisplayVMOutputToStderr",
        "-Xlog:disable",  # its warnings would go to standard output
        "Main",
    ),
    env=_COMMON_ENV,
    aliases=("java17",),
    compiler=Compiler(
        # The first of the two compilers alone: javac ends before the second one's work pays (0.3 against 0.5 s).
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
    ),
    memory_mib=512,
    compile_memory_mib=512,
    runtime_mib=128,  # 45 of the machine itself, 64 of the main thread's stack, and code that is compiled meanwhile
    heap_full_text=b"Aborting due to java.lang.OutOfMemoryError",
    prepare=java.prepare,
)

JAVASCRIPT: Final = Language(
    name="javascript",
    title="JavaScript (Node.js)",
    version="18",
    image="zuko-javascript:18",
    source_name="main.js",
    run_argv=(
        "/usr/bin/node",
        "--max-old-space-size={heap_mib}",
        "--stack-size=6500",  # KiB: 90,000 calls deep instead of 14,000 (measured)
        "main.js",
    ),
    env=_COMMON_ENV,
    aliases=("js", "node", "nodejs"),
    memory_mib=256,
    runtime_mib=96,  # 50 of the machine itself, and its young generation
    heap_full_text=b"JavaScript heap out of memory",
)

PYPY: Final = Language(
    name="pypy",
    title="Python (PyPy)",
    version="3.9",
    image="zuko-pypy:3.9",
    source_name="main.py",
    run_argv=("/usr/bin/pypy3", "main.py"),
    env=PYTHON.env,
    aliases=("pypy3",),
    memory_mib=256,  # 50 of them the interpreter's
    flush_signal=PYTHON.flush_signal,  # by the same module
)

GO: Final = Language(
    name="go",
    title="Go",
    version="1.19",
    image="zuko-go:1.19",
    source_name="main.go",
    run_argv=("main",),
    env=(*_COMMON_ENV, ("GOMAXPROCS", "1")),  # as many as cores: else a collector's threads on cores that it has not
    aliases=("golang",),
    compiler=Compiler(
        # With -trimpath, or with C, the standard library in the image would not do, and be compiled first: 13 s.
        argv=("/usr/lib/go/bin/go", "build", "-ldflags=-s -w", "-o", "main"),
        suffixes=(".go",),
        artifacts=("main",),
        env=(("CGO_ENABLED", "0"), ("GO111MODULE", "off"), ("GOCACHE", "/tmp/go")),  # noqa: S108 - a path in the container
    ),
    memory_mib=256,
    compile_memory_mib=512,
)

RUST: Final = Language(
    name="rust",
    title="Rust (edition 2021)",
    version="1",  # Debian 12 moves its newest rustc on with each browser: 1.96 when this was written
    image="zuko-rust:1",
    source_name="main.rs",
    run_argv=("main",),
    env=_COMMON_ENV,
    aliases=("rs",),
    compiler=Compiler(
        argv=(
            *("/usr/bin/rustc", "--edition=2021", "-O", "--cfg=online_judge"),
            *("-C", "target-feature=+crt-static"),  # a start in 0.5 instead of 1.0 ms (measured)
            *("-C", "link-arg=-s"),  # 1.2 instead of 11 MB, all of it symbols of the standard library
            *("-o", "main", "main.rs"),
        ),
        suffixes=(),  # none besides: its modules are other files, and it names them itself
        artifacts=("main",),
    ),
    memory_mib=256,
    compile_memory_mib=512,
)

LANGUAGES: Final = {language.name: language for language in (PYTHON, CPP, CPP23, C, JAVA, JAVASCRIPT, PYPY, GO, RUST)}
_BY_NAME: Final = {name: language for language in LANGUAGES.values() for name in (language.name, *language.aliases)}


def find_language(name: str) -> Language | None:
    """The language that a request means, by its name or an alias; None: there is none of that name."""
    return _BY_NAME.get(name)


def unknown_language(name: str) -> str:
    """Return the message about a name that no language has: the likely one, and all that are supported."""
    shown = name[:_NAME_SHOWN]
    meant = difflib.get_close_matches(shown.lower(), _BY_NAME, n=1, cutoff=_CLOSE)
    hint = f" (did you mean {meant[0]}?)" if meant else ""
    return f"unknown language {shown!r}{hint}; supported: {', '.join(sorted(LANGUAGES))}"


def names_and_aliases() -> str:
    """All that a request may say, for people: "c (c17), cpp (c++, …), …"."""
    rows = (LANGUAGES[name] for name in sorted(LANGUAGES))
    return ", ".join(f"{row.name} ({', '.join(row.aliases)})" if row.aliases else row.name for row in rows)


def language_of_file(name: str) -> Language | None:
    """The language of a file by its ending; None: it tells none. Where several have it, the first row."""
    _, dot, ending = name.rpartition(".")
    return next((each for each in LANGUAGES.values() if dot + ending in suffixes_of(each)), None) if dot else None


def suffixes_of(language: Language) -> tuple[str, ...]:
    """The endings of a language's files: ".cpp", ".cc"."""
    own = "." + language.source_name.rpartition(".")[2]
    return tuple(dict.fromkeys((own, *(language.compiler.suffixes if language.compiler else ()))))
