"""The executor of a command: sandboxes are started when they are asked for."""

from zuko.engine.engine import Engine
from zuko.execution.early import EarlyStart, cores_of
from zuko.execution.executor import THREADS_MAX, Executor
from zuko.languages.table import Language
from zuko.pool.ondemand import OnDemand
from zuko.pool.source import SandboxSource
from zuko.sandbox.sandbox import HELLO_TIMEOUT_S
from zuko.settings import Settings


class CommandExecutor(Executor):
    """An executor that has nothing ready.

    Should the process be killed, the engine removes what runs. A container that was just created and not started is
    all that can be left; the next command or service sweeps it away.

    Args:
        settings: limits.
        engine: the Docker host; the environment's when None.
        early: the start of the first sandbox, with the engine.
        workers: sandboxes that are used at a time; None: half the Docker host's cores, since two threads of one core,
            which count as two, slow each other down.
        workers_max: no more than that.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine | None = None,
        *,
        early: EarlyStart | None = None,
        workers: int | None = 1,
        workers_max: int = THREADS_MAX,
    ) -> None:
        self._early = early
        self._asked_workers, self._workers_max = workers, workers_max
        super().__init__(settings, engine if early is None else early.engine)
        # No one else waits here: it is the start of a sandbox that takes so long, on a host that is busy.
        self._wait_max_s = max(settings.queue_timeout_s, HELLO_TIMEOUT_S)

    @property
    def kept_languages(self) -> tuple[Language, ...]:
        """Return none: nothing is started before it is asked for."""
        return ()

    def sweep(self) -> None:
        """Remove what commands and services that were killed have left."""
        self._engine.sweep()

    def _make_source(self) -> SandboxSource:
        workers = self._asked_workers
        if workers is None:
            workers = self.settings.judge_workers or max(self._engine.info().cores // 2, 1)
        self.workers = min(workers, self._workers_max)
        start = self._engine.start_sandbox if self._early is None else self._early.start
        return OnDemand(start, self.workers, lambda: cores_of(self._engine, self.settings))
