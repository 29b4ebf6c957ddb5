"""A submission as runs: the one that compiles it, and those of what came out. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from zuko.languages.table import MIB, Language
from zuko.types import Limits, Outcome, Run, RunResult, SourceFile

_BLOCK: Final = 4096  # of a file in memory
SLACK_BYTES: Final = 4 * MIB  # of a sandbox's memory, for zuko-init and a program that does next to nothing
COMPILE_OUTPUT_BYTES: Final = 64 * 1024  # kept of a compiler's messages, on each stream; more ends it


def prepared(language: Language, files: tuple[SourceFile, ...]) -> tuple[Language, tuple[SourceFile, ...]]:
    """A program's language and files as they are for this program, where its sources say how they are called.

    Args:
        language: the row.
        files: the program's, the main one first.
    """
    if language.prepare is None:
        return language, files
    entry, files = language.prepare(files)
    return replace(language, source_name=files[0].name, run_argv=(*language.run_argv[:-1], entry)), files


def compile_limits(language: Language, cpu_time_ms: int | None = None) -> Limits:
    """What a compilation may take. Its memory is the sandbox's: see `compile_memory_bytes`.

    Args:
        language: a compiled one.
        cpu_time_ms: instead of the language's; its wall time is at least twice as much.

    Raises:
        ValueError: this language is not compiled.
    """
    compiler = language.compiler
    if compiler is None:
        raise ValueError(f"{language.name} is not compiled")
    if cpu_time_ms is None:
        wall_time_ms, cpu_time_ms = compiler.wall_time_ms, compiler.cpu_time_ms
    else:
        wall_time_ms = max(compiler.wall_time_ms, 2 * cpu_time_ms)
    return Limits(wall_time_ms, cpu_time_ms, COMPILE_OUTPUT_BYTES, COMPILE_OUTPUT_BYTES)


def compile_run(language: Language, files: tuple[SourceFile, ...], limits: Limits, *, send: bool) -> Run:
    """The run that makes a program of the sources, which is then kept in that sandbox.

    Args:
        language: a compiled one.
        files: the submission's, the main one first.
        limits: for the compiler.
        send: whether what it makes is sent here too, for other sandboxes.

    Raises:
        ValueError: this language is not compiled.
    """
    compiler = language.compiler
    if compiler is None:
        raise ValueError(f"{language.name} is not compiled")
    named = (file.name for file in files if file.name.endswith(compiler.suffixes))
    return Run(
        argv=(*compiler.argv, *named),
        limits=limits,
        files=files,
        env=(*language.env, *compiler.env),
        take=compiler.artifacts,
        keep_taken=True,
        send_taken=send,
    )


def program_run(
    language: Language,
    limits: Limits,
    memory_bytes: int,
    *,
    files: tuple[SourceFile, ...] = (),
    keep: tuple[SourceFile, ...] = (),
    input_data: bytes = b"",
) -> Run:
    """A run of the program.

    Args:
        language: whose runtime it needs.
        limits: of this run.
        memory_bytes: of its sandbox, for runtimes that have to be told.
        files: for this run alone.
        keep: for it and the runs to come: sources, or what a compilation in another sandbox made.
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
    """Memory of a sandbox while it compiles, where a run may use `memory_bytes`."""
    return max(language.compile_memory_mib * MIB, memory_bytes)


def held_bytes(kept: tuple[SourceFile, ...]) -> int:
    """What kept files take of a sandbox's memory: the supervisor has them, and so has a run."""
    return 2 * blocks_bytes(kept)


def blocks_bytes(files: Iterable[SourceFile]) -> int:
    """What files take where they are kept in memory, a workspace among it."""
    return sum(-(-len(file.content) // _BLOCK) * _BLOCK for file in files)


def is_not_executable(language: Language, result: RunResult) -> bool:
    """Whether the kernel refused what a compiler had made. That is the program's doing: one line of C++ can name an
    ELF interpreter that there is none of."""
    return result.outcome is Outcome.NOT_STARTED and language.executes_artifact and result.detail.startswith("execve: ")
