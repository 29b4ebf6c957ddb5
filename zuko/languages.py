"""The languages: one frozen row each. Everything that knows a language reads it here, docs and tests too."""

from dataclasses import dataclass
from typing import Final

MIB: Final = 1 << 20


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
    heap_full_signal: int = 0  # by which the runtime itself ends a program whose heap is full; 0: none

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
    env=(*_COMMON_ENV, ("PYTHONDONTWRITEBYTECODE", "1")),
    aliases=("python3", "py"),
    flush_signal=64,  # SIGRTMAX: docker/python/sitecustomize.py answers it
)

LANGUAGES: Final = {language.name: language for language in (PYTHON,)}
_BY_NAME: Final = {name: language for language in LANGUAGES.values() for name in (language.name, *language.aliases)}


def find_language(name: str) -> Language | None:
    """The language that a request means, by its name or an alias; None: there is none of that name."""
    return _BY_NAME.get(name)
