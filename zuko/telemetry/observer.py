"""The contract of whatever keeps figures of a service: it is called where something has happened, once for each."""

from collections.abc import Sequence

from zuko.types import Execution


class Observer:
    """Keeps no figures: for commands, and for services whose figures are not asked for.

    Any thread may call any method. Names that are passed are of closed sets: languages, statuses, routes.
    """

    def request(self, method: str, route: str, status: int, *, received_bytes: int, sent_bytes: int) -> None:
        """Count a request that has ended; the bytes are of the bodies."""

    def execution(self, language: str, execution: Execution, elapsed_s: float) -> None:
        """Count an execution that has a result.

        Args:
            language: of the program.
            execution: its result.
            elapsed_s: from its admission to the result.
        """

    def refused(self, language: str, reason: str) -> None:
        """Count an execution or a judging that could not be begun, or was given up for a failure of ours."""

    def judgement(self, language: str, verdict: str, cases: Sequence[str], sandbox_wait_s: float | None) -> None:
        """Count a judgement; `cases` are the verdicts of the cases that were judged."""

    def limited(self, limit: str) -> None:
        """Count a request or a program that was refused as its caller has passed a limit; see `OverLimitError`."""

    def engine_call(self, failure: str) -> None:
        """Count a call of the Docker engine; "": it was answered."""

    def store_call(self, method: str, elapsed_s: float, *, failed: bool) -> None:
        """Count a call of the store by the worker of this process, or for the accounts of callers."""

    def claimed(self, kind: str, queued_s: float) -> None:
        """Count a stored submission that a worker of this process has begun."""

    def ended(self, kind: str, state: str) -> None:
        """Count a stored submission that a worker of this process has ended, or given back."""
