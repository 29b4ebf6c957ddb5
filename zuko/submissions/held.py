"""The submissions that a worker holds: those that wait for a slot, those that are done, and those whose end is stored.

claim ──> waiting ──a slot──> executed ──> its end is stored ──> gone
             └── lost, cancelled, or no slot soon ──┘
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context
from itertools import count
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.ahead import BEGIN_S, Pace
from zuko.submissions.bell import Wakeup
from zuko.submissions.calls import Calls
from zuko.submissions.ends import Ends
from zuko.submissions.jobs import Events, Job, Stop
from zuko.submissions.model import Claim, End, State
from zuko.submissions.store import Store
from zuko.submissions.work import Ended, Fault, GivenBack, Outcome, Work
from zuko.telemetry import tracing
from zuko.telemetry.observer import Observer

log = logging.getLogger(__name__)

GIVEN_BACK: Final = "given_back"  # in the place of a state, for the figures
RETRY_S: Final = (0.1, 0.2, 0.5, 1.0)  # pauses while the store does not answer; the last one again and again


class Held:
    """Does claimed submissions, and stores how they have ended. In an event loop.

    Args:
        store: open.
        calls: of the store.
        work: does one submission.
        observer: counts claims and ends.
        slots: returns how many may be executed at a time.
        on_outcome: called with each outcome, before it is stored.
        on_store_error: called when an end could not be stored, and will be tried again.
        on_change: called when a slot has become free, and when a submission is held no longer.
    """

    def __init__(
        self,
        store: Store,
        calls: Calls,
        work: Work,
        observer: Observer,
        *,
        slots: Callable[[], int],
        on_outcome: Callable[[Outcome], None],
        on_store_error: Callable[[StoreError], None],
        on_change: Callable[[], None],
    ) -> None:
        self.jobs: set[Job] = set()
        self.may_claim_ahead = True  # False: the next of the queue needs a free slot
        self.pace = Pace()
        self.wakeup = Wakeup()  # something has happened to one of them: it may be cancelled
        self._store = store
        self._calls = calls
        self._work = work
        self._observer = observer
        self._slots = slots
        self._on_outcome = on_outcome
        self._on_store_error = on_store_error
        self._on_change = on_change
        self._ends = Ends(lambda ends: calls.call(store.finish_all, ends), lambda: bool(self._waiting))
        self._waiting: deque[Job] = deque()
        self._executed = 0
        self._timer: asyncio.TimerHandle | None = None  # of the first that waits

    @property
    def executed(self) -> int:
        """Submissions that take a slot."""
        return self._executed

    @property
    def waiting(self) -> int:
        """Submissions that were claimed ahead."""
        return len(self._waiting)

    def take(self, claim: Claim, *, at_once: bool = False) -> None:
        """Do a submission, as soon as a slot is free.

        Args:
            claim: of it.
            at_once: a slot is kept free for it.
        """
        for job in self.jobs:
            if job.claim.hold.id == claim.hold.id:  # it was lost to ourselves
                self.stop(job, Stop.LOST)
                self._listen_no_more(job)
                break
        self._observer.claimed(claim.kind, claim.queued_s)
        events = Events(claim.hold, lambda hold, events: self._calls.call(self._store.add_events, hold, events))
        job = Job(claim, events, time.monotonic())
        self.jobs.add(job)
        self._store.bell.listen(self.wakeup, claim.hold.id)
        job.is_listened_for = True
        if at_once:
            self._begin(job, executes=True)
            return
        self._waiting.append(job)
        self.fill_slots()
        if claim.losses and job.doing is None:
            # Workers that are killed lose what they have claimed ahead, too. By no more than one loss: the third one
            # is the end of a submission that kills workers, not of those that wait behind it.
            self.may_claim_ahead = False
            self.stop(job, Stop.LATE)

    def fill_slots(self) -> None:
        """Begin as many of those that wait as there are free slots."""
        while self._waiting and self._executed < self._slots():
            self._begin(self._waiting.popleft(), executes=True)
        if not self.may_claim_ahead and self._executed < self._slots():
            self.may_claim_ahead = True
        if self._waiting and self._timer is None:
            left_s = self._waiting[0].claimed_at + BEGIN_S - time.monotonic()
            self._timer = asyncio.get_running_loop().call_later(max(left_s, 0), self._give_up)

    def stop(self, job: Job, reason: Stop) -> None:
        """End a submission early."""
        job.stop(reason)
        if job.doing is None:
            self._waiting.remove(job)
            self._begin(job, executes=False)

    def stop_all(self, reason: Stop, *, if_waiting: bool = False) -> None:
        """End all submissions early, or those that wait for a slot."""
        for job in list(self._waiting if if_waiting else self.jobs):
            self.stop(job, reason)

    async def cancel(self, patience_s: float) -> None:
        """Give back what is held; what takes longer is held until its lease is over."""
        self.stop_all(Stop.DRAINED)
        doing = {job.doing for job in self.jobs if job.doing is not None}
        if doing:
            await asyncio.wait(doing, timeout=patience_s)
        for each in doing:
            each.cancel()
        await asyncio.gather(*doing, return_exceptions=True)
        if self._timer is not None:
            self._timer.cancel()

    def _give_up(self) -> None:
        """Give back what waits for too long: what was executed before it takes longer than the runs before."""
        self._timer = None
        late = time.monotonic() - BEGIN_S
        while self._waiting and self._waiting[0].claimed_at <= late + 0.001:
            self.pace.note(BEGIN_S)
            self.stop(self._waiting[0], Stop.LATE)
        self.fill_slots()

    def _begin(self, job: Job, *, executes: bool) -> None:
        job.takes_slot = executes
        self._executed += executes
        # Not in the context of the request, or of another job, that has left it the slot.
        job.doing = asyncio.create_task(self._do(job), context=Context())

    def _leave_slot(self, job: Job) -> None:
        if job.takes_slot:
            job.takes_slot = False
            self._executed -= 1
            self.fill_slots()
            self._on_change()

    def _listen_no_more(self, job: Job) -> None:
        """Leave the topic of a submission, once: another attempt of it may be listened for by then."""
        if job.is_listened_for:
            job.is_listened_for = False
            self._store.bell.leave(self.wakeup, job.claim.hold.id)

    async def _do(self, job: Job) -> None:
        hold = job.claim.hold
        try:
            outcome = _ended_early(job, await self._executed_job(job))
            self._listen_no_more(job)
            if isinstance(outcome, GivenBack) and outcome.fault in _OURS:  # it is that of the others, too
                self.stop_all(Stop.LATE, if_waiting=True)
            if outcome is not None:
                self._on_outcome(outcome)
            self._leave_slot(job)
            if outcome is not None:
                await self._settle(job, outcome)
                state = outcome.state if isinstance(outcome, Ended) else GIVEN_BACK
                self._observer.ended(job.claim.kind, state)
        except Exception:
            log.exception("submission %s: its end could not be stored", hold.id)
        finally:
            self._leave_slot(job)
            self._listen_no_more(job)
            job.events.stop()
            self.jobs.discard(job)
            self._on_change()

    async def _executed_job(self, job: Job) -> Outcome | None:
        """Execute a submission, unless it was stopped; return how it has ended, None: it was stopped."""
        if job.stopped is not None:
            return None
        claim, begun = job.claim, time.monotonic()
        job.is_executed = True
        try:
            with tracing.submission_span(
                claim.trace,
                claim.queued_s + begun - job.claimed_at,
                submission=claim.hold.id,
                attempt=claim.hold.attempt,
                kind=claim.kind,
            ):
                outcome = await self._work.do(claim, job.events.add)
                tracing.note(state=outcome.state if isinstance(outcome, Ended) else GIVEN_BACK)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if job.stopped is None or task is None or task.uncancel():  # it is not `Job.stop` that ends us
                raise
            return None
        finally:
            job.is_executed = False
        self.pace.note(time.monotonic() - begun)
        return outcome

    async def _settle(self, job: Job, outcome: Outcome) -> None:
        """Store how a submission has ended, until the store has it or says that it is not ours."""
        hold = job.claim.hold
        for attempt in count():
            try:
                kept = await self._stored(job, outcome, alone=attempt > 0)
            except StoreError as error:
                self._on_store_error(error)
                if job.stopped is Stop.LOST:
                    return
                await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            else:
                if not kept:
                    log.warning("submission %s: attempt %d was over before its end", hold.id, hold.attempt)
                return

    async def _stored(self, job: Job, outcome: Outcome, *, alone: bool) -> bool:
        if isinstance(outcome, GivenBack):
            return await self._calls.call(
                self._store.release,
                job.claim.hold,
                reason=outcome.reason,
                message=outcome.message,
                counted=outcome.counted,
            )
        if not job.events.are_stored:
            await job.events.flush()
        end = End(
            job.claim.hold, outcome.state, outcome.result, outcome.reason, outcome.message, receipt=outcome.receipt
        )
        return await (self._ends.store_alone(end) if alone else self._ends.store(end))


_OURS: Final = frozenset(Fault) - {Fault.SANDBOX, Fault.NONE}


def _ended_early(job: Job, outcome: Outcome | None) -> Outcome | None:
    """Return how a submission has ended, if it was stopped; None: it is not ours any more."""
    match job.stopped:
        case Stop.LOST:
            return None
        case Stop.CANCELLED:
            return Ended(State.CANCELLED)
        case Stop.LATE if outcome is None:
            return GivenBack(Fault.NONE, "its worker had no time for it")
        case Stop.DRAINED if outcome is None or isinstance(outcome, GivenBack):  # that is why it failed
            return GivenBack(Fault.NONE, "its worker was shut down")
    return outcome
