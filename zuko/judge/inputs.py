"""Input validators: each reads an input on standard input, and exits with 42 if it is valid."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from zuko.errors import ProblemError, SandboxError
from zuko.execution.compiled_cache import compiled_cache
from zuko.execution.conclude import conclude
from zuko.execution.deadline import Deadline
from zuko.execution.loaded import NotCompiledError, ProgramSource
from zuko.execution.program import SLACK_BYTES, blocks_bytes
from zuko.judge import custom
from zuko.judge.bench import Bench
from zuko.languages.table import Language
from zuko.pool.lease import Lease
from zuko.problem import CheckerLimits
from zuko.settings import SandboxSettings
from zuko.types import Outcome, RunResult, SourceFile

log = logging.getLogger(__name__)

VALID: Final = 42  # the exit code of the Kattis format


@dataclass(frozen=True, slots=True)
class Input:
    """An input to be validated."""

    name: str  # of the case
    content: bytes
    arguments: tuple[str, ...] = ()  # for the validator
    files: tuple[SourceFile, ...] = ()  # in its workspace
    valid: int = VALID  # the validator's exit code if it is valid


@dataclass(frozen=True, slots=True)
class InputFault:
    """An input that is not valid."""

    name: str
    reason: str  # a sentence without a full stop


class InputCheck:
    """A validator and inputs, one after another in one sandbox: a job of `zuko.execution.executor.Executor.judge`.

    Args:
        language: of the validator.
        files: of the validator, the main one first.
        inputs: in their order.
        limits: of each run.
        settings: how sandboxes are made.
    """

    def __init__(
        self,
        language: Language,
        files: tuple[SourceFile, ...],
        inputs: Sequence[Input],
        limits: CheckerLimits,
        settings: SandboxSettings,
    ) -> None:
        self.language = language
        self._files = files
        self._inputs = inputs
        self._checker_limits = limits
        self._limits = custom.run_limits(limits)
        self._settings = settings

    def work(self, lease: Lease, deadline: Deadline, on_result: Callable[[InputFault], None]) -> tuple[InputFault, ...]:
        """Validate the inputs.

        Args:
            lease: of a sandbox for the validator's language; the caller releases it.
            deadline: by then the validator is compiled, or not at all.
            on_result: called with each fault as it is found.

        Raises:
            ProblemError: the validator does not compile.
            UnavailableError: no sandbox can be had.
            SandboxError: two broke over one input.
        """
        memory_bytes, output_bytes = self._checker_limits.memory_bytes, self._checker_limits.output_bytes
        # Its input is in the sandbox's memory, and so is the output that is kept.
        beside = (
            max((len(each.content) + blocks_bytes(each.files) for each in self._inputs), default=0)
            + 2 * output_bytes
            + SLACK_BYTES
        )
        source = ProgramSource(
            self.language,
            custom.completed(self._files),
            memory_bytes=memory_bytes + beside,
            heap_bytes=memory_bytes,
            compiler=custom.compiler_limits(self._checker_limits, self.language, memory_bytes + beside),
            deadline=deadline,
            name="the validator",
            cache=compiled_cache(self._settings.compiled_cache, self._settings.compiled_cache_mib),
        )
        bench = Bench(lease, source, self._settings)
        faults = []
        try:
            for each in self._inputs:
                if reason := self._reason(self._run(lease, bench, source, each), each.valid):
                    faults.append(InputFault(each.name, reason))
                    on_result(faults[-1])
        except NotCompiledError as error:
            raise ProblemError("validator", f"{error}\n{error.output[:1000]}") from error
        return tuple(faults)

    def _run(self, lease: Lease, bench: Bench, source: ProgramSource, given: Input) -> RunResult:
        try:
            return self._run_once(bench, source, given)
        except SandboxError as error:
            if lease.is_cancelled:
                raise
            log.warning("input %.64s is checked again: the sandbox failed: %s", given.name, error)
            bench.renew()
            return self._run_once(bench, source, given)

    def _run_once(self, bench: Bench, source: ProgramSource, given: Input) -> RunResult:
        loaded = bench.ready(source)
        if given.files:
            workspace_bytes = self._settings.sandbox(self.language).workspace_bytes
            custom.check_room(given.files, source, workspace_bytes, "the validator")
        return loaded.run(loaded.plan(self._limits, given.content, files=given.files, arguments=given.arguments))

    def _reason(self, result: RunResult, valid: int) -> str:
        """Return why an input is not valid; "" if it is."""
        if result.outcome is Outcome.EXITED and result.exit_code == valid:
            return ""
        said = custom.quoted_output(result.stderr or result.stdout)
        if result.outcome is Outcome.EXITED:
            return f"is not valid: exit code {result.exit_code}{said}"
        execution = conclude(result, self._limits, memory_bytes=self._checker_limits.memory_bytes)
        return f"is not known to be valid: the validator failed: {execution.message}{said}"
