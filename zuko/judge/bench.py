"""A worker's sandboxes: its own, of the program that is judged, and one for each other program that it needs."""

import threading
from types import TracebackType
from typing import Self

from zuko.errors import EngineError, SandboxError
from zuko.execution.executor import Executor
from zuko.execution.loaded import Loaded, Source
from zuko.languages.table import Language
from zuko.sandbox.sandbox import Sandbox


class Held:
    """The sandboxes of a judging for as long as it has them: `cancel`, from any thread, ends them all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sandboxes: set[Sandbox] = set()
        self.is_cancelled = False

    def add(self, sandbox: Sandbox) -> None:
        """One more; it ends at once if all others have been ended."""
        with self._lock:
            self._sandboxes.add(sandbox)
            if self.is_cancelled:
                sandbox.cancel()

    def discard(self, sandbox: Sandbox) -> None:
        """It is ours no more."""
        with self._lock:
            self._sandboxes.discard(sandbox)

    def cancel(self) -> None:
        """Ends those that there are, and those to come."""
        with self._lock:
            self.is_cancelled = True
            for sandbox in self._sandboxes:
                sandbox.cancel()


class Bench:
    """To be used by one thread, as a context manager: at its end the lent sandbox is given back, and others are ended.

    A sandbox that is not as good as new after a run, or that broke, is ended and replaced when it is next needed. The
    others run beside the lent one, on its core and without a slot of their own: at any moment one of them works.

    Args:
        executor: has the sandboxes.
        lent: the worker's own.
        own: the program that it was lent for.
        held: where each of them is for as long as it is used.
    """

    def __init__(self, executor: Executor, lent: Sandbox, own: Source, held: Held) -> None:
        self._executor = executor
        self._lent: Sandbox = lent
        self._own = own
        self._held = held
        self._is_lent_free = True  # for its program to be put into it
        self._is_lent_broken = False
        self._loaded: dict[Source, Loaded] = {}

    def __enter__(self) -> Self:
        self._held.add(self._lent)
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        # What was cancelled may be in any state. The lent one first: somebody may wait for it.
        self._held.discard(self._lent)
        self._executor.pool.give_back(self._lent, broken=self._is_lent_broken or self._held.is_cancelled)
        for source in tuple(self._loaded):
            self._end(source, broken=self._held.is_cancelled)

    def ready(self, source: Source) -> Loaded:
        """A program, in a sandbox that is as good as new.

        Raises:
            NotCompiledError: the compiler makes no program of it.
            UnavailableError: no sandbox can be had now, or there was no time left to compile it.
            SandboxError: it broke while the program was put into it.
        """
        loaded = self._loaded.get(source)
        if loaded is not None and not loaded.is_spent:
            return loaded
        self._end(source)
        source.check()
        if source is self._own and self._is_lent_free:
            self._is_lent_free = False
            sandbox = self._lent
        else:
            sandbox = self._start(source.language)
        try:
            self._loaded[source] = source.load(sandbox)
        except BaseException as error:
            self._dispose(sandbox, broken=isinstance(error, SandboxError | EngineError))
            raise
        return self._loaded[source]

    def renew(self) -> None:
        """Something broke: every sandbox is replaced when it is next needed."""
        self._is_lent_free = False
        self._is_lent_broken = True
        for source in tuple(self._loaded):
            self._end(source, broken=True)

    def _start(self, language: Language) -> Sandbox:
        spec = self._executor.settings.sandbox(language)
        sandbox = self._executor.pool.start_companion(spec, self._lent.core)
        self._held.add(sandbox)
        return sandbox

    def _end(self, source: Source, *, broken: bool = False) -> None:
        if loaded := self._loaded.pop(source, None):
            self._dispose(loaded.sandbox, broken=broken)

    def _dispose(self, sandbox: Sandbox, *, broken: bool) -> None:
        """The lent one is given back at the end: others are ended here, by the engine if they may not end else."""
        if sandbox is self._lent:
            self._is_lent_broken |= broken
            if broken:
                sandbox.cancel()
            return
        self._held.discard(sandbox)
        if broken:
            sandbox.kill()
        sandbox.close()
