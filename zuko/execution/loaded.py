"""A program in a sandbox: compiled once, run again and again.

ProgramSource ── load(sandbox) ──> LoadedProgram ── plan, run ──> result
    │ the first time: compile_program, in that sandbox, unless the program is kept from an earlier time
    └ then: the compiled files are copied into the sandbox
"""

import threading
from dataclasses import replace

from zuko.errors import SandboxError, ZukoError
from zuko.execution.compiled_cache import Compiled, CompiledCache, key_of
from zuko.execution.conclude import compiler_messages, conclude_compilation
from zuko.execution.deadline import NEVER, Deadline
from zuko.execution.meter import MeteredRun
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
from zuko.telemetry import tracing
from zuko.types import Execution, Limits, Reason, Run, RunResult, SourceFile, Status


class NotCompiledError(ZukoError):
    """The compiler made no program; the text says why. `execution` is the result of the submission."""

    def __init__(self, execution: Execution) -> None:
        super().__init__(execution.message or "")
        self.execution = execution

    @property
    def output(self) -> str:
        """Return the compiler's messages."""
        return self.execution.compile_output or ""


def compile_program(
    sandbox: Sandbox,
    language: Language,
    files: tuple[SourceFile, ...],
    *,
    limits: Limits,
    memory_bytes: int,
    deadline: Deadline,
    name: str,
    send: bool,
) -> Compiled:
    """Compile a program in a sandbox, which keeps it for the runs to come.

    Args:
        sandbox: to compile in.
        language: a compiled one.
        files: the program's, the main one first.
        limits: of the compiler, if the deadline does not leave less.
        memory_bytes: of the sandbox while it compiles.
        deadline: the time by which it must be compiled.
        name: of the program, for messages.
        send: whether the compiler's files are returned as well.

    Raises:
        NotCompiledError: the compiler made no program.
        SandboxError: the sandbox broke, or has no compiler that starts.
        EngineError: the Docker host did not change the memory limit.
        NoCapacityError: too little time was left, or the host was too slow.
    """
    what = f"the compilation of {name}"
    bounded = deadline.bound(limits, what)
    run = compile_run(language, files, bounded, send=send)
    with tracing.span("compile", language=language.name, program=name):
        sandbox.limit_memory(memory_bytes)
        with MeteredRun() as metered:
            result = metered.note(sandbox.run(run, deadline.silence_s(bounded), more=True))
    deadline.check(result, limits, bounded, what)
    failed = conclude_compilation(result, bounded, memory_bytes=memory_bytes)
    if failed is None:
        messages = compiler_messages(result)
        if language.cannot_start is not None and (reason := language.cannot_start(files)):
            message = f"the compiler left no program: {reason}"
            failed = Execution(
                Status.COMPILE_ERROR, Reason.COMPILE_FAILED, message, compile_output=f"{messages}\n{message}".strip()
            )
            raise NotCompiledError(failed)
        return Compiled(result.files, messages)
    if failed.status is Status.COMPILE_ERROR:
        raise NotCompiledError(failed)
    raise SandboxError(failed.message or "")


class LoadedProgram:
    """A program in a sandbox. For one thread at a time.

    Args:
        sandbox: has the program, or gets it with the first run.
        language: the program's.
        memory_bytes: limit of the container, with the files that it holds for the program.
        heap_bytes: the memory limit that is passed to runtimes which take one.
        keep: files that the sandbox gets with the first run.
        name: for traces.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        language: Language,
        memory_bytes: int,
        heap_bytes: int,
        keep: tuple[SourceFile, ...],
        *,
        name: str,
    ) -> None:
        self.sandbox = sandbox
        self.language = language
        self.name = name
        self._heap_bytes = heap_bytes
        self._keep = keep
        self.is_spent = False  # its sandbox is not reusable and must be replaced
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
        """Plan the next run. The files that are kept with it are in the sandbox from then on.

        Args:
            limits: of this run.
            input_data: standard input.
            files: for this run alone.
            arguments: after those of the language's command.
            take: files of the run to return with the result.
            interactive: see `Run`.
        """
        keep, self._keep = self._keep, ()
        run = program_run(self.language, limits, self._heap_bytes, files=files, keep=keep, input_data=input_data)
        return replace(run, argv=run.argv + arguments, take=take, send_taken=bool(take), interactive=interactive)

    def run(self, run: Run, silence_s: float = SILENCE_S) -> RunResult:
        """Run a plan.

        Raises:
            SandboxError: the sandbox broke and cannot be used again.
        """
        with tracing.span("run", language=self.language.name, program=self.name), MeteredRun() as metered:
            result = metered.note(self.sandbox.run(run, silence_s, more=True))
        self.is_spent = not result.reusable
        return result


def named_for(language: Language, files: tuple[SourceFile, ...]) -> tuple[SourceFile, ...]:
    """Return a program's files with the main one first, under the name that its language runs.

    The main file is the one with that name, or else the first with a suffix of the language; a header may precede it.
    """
    if not language.source_name:  # its scripts name the files
        return files
    names = [file.name for file in files]
    endings = suffixes_of(language)
    at = (
        names.index(language.source_name)
        if language.source_name in names
        else next((at for at, name in enumerate(names) if name.endswith(endings)), 0)
    )
    return (replace(files[at], name=language.source_name), *files[:at], *files[at + 1 :])


class ProgramSource:
    """A program that is not in a sandbox yet: it is compiled in the first one, and copied into the others.

    Args:
        language: the program's.
        files: the main one first.
        memory_bytes: limit of its sandboxes, without the files that they hold for the program.
        heap_bytes: the memory limit that is passed to runtimes which take one.
        compiler: limits of its compilation.
        deadline: the time by which it must be compiled.
        name: for messages.
        cache: keeps what is compiled, for programs that come again; None: nothing does.
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
        cache: CompiledCache | None = None,
    ) -> None:
        self._cache = cache if language.compiler and cache is not None and cache.is_on else None
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
        """Return its size in the workspace of each run once it is compiled; executables are not kept there."""
        return blocks_bytes(file for file in self._made or () if not file.mode & 0o111)

    @property
    def workspace_names(self) -> frozenset[str]:
        """Return the names that it has in the workspace of each run once it is compiled."""
        return frozenset(file.name for file in self._made or () if not file.mode & 0o111)

    def check(self) -> None:
        """Refuse a program whose compilation has failed, before a sandbox is started for it.

        Raises:
            NotCompiledError: the compiler has already refused it.
        """
        if self._refusal is not None:  # a new error each time: a shared one would collect the tracebacks of all callers
            raise NotCompiledError(self._refusal.execution)

    def load(self, sandbox: Sandbox) -> LoadedProgram:
        """Load the program into a sandbox; the first time, compile it there.

        Raises:
            NotCompiledError: the compiler made no program of it.
            SandboxError: the sandbox broke.
            EngineError: the Docker host did not change its memory limit.
            NoCapacityError: there was too little time left, or the host was too slow.
        """
        with self._lock:  # a second thread uses what the first has compiled
            self.check()
            key = self._key(sandbox) if self._made is None else ""
            keep = self._kept(key) if self._made is None else self._made
            if keep is None:
                self._made = self._compile(sandbox, key)
                keep = ()
            memory_bytes = self._memory_bytes + held_bytes(self._made or ())
        return LoadedProgram(sandbox, self.language, memory_bytes, self._heap_bytes, keep, name=self._name)

    def _key(self, sandbox: Sandbox) -> str:
        """Return the key of the program in the cache; "": it is not kept."""
        return key_of(self.language, self.files, sandbox.image_id()) if self._cache is not None else ""

    def _kept(self, key: str) -> tuple[SourceFile, ...] | None:
        """Return the program if it is kept from an earlier time."""
        compiled = self._cache.get(key) if self._cache is not None and key else None
        if compiled is None:
            return None
        self.compile_output = compiled.output
        self._made = compiled.files
        return compiled.files

    def _compile(self, sandbox: Sandbox, key: str) -> tuple[SourceFile, ...]:
        try:
            compiled = compile_program(
                sandbox,
                self.language,
                self.files,
                limits=compile_limits(self.language, self._compiler.cpu_time_ms),
                memory_bytes=self._compiler.memory_bytes or compile_memory_bytes(self.language, self._memory_bytes),
                deadline=self._deadline,
                name=self._name,
                send=True,
            )
        except NotCompiledError as error:
            self._refusal = error
            self.compile_output = error.output
            raise
        self.compile_output = compiled.output
        if self._cache is not None and key:
            self._cache.put(key, compiled)
        return compiled.files
