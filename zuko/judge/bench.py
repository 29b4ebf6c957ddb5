"""A worker's sandboxes: the one with the submission, and one for each program of the problem setter's that it needs."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Self

from zuko.errors import ProblemError
from zuko.executor import Executor
from zuko.judge.loaded import Loaded, NotCompiledError, Source, named_for
from zuko.judge.model import Problem, Program
from zuko.languages import Language, find_language
from zuko.sandbox import Sandbox

Hold = Callable[[Sandbox], AbstractContextManager[None]]


class Bench:
    """To be used by one thread, as a context manager: at its end every sandbox but the lent one is closed.

    A sandbox that is not as good as new after a run, or that broke, is replaced when it is next needed. The others run
    beside the lent one, on its core and without a slot of their own: at any moment one of them works.

    Args:
        executor: has the sandboxes.
        lent: the worker's own, of the submission's language.
        source: the submission.
        problem: whose programs may be needed, and whose limits hold.
        programs: those programs; where several workers need one, it is compiled once.
        memory_bytes: of the submission's sandbox.
        hold: for how long a sandbox may be ended from outside.
    """

    def __init__(
        self,
        executor: Executor,
        lent: Sandbox,
        source: Source,
        *,
        problem: Problem,
        programs: dict[Program, Source],
        memory_bytes: int,
        hold: Hold,
    ) -> None:
        self._executor = executor
        self._lent = lent
        self._source = source
        self._problem = problem
        self._programs = programs
        self._memory_bytes = memory_bytes
        self._hold = hold
        self._owned = ExitStack()
        self._submission: Loaded | None = None
        self._loaded: dict[Program, Loaded] = {}
        self.lent_is_broken = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._owned.close()

    def submission(self) -> Loaded:
        """The submission, in a sandbox that is as good as new.

        Raises:
            NotCompiledError: the compiler made no program of it.
            UnavailableError: no sandbox can be had now.
            SandboxError: it broke while the program was put into it.
        """
        if self._submission is None or self._submission.is_spent:
            is_first = self._submission is None and not self.lent_is_broken
            sandbox = self._lent if is_first else self._beside(self._source.language)
            self._submission = self._source.load(sandbox, self._memory_bytes, self._problem.limits.memory_bytes)
        return self._submission

    def program(self, program: Program) -> Loaded:
        """One of the problem setter's, in a sandbox that is as good as new.

        Raises:
            ProblemError: there is no such language, or the compiler refuses it.
            UnavailableError: no sandbox can be had now.
            SandboxError: it broke while the program was put into it.
        """
        loaded = self._loaded.get(program)
        if loaded is None or loaded.is_spent:
            limits = self._problem.checker_limits
            source = self._programs[program]
            try:
                loaded = source.load(self._beside(source.language), limits.memory_bytes, limits.memory_bytes)
            except NotCompiledError as error:
                raise ProblemError("checker", f"{error}\n{error.output[:1000]}") from error
            self._loaded[program] = loaded
        return loaded

    def renew(self) -> None:
        """Something broke: every sandbox is replaced when it is next needed."""
        self.lent_is_broken = True
        for loaded in (self._submission, *self._loaded.values()):
            if loaded is not None:
                loaded.is_spent = True
                loaded.sandbox.cancel()

    def _beside(self, language: Language) -> Sandbox:
        spec = self._executor.settings.sandbox(language)
        sandbox = self._executor.pool.start_companion(spec, self._lent.core)
        self._owned.callback(sandbox.close)
        self._owned.enter_context(self._hold(sandbox))
        return sandbox


def program_source(program: Program, deadline: float) -> Source:
    """A program of the problem setter's, to be compiled by a deadline on the monotonic clock.

    Raises:
        ProblemError: there is no such language.
    """
    language = find_language(program.language)
    if language is None:
        raise ProblemError("checker", f"there is no language {program.language!r:.80}")
    if not program.files:
        raise ProblemError("checker", "it has no files")
    return Source(language, named_for(language, program.files), deadline)
