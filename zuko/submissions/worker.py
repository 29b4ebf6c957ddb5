"""A worker: claims submissions for its free slots, does them, keeps their leases, and stores how they have ended.

    offer ──── one that is being stored ────┐
    listen ── claim one for each free slot ─┴─> work ──> finish or release (until the store says that it has it)
      ▲                                         │
      └── a ring, a slot that is free, or 2 s   └── every RENEW_S: leases of all; what is lost or cancelled ends

To what this process's API stores while nothing waits, a free slot is offered: it is claimed by being stored.
A slot is free as soon as its program has ended: its successor is claimed while the result is being stored. Nothing is
claimed ahead, as what waits for a worker that is busy could be done by another.

While the store is away, what runs goes on, and results are kept until it answers. While the Docker host is away, what
ran is given back, and nothing is claimed until it answers again.
"""

import asyncio
import contextlib
import logging
import os
import random
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

import zuko
from zuko.errors import StoreError, UnavailableError
from zuko.execution.executor import Executor
from zuko.submissions.bell import Wakeup
from zuko.submissions.jobs import Events, Job, Stop
from zuko.submissions.model import RENEW_S, Claim, Claimer, Event, Hold, State, WorkerInfo
from zuko.submissions.receipt import Receipts
from zuko.submissions.speed import Speed
from zuko.submissions.store import QUEUE, Store
from zuko.submissions.work import Ended, Fault, GivenBack, Outcome, Work

log = logging.getLogger(__name__)

POLL_S: Final = 2.0  # a ring may be missed
BEAT_S: Final = 10.0
SURVEY_S: Final = 60.0  # between two looks at the images
MEASURE_S: Final = 600.0  # between two measurements of the speed
MEASURE_AFTER_S: Final = 5.0  # from the start to the first one, unless it is waited for
URGENT_S: Final = 0.5  # between two renewals because of rings
RETRY_S: Final = (0.1, 0.2, 0.5, 1.0)  # pauses while the store does not answer; the last one again and again
PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0)  # while the Docker host does not answer
_RANDOM: Final = random.SystemRandom()
HELD_SPARE: Final = 8  # with as many again as there are slots: results that wait for the store, which may refuse them
BUG_S: Final = 4.0  # pause after an error that no one expects
CUT_S: Final = 5.0  # for giving back what has not ended in time


def worker_name() -> str:
    """Return a name that no other worker has."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


@dataclass(eq=False, slots=True)
class Offer:
    """A free slot, for a submission that is being stored."""

    claimer: Claimer
    accept: Callable[[Claim], None]  # begins the submission that was claimed; from any thread


class Worker:
    """Does stored submissions with an executor, which others may use as well.

    Args:
        store: open.
        executor: open.
        work: does one submission.
        receipts: get the version of the engine.
        speed: is measured now and then.
        name: of this worker.
        slots: submissions at a time; None: as many as the executor runs programs.
        renew_s: between two renewals of the leases.
        needs_speed: whether nothing is claimed before the speed is known.
        refusal: returns why this worker has to leave the Docker host to another one; None: it has not. May block.
    """

    def __init__(
        self,
        store: Store,
        executor: Executor,
        work: Work,
        receipts: Receipts,
        speed: Speed,
        *,
        name: str,
        slots: int | None = None,
        renew_s: float = RENEW_S,
        needs_speed: bool = False,
        refusal: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.name = name
        self.problem: str | None = None  # why nothing is claimed
        self.store_problem: StoreError | None = None  # of those, the failure of the store
        self._store = store
        self._executor = executor
        self._work = work
        self._receipts = receipts
        self._speed = speed
        self._slots_max = slots
        self._renew_s = renew_s
        self._needs_speed = needs_speed
        self._refusal = refusal
        # The renewal never waits for a thread that another call of the store has.
        self._threads = ThreadPoolExecutor(3, "zuko-worker")
        self._lease_thread = ThreadPoolExecutor(1, "zuko-leases")
        self._jobs: set[Job] = set()
        self._languages: frozenset[str] = frozenset()  # that the Docker host has images of
        self._surveyed_at = -SURVEY_S
        self._failures = 0  # of the Docker host, one after another
        self._paused_until = 0.0
        self._probe_first = True
        self._draining = False
        self._offers: set[Offer] = set()
        self._wakeup: Wakeup | None = None
        self._may_be_queued = True  # since the last claim, which found no more than there were free slots
        self._claimed_at = -POLL_S
        self._changed = asyncio.Event()

    @property
    def slots(self) -> int:
        """Submissions that are done at a time; 0: the Docker host has not answered yet."""
        slots = self._executor.status().slots
        return slots if self._slots_max is None else min(slots, self._slots_max)

    @property
    def running(self) -> int:
        """Submissions that this worker holds."""
        return len(self._jobs)

    def offer(self) -> Offer | None:
        """Return a free slot, to be withdrawn; None: there is none, or others may wait for it. In the event loop."""
        now = time.monotonic()
        if (
            self._wakeup is None
            or self._wakeup.is_rung
            or self._may_be_queued
            or self._draining
            or self.problem is not None
            or self._paused_until > now
            or self._probe_first
            or now - self._surveyed_at >= SURVEY_S
            or self._free_slots() <= 0
        ):
            return None
        loop = asyncio.get_running_loop()
        offer = Offer(Claimer(self.name, self._languages), lambda claim: _call_soon(loop, self._begin, claim))
        self._offers.add(offer)
        return offer

    def withdraw(self, offer: Offer) -> None:
        """Take an offer back, once it was accepted or was not. In the event loop."""
        self._offers.discard(offer)
        self._changed.set()
        self._look_again()

    def is_doing(self, tenant: str, submission_id: str) -> bool:
        """Return whether a submission of a tenant runs here, and its end is not being stored yet. In the event loop."""
        return any(
            job.takes_slot and job.claim.hold.id == submission_id and job.claim.tenant == tenant for job in self._jobs
        )

    def drain(self) -> None:
        """Claim nothing more; `run` ends when what is held has ended. In the event loop."""
        self._draining = True
        self._look_again()

    def cut(self) -> None:
        """End what runs, and give it back. In the event loop."""
        self.drain()
        for job in self._jobs:
            job.stop(Stop.DRAINED)

    async def run(self) -> None:
        """Work until `drain`. When the task is cancelled, all that is held is given back first."""
        self._jobs_wakeup = Wakeup()  # something has happened to one of them: it may be cancelled
        upkeep = [asyncio.create_task(each()) for each in (self._keep_leases, self._keep_reporting, self._keep_speed)]
        try:
            with self._store.bell.listening(QUEUE) as self._wakeup:
                while not self._draining:
                    try:
                        pause_s = await self._claim()
                    except Exception as error:  # a bug, here or in a driver; no one would miss a worker that ends
                        log.exception("submissions could not be claimed")
                        self._note_problem(f"internal error ({type(error).__name__})")
                        self._pause(pause_s := BUG_S)
                    await self._wakeup.wait(pause_s)
                while self._jobs or self._offers:
                    self._changed.clear()
                    await self._changed.wait()
        finally:
            self.cut()
            doing = {job.doing for job in self._jobs if job.doing is not None}
            if doing:
                await asyncio.wait(doing, timeout=CUT_S)
            for each in (*doing, *upkeep):
                each.cancel()
            await asyncio.gather(*doing, *upkeep, return_exceptions=True)
            with contextlib.suppress(Exception):  # it is forgotten within a minute anyway
                async with asyncio.timeout(1):
                    await self._call(self._store.leave, self.name)
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._lease_thread.shutdown(wait=False, cancel_futures=True)

    # --- claiming -----------------------------------------------------------------------------------------------------

    async def _claim(self) -> float:
        """Claim what there are free slots for; return how long to wait for a ring before the next look."""
        if (left_s := self._paused_until - time.monotonic()) > 0:
            return left_s
        if not await self._is_well():
            return max(self._paused_until - time.monotonic(), 0.05)
        now = time.monotonic()
        if self._wakeup is not None and self._wakeup.take_rings():
            self._may_be_queued = True
        free = self._free_slots()
        if free <= 0 or self._draining or not (self._may_be_queued or now - self._claimed_at >= POLL_S):
            return POLL_S
        self._may_be_queued, self._claimed_at = False, now
        try:
            claims = await self._call(self._store.claim, self.name, self._languages, free)
        except BaseException as error:
            self._may_be_queued = True
            if not isinstance(error, StoreError):
                raise
            self._note_store(error)
            return RETRY_S[-1]
        self._note_store(None)
        self._may_be_queued |= len(claims) == free or not self._store.claims_all
        for claim in claims:
            self._begin(claim)
        return POLL_S

    def _free_slots(self) -> int:
        slots = self.slots
        free = slots - len(self._offers) - sum(job.takes_slot for job in self._jobs)
        return min(free, 2 * slots + HELD_SPARE - len(self._offers) - len(self._jobs))

    async def _is_well(self) -> bool:
        """Return whether submissions can be done: the Docker host answers, and has images."""
        if self.slots == 0:
            self._pause(0.1 if self._executor.status().last_error is None else 1.0)
            return False
        if self._probe_first or time.monotonic() - self._surveyed_at >= SURVEY_S:
            try:
                await asyncio.to_thread(self._survey)
            except UnavailableError as error:
                self._note_problem(str(error))
                self._pause_for_engine()
                return False
        if not self._languages:
            self._note_problem("the Docker host has no image of a language")
            self._pause(PAUSES_S[-1])
            return False
        if self._needs_speed and self._speed.factor is None:
            self._note_problem("the speed of this machine is not known yet")
            self._pause(0.2)
            return False
        return True

    def _survey(self) -> None:
        """Look at the Docker host, in a thread.

        Raises:
            UnavailableError: it does not answer, or others use its cores.
        """
        if (refusal := self._refusal()) is not None:
            raise UnavailableError(refusal)
        self._receipts.engine_version = self._executor.engine_version()
        languages = self._executor.languages_present()
        if languages != self._languages:
            log.info("worker %s: %d at a time, of %s", self.name, self.slots, ", ".join(sorted(languages)) or "nothing")
        self._languages = languages
        self._surveyed_at = time.monotonic()
        self._probe_first = False
        self._may_be_queued = True

    def _begin(self, claim: Claim) -> None:
        for job in self._jobs:
            if job.claim.hold.id == claim.hold.id:  # it was lost to ourselves
                job.stop(Stop.LOST)
        job = Job(claim, Events(claim.hold, self._add_events))
        self._jobs.add(job)
        job.doing = asyncio.create_task(self._do(job))

    # --- doing --------------------------------------------------------------------------------------------------------

    async def _do(self, job: Job) -> None:
        hold = job.claim.hold
        try:
            outcome = await self._worked(job)
            job.takes_slot = False
            self._look_again()
            if outcome is not None:
                self._note_outcome(outcome)
                await self._settle(job, outcome)
        except Exception:
            log.exception("submission %s: its end could not be stored", hold.id)
        finally:
            job.takes_slot = False
            job.events.stop()
            self._jobs.discard(job)
            self._changed.set()
            self._look_again()

    async def _worked(self, job: Job) -> Outcome | None:
        """Return how a submission has ended; None: it is not ours any more."""
        working: asyncio.Task[Outcome] = asyncio.create_task(self._work.do(job.claim, job.events.add))
        job.working = working
        if job.stopped is not None:
            working.cancel()
        bell, topic = self._store.bell, job.claim.hold.id
        bell.listen(self._jobs_wakeup, topic)
        try:
            await asyncio.wait({working})
        except asyncio.CancelledError:
            working.cancel()
            await asyncio.wait({working})
            raise
        finally:
            bell.leave(self._jobs_wakeup, topic)
        match job.stopped:
            case Stop.LOST:
                return None
            case Stop.CANCELLED:
                return Ended(State.CANCELLED)
            case Stop.DRAINED if working.cancelled():
                return GivenBack(Fault.NONE, "its worker was shut down")
        outcome = working.result()
        if job.stopped is Stop.DRAINED and isinstance(outcome, GivenBack):
            return GivenBack(Fault.NONE, "its worker was shut down")  # that is why it failed
        return outcome

    async def _settle(self, job: Job, outcome: Outcome) -> None:
        """Store how a submission has ended, until the store has it or says that it is not ours."""
        hold = job.claim.hold
        for attempt in range(1 << 30):
            try:
                if isinstance(outcome, Ended):
                    await job.events.flush()
                    kept = await self._call(
                        self._store.finish,
                        hold,
                        outcome.state,
                        result=outcome.result,
                        reason=outcome.reason,
                        message=outcome.message,
                        receipt=outcome.receipt,
                    )
                else:
                    kept = await self._call(
                        self._store.release,
                        hold,
                        reason=outcome.reason,
                        message=outcome.message,
                        counted=outcome.counted,
                    )
            except StoreError as error:
                self._note_store(error)
                if job.stopped is Stop.LOST:
                    return
                await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            else:
                if not kept:
                    log.warning("submission %s: attempt %d was over before its end", hold.id, hold.attempt)
                return

    def _note_outcome(self, outcome: Outcome) -> None:
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
                self._pause(PAUSES_S[0] * _RANDOM.uniform(0.5, 1))  # it may be claimed again, by this worker
            case Fault.CAPACITY | Fault.STORE:
                self._pause(PAUSES_S[0] * _RANDOM.uniform(0.5, 1))

    def _pause_for_engine(self) -> None:
        self._probe_first = True
        self._pause(PAUSES_S[min(self._failures, len(PAUSES_S) - 1)])
        self._failures += 1

    def _pause(self, pause_s: float) -> None:
        self._paused_until = time.monotonic() + pause_s

    # --- leases, reports, speed ---------------------------------------------------------------------------------------

    async def _keep_leases(self) -> None:
        pause_s = self._renew_s
        while True:
            renewed_at = time.monotonic()
            await self._jobs_wakeup.wait(pause_s)
            if (early_s := renewed_at + URGENT_S - time.monotonic()) > 0:
                await asyncio.sleep(min(early_s, self._renew_s))  # our own events ring as well
            # After an outage leases count again soon.
            pause_s = self._renew_s if await self._renew() else min(self._renew_s, RETRY_S[-1])

    async def _renew(self) -> bool:
        """Renew all leases; False: the store did not do it."""
        jobs = {job.claim.hold: job for job in self._jobs}
        if not jobs:
            return True
        try:
            renewal = await self._in(self._lease_thread, self._store.renew, self.name, list(jobs))
        except StoreError as error:
            self._note_store(error)
            return False
        except Exception:
            log.exception("leases could not be renewed")
            return False
        for hold, job in jobs.items():
            if job not in self._jobs:
                continue  # it has ended meanwhile
            if hold.id in renewal.lost:
                job.stop(Stop.LOST)
            elif hold.id in renewal.cancelled:
                job.stop(Stop.CANCELLED)
        return True

    async def _keep_reporting(self) -> None:
        while True:
            info = WorkerInfo(
                name=self.name,
                host=socket.gethostname(),
                slots=self.slots,
                languages=tuple(sorted(self._languages)),
                factor=self._speed.factor,
                version=zuko.__version__,
                draining=self._draining,
            )
            try:
                await self._in(self._lease_thread, self._store.beat, info)
            except StoreError:  # what claims reports it
                pass
            except Exception:
                log.exception("the worker could not be reported")
            await asyncio.sleep(BEAT_S if info.slots else 1.0)

    async def _keep_speed(self) -> None:
        await asyncio.sleep(0 if self._needs_speed else MEASURE_AFTER_S)
        while not self._draining:
            status = self._executor.status()
            if status.slots and status.ready and (self._needs_speed or not status.busy):
                try:
                    await self._speed.measure()
                except Exception:
                    log.exception("the speed of this machine could not be measured")
                if self._speed.factor is not None:
                    self._look_again()
                    await asyncio.sleep(MEASURE_S * _RANDOM.uniform(0.8, 1.2))
            await asyncio.sleep(0.2 if self._needs_speed else MEASURE_AFTER_S)

    # --- calls of the store -------------------------------------------------------------------------------------------

    async def _add_events(self, hold: Hold, events: Sequence[Event]) -> bool:
        return await self._call(self._store.add_events, hold, events)

    def _call[**P, T](self, method: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> Awaitable[T]:
        return self._in(self._threads, method, *arguments, **named)

    @staticmethod
    def _in[**P, T](
        threads: ThreadPoolExecutor, method: Callable[P, T], *arguments: P.args, **named: P.kwargs
    ) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(threads, partial(method, *arguments, **named))

    def _look_again(self) -> None:
        if self._wakeup is not None:
            self._wakeup.ring_here()

    def _note_store(self, error: StoreError | None) -> None:
        self.store_problem = error
        self._note_problem(None if error is None else str(error))

    def _note_problem(self, problem: str | None) -> None:
        if problem is not None and problem != self.problem:
            log.warning("no submissions are claimed: %s", problem)
        elif problem is None and self.problem is not None:
            log.info("submissions are claimed again; before: %s", self.problem)
        self.problem = problem


def _call_soon[*Ts](loop: asyncio.AbstractEventLoop, call: Callable[[*Ts], object], *arguments: *Ts) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended: the lease will, too
        loop.call_soon_threadsafe(call, *arguments)
