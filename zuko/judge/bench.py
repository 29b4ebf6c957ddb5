"""A worker's sandboxes: its own, for the program that is judged, and one for each other program that it needs."""

from zuko.errors import EngineError, SandboxError
from zuko.execution.loaded import LoadedProgram, ProgramSource
from zuko.pool.lease import Lease
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import SandboxSettings


class Bench:
    """The programs of one worker, loaded. For one thread.

    A sandbox that is not reusable after a run, or that broke, is ended and replaced when it is next needed. The others
    are companions of the leased one: at any moment one of them works.

    Args:
        lease: of the worker's own sandbox; its release ends the companions.
        own: the program that it was leased for.
        settings: how other sandboxes are made.
    """

    def __init__(self, lease: Lease, own: ProgramSource, settings: SandboxSettings) -> None:
        self._lease = lease
        self._own = own
        self._settings = settings
        self._is_own_free = True  # for its program to be loaded into it
        self._loaded: dict[ProgramSource, LoadedProgram] = {}

    def ready(self, source: ProgramSource, *, talks: bool = False) -> LoadedProgram:
        """Return a program, loaded in a clean sandbox.

        Args:
            source: the program.
            talks: with another program of this bench.

        Raises:
            NotCompiledError: the compiler made no program.
            UnavailableError: no sandbox can be had now, or there was no time left to compile it.
            SandboxError: it broke while the program was loaded into it.
        """
        loaded = self._loaded.get(source)
        if loaded is not None and not loaded.is_spent:
            return loaded
        self._end(source)
        source.check()
        if source is self._own and self._is_own_free:
            self._is_own_free = False
            sandbox = self._lease.sandbox
        else:
            sandbox = self._lease.companion(self._settings.sandbox(source.language), talks=talks)
        try:
            self._loaded[source] = source.load(sandbox)
        except BaseException as error:
            self._dispose(sandbox, broken=isinstance(error, SandboxError | EngineError))
            raise
        return self._loaded[source]

    def renew(self) -> None:
        """Have every sandbox replaced when it is next needed: one of them broke."""
        self._is_own_free = False
        self._lease.mark_broken()
        for source in tuple(self._loaded):
            self._end(source, broken=True)

    def _end(self, source: ProgramSource, *, broken: bool = False) -> None:
        if loaded := self._loaded.pop(source, None):
            self._dispose(loaded.sandbox, broken=broken)

    def _dispose(self, sandbox: Sandbox, *, broken: bool) -> None:
        """End a companion now; the leased sandbox ends with its lease."""
        if sandbox is not self._lease.sandbox:
            self._lease.end_companion(sandbox, broken=broken)
        elif broken:
            self._lease.mark_broken()
            sandbox.cancel()
