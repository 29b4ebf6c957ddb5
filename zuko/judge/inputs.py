"""Inputs, as an input validator sees them: it reads one on standard input, and exits with 42 if it is valid."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from zuko.errors import ProblemError, SandboxError
from zuko.execution.conclude import conclude
from zuko.execution.executor import Executor
from zuko.execution.loaded import NotCompiledError, Source
from zuko.execution.program import SLACK_BYTES
from zuko.judge import custom
from zuko.judge.bench import Bench, Held
from zuko.languages.table import Language
from zuko.problem import CheckerLimits
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Outcome, RunResult, SourceFile

log = logging.getLogger(__name__)

VALID: Final = 42


@dataclass(frozen=True, slots=True)
class Input:
    """What a validator is asked about."""

    name: str  # of the case
    content: bytes
    arguments: tuple[str, ...] = ()  # for the validator


@dataclass(frozen=True, slots=True)
class InputFault:
    """An input that a validator does not call valid."""

    name: str
    reason: str  # a sentence without a full stop


class InputCheck:
    """A validator and inputs, one after another in one sandbox. To be used once; `cancel` from any thread.

    Args:
        executor: has the sandboxes.
        language: of the validator.
        files: of the validator, the main one first.
        inputs: in the order in which they are asked about.
        limits: of each run.
    """

    def __init__(
        self,
        executor: Executor,
        language: Language,
        files: tuple[SourceFile, ...],
        inputs: Sequence[Input],
        limits: CheckerLimits,
    ) -> None:
        self._executor = executor
        self._inputs = inputs
        self._memory_bytes = limits.memory_bytes
        self._limits = custom.run_limits(limits)
        self._held = Held()
        # Its input is in the sandbox's memory, and so is what is kept of its output.
        beside = max((len(each.content) for each in inputs), default=0) + 2 * limits.output_bytes + SLACK_BYTES
        self._source = Source(
            language,
            files,
            memory_bytes=limits.memory_bytes + beside,
            heap_bytes=limits.memory_bytes,
            name="the validator",
        )

    def check(self, sandbox: Sandbox, tell: Callable[[InputFault], None]) -> None:
        """Asks about each input, in a sandbox that was reserved for the validator's language, and gives that back.

        Args:
            sandbox: what was reserved.
            tell: called with each fault as it is found.

        Raises:
            ProblemError: it does not compile.
            UnavailableError: no sandbox can be had.
            SandboxError: two broke over one input.
        """
        with Bench(self._executor, sandbox, self._source, self._held) as bench:
            try:
                for each in self._inputs:
                    if reason := self._reason(self._run(bench, each)):
                        tell(InputFault(each.name, reason))
            except NotCompiledError as error:
                raise ProblemError("validator", f"{error}\n{error.output[:1000]}") from error
            except BaseException:
                self.cancel()
                raise

    def cancel(self) -> None:
        """Ends what runs."""
        self._held.cancel()

    def _run(self, bench: Bench, given: Input) -> RunResult:
        try:
            return self._run_once(bench, given)
        except SandboxError as error:
            if self._held.is_cancelled:
                raise
            log.warning("input %.64s is checked again: the sandbox failed: %s", given.name, error)
            bench.renew()
            return self._run_once(bench, given)

    def _run_once(self, bench: Bench, given: Input) -> RunResult:
        loaded = bench.ready(self._source)
        return loaded.run(loaded.plan(self._limits, given.content, arguments=given.arguments))

    def _reason(self, result: RunResult) -> str:
        """Why an input is not valid; "": it is."""
        if result.outcome is Outcome.EXITED and result.exit_code == VALID:
            return ""
        said = custom.told(result.stderr or result.stdout)
        if result.outcome is Outcome.EXITED:
            return f"is not valid: exit code {result.exit_code}{said}"
        execution = conclude(result, self._limits, memory_bytes=self._memory_bytes)
        return f"is not known to be valid: the validator failed: {execution.message}{said}"
