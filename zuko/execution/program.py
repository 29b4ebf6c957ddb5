"""The runs of a submission: the one that compiles it, and those of the program. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from zuko.languages.table import MIB, Language
from zuko.types import Limits, Outcome, Run, RunResult, SourceFile

_BLOCK: Final = 4096  # bytes; a file in memory takes whole blocks
SLACK_BYTES: Final = 4 * MIB  # memory of a sandbox for zuko-init and a program that does next to nothing
COMPILE_OUTPUT_BYTES: Final = 64 * 1024  # kept of each stream of a compiler; more ends it


def prepared(language: Language, files: tuple[SourceFile, ...]) -> tuple[Language, tuple[SourceFile, ...]]:
    """Return a program's language and files, with the file names and the command that its sources require.

    Args:
        language: the row of the table.
        files: the program's, the main one first.
    """
    entry = ""
    if language.prepare is not None:
        entry, files = language.prepare(files)
        language = replace(language, source_name=files[0].name, run_argv=(*language.run_argv[:-1], entry))
    if language.compiler is not None and ("." in entry or any("/" in file.name for file in files)):
        language = replace(language, compiler=language.compiler.with_directories())
    return language, files


def compile_limits(language: Language, cpu_time_ms: int | None = None) -> Limits:
    """Return the limits of a compilation. Its memory limit is the sandbox's: see `compile_memory_bytes`.

    Args:
        language: a compiled one.
        cpu_time_ms: instead of the language's limit; the wall time limit is at least twice as much.

    Raises:
        ValueError: the language is not compiled.
    """
    compiler = language.compiler
    if compiler is None:
        raise ValueError(f"{language.name} is not compiled")
    if cpu_time_ms is not None:
        compiler = compiler.with_cpu_time(cpu_time_ms)
    return Limits(compiler.wall_time_ms, compiler.cpu_time_ms, COMPILE_OUTPUT_BYTES, COMPILE_OUTPUT_BYTES)


def compile_run(language: Language, files: tuple[SourceFile, ...], limits: Limits, *, send: bool) -> Run:
    """Return the run that compiles the sources. Its sandbox keeps the program.

    Args:
        language: a compiled one.
        files: the submission's, the main one first.
        limits: of the compiler.
        send: whether the program is also returned, for other sandboxes.

    Raises:
        ValueError: the language is not compiled.
    """
    compiler = language.compiler
    if compiler is None:
        raise ValueError(f"{language.name} is not compiled")
    ordered = (*files[1:], files[0]) if compiler.main_last else files
    named = (file.name for file in ordered if compiler.takes(file.name))
    return Run(
        argv=(*compiler.argv, *named),
        limits=limits,
        files=files,
        env=(*language.env, *compiler.env),
        take=compiler.artifacts,
        keep_taken=True,
        send_taken=send,
    )


def data_of(language: Language, files: tuple[SourceFile, ...]) -> tuple[SourceFile, ...]:
    """Return the files of a compiled program that it may read when it runs: those that are not sources.

    What has the name of something that the compiler makes is not among them.

    Args:
        language: as `prepared` returns it.
        files: the main one first.
    """
    compiler = language.compiler
    if compiler is None or not language.source_name:  # scripts of the program's own put its data where it belongs
        return ()
    made = [each.removeprefix("**/") for each in compiler.artifacts]
    others = (file for file in files[1:] if not compiler.is_source(file.name))
    return tuple(file for file in others if not any(fnmatchcase(file.name, each) for each in made))


def program_run(
    language: Language,
    limits: Limits,
    memory_bytes: int,
    *,
    files: tuple[SourceFile, ...] = (),
    keep: tuple[SourceFile, ...] = (),
    input_data: bytes = b"",
) -> Run:
    """Return a run of the program.

    Args:
        language: the program's.
        limits: of this run.
        memory_bytes: the memory limit that is passed to runtimes which take one.
        files: for this run alone.
        keep: for this run and later ones: sources, or a program that was compiled in another sandbox.
        input_data: standard input.
    """
    return Run(
        argv=language.command(memory_bytes),
        limits=limits,
        files=files,
        keep=keep,
        input_data=input_data,
        env=language.env,
        flush_signal=language.flush_signal,
    )


def compile_memory_bytes(language: Language, memory_bytes: int) -> int:
    """Return the memory limit of a sandbox while it compiles a program whose runs may use `memory_bytes`."""
    if language.compiler is not None and language.compiler.memory_bytes is not None:
        return language.compiler.memory_bytes
    return max(language.compile_memory_mib * MIB, memory_bytes)


def held_bytes(kept: tuple[SourceFile, ...]) -> int:
    """Return the memory that kept files take in a sandbox: the supervisor has a copy, and a run has one."""
    return 2 * blocks_bytes(kept)


def blocks_bytes(files: Iterable[SourceFile]) -> int:
    """Return the memory that files take in a file system that is kept in memory, such as a workspace."""
    return sum(-(-len(file.content) // _BLOCK) * _BLOCK for file in files)


def is_not_executable(language: Language, result: RunResult) -> bool:
    """Return whether the kernel refused to execute a compiled program.

    That is the program's fault: one line of C++ can name an ELF interpreter that does not exist.
    """
    return result.outcome is Outcome.NOT_STARTED and language.executes_artifact and result.detail.startswith("execve: ")
