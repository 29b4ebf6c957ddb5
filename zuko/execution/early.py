"""The first sandbox of a command: it starts while the command loads the code that will use it."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self

from zuko.engine.engine import Engine
from zuko.engine.host import DockerHost
from zuko.engine.secret import read_credentials
from zuko.languages.table import Language
from zuko.pool.stock import Core
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import HostSettings, PoolSettings, Settings
from zuko.types import SandboxSpec


class EarlyStart:
    """A block that begins with the start of a sandbox, and ends it if it has not been taken.

    The thread that starts it is its own, so that the exception that a signal raises in the main thread never comes
    between a container's creation and its start.

    Args:
        settings: of the command.
        language: of its program.
    """

    def __init__(self, settings: Settings, language: Language) -> None:
        self.engine = Engine(docker_host(settings))
        self._settings = settings
        self._spec = settings.sandbox(language)
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="zuko-early")
        self._sandbox: Future[Sandbox] | None = None

    def __enter__(self) -> Self:
        self._sandbox = self._threads.submit(self._start_first)
        return self

    def _start_first(self) -> Sandbox:
        return self.engine.start_sandbox(self._spec, next(iter(cores_of(self.engine, self._settings))))

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._threads.shutdown(wait=True)
        left, self._sandbox = self._sandbox, None
        if left is not None and left.exception() is None:
            left.result().close()
        self.engine.close()

    def start(self, spec: SandboxSpec, core: Core = None) -> Sandbox:
        """Return the sandbox if it is of this kind and has not been taken, or else start one on a core; see `Engine`.

        For one thread at a time.
        """
        early = self._sandbox
        if early is None or spec != self._spec:
            return self.engine.start_sandbox(spec, core)
        self._sandbox = None
        return early.result()


def cores_of(engine: Engine, settings: PoolSettings) -> list[Core]:
    """Return the cores that the sandboxes of a command are put on, the first one first; one None: any.

    Raises:
        EngineError: the Docker host does not answer.
    """
    if not settings.pin_cores or settings.cpus > 1:
        return [None]
    cores = engine.info().cores
    first = os.getpid()  # another one for each command
    return [None] if cores == 1 else [(first + number) % cores for number in range(cores)]


def docker_host(settings: HostSettings) -> DockerHost:
    """Return where the engine is, by the environment and the settings."""
    secret = settings.docker_secret
    return DockerHost(
        allow_plain_tcp=settings.allow_plain_tcp,
        credentials=None if secret is None else partial(read_credentials, secret),
    )
