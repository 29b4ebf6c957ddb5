"""The executor of a process that serves one request at a time and is frozen in between: a function."""

from zuko.execution.executor import Executor
from zuko.languages.table import PYTHON, Language
from zuko.pool.source import SandboxSource
from zuko.pool.standby import Standby


class FunctionExecutor(Executor):
    """An executor that has one sandbox ready, of Python."""

    @property
    def kept_languages(self) -> tuple[Language, ...]:
        """Return the language that one sandbox is kept ready of."""
        return (PYTHON,)

    def after_response(self) -> None:
        """Ask the engine for the next sandbox when the response is made, before the process is frozen."""
        self._standby.after_response()

    def _make_source(self) -> SandboxSource:
        engine = self._engine
        self._standby = Standby(
            lambda spec: engine.create_sandbox(spec, standby=True), self.settings.sandbox(PYTHON), engine.sweep
        )
        return self._standby
