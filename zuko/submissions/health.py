"""The health of a worker: its Docker host answers and has images, its speed is known, and the store answers."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from typing import Final

from zuko.errors import StoreError, UnavailableError
from zuko.execution.executor import Executor
from zuko.submissions.receipt import Receipts
from zuko.submissions.speed import Speed
from zuko.submissions.work import Ended, Fault, Outcome

log = logging.getLogger(__name__)

SURVEY_S: Final = 60.0  # between two looks at the images
PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0)  # while the Docker host does not answer
_RANDOM: Final = random.SystemRandom()


class Health:
    """The reasons for which a worker claims nothing.

    Args:
        executor: open.
        receipts: get the version of the engine.
        speed: of this machine.
        name: of the worker.
        slots: returns how many submissions it does at a time; 0: the Docker host has not answered yet.
        needs_speed: whether nothing is claimed before the speed is known.
        refusal: returns why this worker has to leave the Docker host to another one; None: it has not. May block.
    """

    def __init__(
        self,
        executor: Executor,
        receipts: Receipts,
        speed: Speed,
        *,
        name: str,
        slots: Callable[[], int],
        needs_speed: bool,
        refusal: Callable[[], str | None],
    ) -> None:
        self.problem: str | None = None  # why nothing is claimed
        self.store_problem: StoreError | None = None  # of those, the failure of the store
        self.languages: frozenset[str] = frozenset()  # that the Docker host has images of
        self.surveys = 0  # that have succeeded
        self._executor = executor
        self._receipts = receipts
        self._speed = speed
        self._name = name
        self._slots = slots
        self._needs_speed = needs_speed
        self._refusal = refusal
        self._surveyed_at = -SURVEY_S
        self._failures = 0  # of the Docker host, one after another
        self._paused_until = 0.0
        self._probe_first = True

    @property
    def paused_s(self) -> float:
        """The time until the end of a pause, s; at most 0: there is none."""
        return self._paused_until - time.monotonic()

    @property
    def is_good(self) -> bool:
        """Return whether `check` would be true at once, as far as is known."""
        return self.problem is None and self.paused_s <= 0 and not self._needs_survey

    @property
    def _needs_survey(self) -> bool:
        return self._probe_first or time.monotonic() - self._surveyed_at >= SURVEY_S

    async def check(self) -> bool:
        """Return whether submissions can be done; if not, there is a pause."""
        if self._slots() == 0:
            self.pause(0.1 if self._executor.status().last_error is None else 1.0)
            return False
        if self._needs_survey:
            try:
                await asyncio.to_thread(self._survey)
            except UnavailableError as error:
                self.note_problem(str(error))
                self._pause_for_engine()
                return False
        if not self.languages:
            self.note_problem("the Docker host has no image of a language")
            self.pause(PAUSES_S[-1])
            return False
        if self._needs_speed and self._speed.factor is None:
            self.note_problem("the speed of this machine is not known yet")
            self.pause(0.2)
            return False
        return True

    def note_outcome(self, outcome: Outcome) -> None:
        """Pause after a failure of ours."""
        if isinstance(outcome, Ended):
            self._failures = 0
            return
        if outcome.fault is not Fault.NONE:
            log.warning("a submission is given back: %s", outcome.message)
        match outcome.fault:
            case Fault.ENGINE:
                self._pause_for_engine()
            case Fault.IMAGE:
                self._probe_first = True
                self.pause(PAUSES_S[0] * _RANDOM.uniform(0.5, 1))  # it may be claimed again, by this worker
            case Fault.CAPACITY | Fault.STORE:
                self.pause(PAUSES_S[0] * _RANDOM.uniform(0.5, 1))

    def note_store(self, error: StoreError | None) -> None:
        """Note that the store does not answer; None: it does."""
        self.store_problem = error
        self.note_problem(None if error is None else str(error))

    def note_problem(self, problem: str | None) -> None:
        """Note, and log, why nothing is claimed; None: there is no reason."""
        if problem is not None and problem != self.problem:
            log.warning("no submissions are claimed: %s", problem)
        elif problem is None and self.problem is not None:
            log.info("submissions are claimed again; before: %s", self.problem)
        self.problem = problem

    def pause(self, pause_s: float) -> None:
        """Have nothing claimed for a while."""
        self._paused_until = time.monotonic() + pause_s

    def _pause_for_engine(self) -> None:
        self._probe_first = True
        self.pause(PAUSES_S[min(self._failures, len(PAUSES_S) - 1)])
        self._failures += 1

    def _survey(self) -> None:
        """Look at the Docker host, in a thread.

        Raises:
            UnavailableError: it does not answer, or others use its cores.
        """
        if (refusal := self._refusal()) is not None:
            raise UnavailableError(refusal)
        self._receipts.engine_version = self._executor.host.version()
        languages = self._executor.host.languages_present()
        if languages != self.languages:
            log.info(
                "worker %s: %d at a time, of %s", self._name, self._slots(), ", ".join(sorted(languages)) or "nothing"
            )
        self.languages = languages
        self._surveyed_at = time.monotonic()
        self._probe_first = False
        self.surveys += 1
