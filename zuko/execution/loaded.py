"""A program in a sandbox, compiled once, to be run again and again."""

import threading
from dataclasses import replace

from zuko.errors import SandboxError, ZukoError
from zuko.execution.conclude import compiler_messages, conclude_compilation
from zuko.execution.deadline import NEVER, Deadline
from zuko.execution.program import (
    blocks_bytes,
    compile_limits,
    compile_memory_bytes,
    compile_run,
    held_bytes,
    prepared,
    program_run,
)
from zuko.languages.table import Language, suffixes_of
from zuko.problem import THE_LANGUAGES, CompilerLimits
from zuko.sandbox.sandbox import SILENCE_S, Sandbox
from zuko.types import Limits, Run, RunResult, SourceFile, Status


class NotCompiledError(ZukoError):
    """A compiler made no program; `output` is what it wrote, and the text says why."""

    def __init__(self, reason: str, output: str) -> None:
        super().__init__(reason)
        self.output = output


class Loaded:
    """A program that a sandbox has. One thread at a time.

    Args:
        sandbox: which has it, or is given it with the first run.
        language: what runs it.
        memory_bytes: limit of the container, of what it holds for the program too.
        heap_bytes: the limit that runtimes are told.
        keep: what the sandbox has still to be given.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        language: Language,
        memory_bytes: int,
        heap_bytes: int,
        keep: tuple[SourceFile, ...],
    ) -> None:
        self.sandbox = sandbox
        self.language = language
        self._heap_bytes = heap_bytes
        self._keep = keep
        self.is_spent = False  # its sandbox is not as good as new: another one has to take its place
        sandbox.limit_memory(memory_bytes)

    def plan(
        self,
        limits: Limits,
        input_data: bytes = b"",
        *,
        files: tuple[SourceFile, ...] = (),
        arguments: tuple[str, ...] = (),
        take: tuple[str, ...] = (),
        interactive: bool = False,
    ) -> Run:
        """The next run. What the sandbox is given with it is there from then on.

        Args:
            limits: of this run.
            input_data: standard input.
            files: for this run alone.
            arguments: behind the program's own.
            take: files that it leaves, to come with the result.
            interactive: see `Run`.
        """
        keep, self._keep = self._keep, ()
        run = program_run(self.language, limits, self._heap_bytes, files=files, keep=keep, input_data=input_data)
        return replace(run, argv=run.argv + arguments, take=take, send_taken=bool(take), interactive=interactive)

    def run(self, run: Run, silence_s: float = SILENCE_S) -> RunResult:
        """Runs what `plan` made.

        Raises:
            SandboxError: the sandbox broke; it is of no more use.
        """
        result = self.sandbox.run(run, silence_s, more=True)
        self.is_spent = not result.reusable
        return result


def named_for(language: Language, files: tuple[SourceFile, ...]) -> tuple[SourceFile, ...]:
    """A program's files with the main one first, under the name that its language runs.

    It is the file of that name, else the first whose name ends as the language's do: a header comes before it by name.
    """
    names = [file.name for file in files]
    endings = suffixes_of(language)
    at = (
        names.index(language.source_name)
        if language.source_name in names
        else next((at for at, name in enumerate(names) if name.endswith(endings)), 0)
    )
    return (replace(files[at], name=language.source_name), *files[:at], *files[at + 1 :])


class Source:
    """A program before it is in a sandbox: compiled in the first one, carried over to the others.

    Args:
        language: what compiles and runs it.
        files: the main one first.
        memory_bytes: of a sandbox with it, besides what that holds for the program.
        heap_bytes: the limit that runtimes are told.
        compiler: limits of its compilation.
        deadline: by then it is compiled, or not at all.
        name: for messages.
    """

    def __init__(
        self,
        language: Language,
        files: tuple[SourceFile, ...],
        *,
        memory_bytes: int,
        heap_bytes: int,
        compiler: CompilerLimits = THE_LANGUAGES,
        deadline: Deadline = NEVER,
        name: str = "the submission",
    ) -> None:
        self.language, self.files = prepared(language, files)
        self.compile_output = ""
        self._memory_bytes = memory_bytes
        self._heap_bytes = heap_bytes
        self._compiler = compiler
        self._deadline = deadline
        self._name = name
        self._lock = threading.Lock()
        self._made: tuple[SourceFile, ...] | None = None if language.compiler else self.files
        self._refusal: NotCompiledError | None = None

    @property
    def workspace_bytes(self) -> int:
        """What it takes of the workspace of each run, once it is compiled; what is executed itself is elsewhere."""
        return blocks_bytes(file for file in self._made or () if not file.mode & 0o111)

    def check(self) -> None:
        """For who would start a sandbox for it.

        Raises:
            NotCompiledError: the compiler has refused it already.
        """
        if self._refusal is not None:  # each gets one of its own: a shared one would collect all their tracebacks
            raise NotCompiledError(str(self._refusal), self._refusal.output)

    def load(self, sandbox: Sandbox) -> Loaded:
        """Puts the program into a sandbox: the first time by compiling it there.

        Raises:
            NotCompiledError: the compiler made no program of it.
            SandboxError: the sandbox broke.
            EngineError: the Docker host did not change its memory limit.
            NoCapacityError: there was too little time left, or the host was too slow.
        """
        with self._lock:  # who comes second takes what the first has made
            self.check()
            keep = self._made
            if keep is None:
                self._made = self._compile(sandbox)
                keep = ()
            memory_bytes = self._memory_bytes + held_bytes(self._made or ())
        return Loaded(sandbox, self.language, memory_bytes, self._heap_bytes, keep)

    def _compile(self, sandbox: Sandbox) -> tuple[SourceFile, ...]:
        memory_bytes = self._compiler.memory_bytes or compile_memory_bytes(self.language, self._memory_bytes)
        sandbox.limit_memory(memory_bytes)
        asked = compile_limits(self.language, self._compiler.cpu_time_ms)
        what = f"the compilation of {self._name}"
        limits = self._deadline.bound(asked, what)
        run = compile_run(self.language, self.files, limits, send=True)
        result = sandbox.run(run, self._deadline.silence_s(limits), more=True)
        self.compile_output = compiler_messages(result)
        self._deadline.check(result, asked, limits, what)
        failed = conclude_compilation(result, limits, asked, memory_bytes=memory_bytes)
        if failed is not None and failed.status is Status.COMPILE_ERROR:
            self._refusal = NotCompiledError(failed.message or "", self.compile_output)
            raise self._refusal
        if failed is not None:
            raise SandboxError(failed.message or "")
        return result.files
