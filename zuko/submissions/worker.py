"""A worker: claims submissions for its free slots, does them, keeps their leases, and stores how they have ended.

    offer ──── one that is being stored ──────┐
    listen ── claim for free slots, and ahead ┴> held ──> work ──> ends, or release (until the store has it)
      ▲                                           │
      └── a ring, a slot that is free, or 2 s     └── every RENEW_S: leases of all; what is lost or cancelled ends

To what this process's API stores while nothing waits, a free slot is offered: it is claimed by being stored. Who waits
for its end may have a program run in that slot first, and store it with its end.
A slot is free as soon as its program has ended: its successor begins while the result is being stored. Only while the
queue is full and runs are short, some are claimed ahead (`ahead.py`): what waits for a worker that is busy could be
done by another.

While the store is away, what runs goes on, and results are kept until it answers. While the Docker host is away, what
ran is given back, and nothing is claimed until it answers again.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from zuko.errors import StoreError
from zuko.execution.executor import Executor
from zuko.execution.submission import Submission
from zuko.submissions.bell import Wakeup
from zuko.submissions.calls import Calls
from zuko.submissions.health import Health
from zuko.submissions.held import GIVEN_BACK, RETRY_S, Held
from zuko.submissions.jobs import Stop
from zuko.submissions.leases import Leases
from zuko.submissions.model import RENEW_S, Claim, Claimer, Kind, State
from zuko.submissions.receipt import Receipts
from zuko.submissions.reports import Reports
from zuko.submissions.speed import Speed
from zuko.submissions.store import QUEUE, Store
from zuko.submissions.work import Ended, Outcome, Work
from zuko.telemetry import tracing

log = logging.getLogger(__name__)

POLL_S: Final = 2.0  # a ring may be missed
HELD_SPARE: Final = 16  # with twice as many as there are slots: results that wait for the store, which may refuse them
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
    # Runs a program that is not stored: its caller stores it with its end, or queues it if it was given back.
    run: "Callable[[Running], Awaitable[Outcome]]"


@dataclass(frozen=True, slots=True)
class Running:
    """A program that is run before its submission is stored."""

    id: str  # of the submission
    tenant: str
    trace: str | None
    program: Submission


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
        self._store = store
        self._executor = executor
        self._observer = executor.observer
        self._slots_max = slots
        self._renew_s = renew_s
        self._work = work
        self._calls = Calls(executor.observer)
        self._speed = speed
        self._health = Health(
            executor,
            receipts,
            speed,
            name=name,
            slots=lambda: self.slots,
            needs_speed=needs_speed,
            refusal=refusal,
        )
        self._held = Held(
            store,
            self._calls,
            work,
            executor.observer,
            slots=lambda: self.slots - len(self._offers),
            on_outcome=self._health.note_outcome,
            on_store_error=self._health.note_store,
            on_change=self._note_change,
        )
        self._leases = Leases(
            store, self._calls, self._held, worker=name, renew_s=renew_s, on_store_error=self._health.note_store
        )
        self._reports = Reports(
            store, self._calls, executor, self._health, speed, name=name, slots=lambda: self.slots,
            needs_speed=needs_speed, on_measured=self._look_again,
        )  # fmt: skip
        self._draining = False
        self._is_cut = False
        self._offers: set[Offer] = set()
        self._wakeup: Wakeup | None = None
        self._may_be_queued = True  # since the last claim, which found no more than was asked for
        self._is_full = False  # the last claim found as much as was asked for
        self._claimed_at = -POLL_S
        self._changed = asyncio.Event()

    @property
    def slots(self) -> int:
        """Submissions that are done at a time; 0: the Docker host has not answered yet."""
        slots = self._executor.slots
        return slots if self._slots_max is None else min(slots, self._slots_max)

    @property
    def running(self) -> int:
        """Submissions that this worker holds."""
        return len(self._held.jobs)

    @property
    def stages(self) -> dict[str, int]:
        """Return how many submissions it holds, by stage: they wait for a slot, run, or their end is being stored."""
        waiting, running = self._held.waiting, self._held.executed
        return {"waiting": waiting, "running": running, "ending": max(self.running - waiting - running, 0)}

    @property
    def is_claiming(self) -> bool:
        """Return whether nothing keeps it from claiming submissions."""
        return self.problem is None and self.slots > 0 and not self._draining

    @property
    def factor(self) -> float | None:
        """The time of the reference program here, over that on the reference machine; None: unknown."""
        return self._speed.factor

    @property
    def problem(self) -> str | None:
        """Why nothing is claimed."""
        return self._health.problem

    @property
    def store_problem(self) -> StoreError | None:
        """The failure of the store, if that is why nothing is claimed."""
        return self._health.store_problem

    def offer(self) -> Offer | None:
        """Return a free slot, to be withdrawn; None: there is none, or others may wait for it. In the event loop."""
        if (
            self._wakeup is None
            or self._wakeup.is_rung
            or self._may_be_queued
            or self._draining
            or not self._health.is_good
            or self._free_slots() <= 0
        ):
            return None
        loop = asyncio.get_running_loop()

        offer = Offer(
            Claimer(self.name, self._health.languages),
            lambda claim: _call_soon(loop, lambda: self._held.take(claim, at_once=True)),
            self._run,
        )
        self._offers.add(offer)
        return offer

    def withdraw(self, offer: Offer) -> None:
        """Take an offer back, once it was accepted or was not. In the event loop."""
        self._offers.discard(offer)
        self._held.fill_slots()
        self._changed.set()
        if self._may_be_queued or self._draining:  # else there is nothing that the slot could be for
            self._look_again()

    def is_doing(self, tenant: str, submission_id: str) -> bool:
        """Return whether a submission of a tenant runs here, and its end is not being stored yet. In the event loop."""
        return any(
            job.takes_slot and job.claim.hold.id == submission_id and job.claim.tenant == tenant
            for job in self._held.jobs
        )

    def drain(self) -> None:
        """Claim nothing more; `run` ends when what is held has ended. In the event loop."""
        self._draining = self._reports.draining = True
        self._look_again()

    def cut(self) -> None:
        """End what runs, and give it back. In the event loop."""
        self.drain()
        self._is_cut = True
        self._held.stop_all(Stop.DRAINED)

    async def run(self) -> None:
        """Work until `drain`. When the task is cancelled, all that is held is given back first."""
        upkeep = [
            asyncio.create_task(each)
            for each in (self._leases.keep(), self._reports.keep_reporting(), self._reports.keep_measuring())
        ]
        try:
            with self._store.bell.listening(QUEUE) as self._wakeup:
                while not self._draining:
                    try:
                        pause_s = await self._claim()
                    except Exception as error:  # a bug, here or in a driver; no one would miss a worker that ends
                        log.exception("submissions could not be claimed")
                        self._health.note_problem(f"internal error ({type(error).__name__})")
                        self._health.pause(pause_s := BUG_S)
                    await self._wakeup.wait(pause_s)
                while self._held.jobs or self._offers:
                    self._changed.clear()
                    await self._changed.wait()
        finally:
            self._draining = True
            await self._held.cancel(CUT_S)
            for each in upkeep:
                each.cancel()
            await asyncio.gather(*upkeep, return_exceptions=True)
            with contextlib.suppress(Exception):  # it is forgotten within a minute anyway
                async with asyncio.timeout(1):
                    await self._calls.call(self._store.leave, self.name)
            self._calls.close()

    async def _run(self, running: Running) -> Outcome:
        """Run a program in a slot that was offered."""
        begun, state = time.monotonic(), str(State.CANCELLED)
        self._observer.claimed(Kind.EXECUTE, 0.0)
        try:
            with tracing.submission_span(running.trace, 0.0, submission=running.id, attempt=1, kind=Kind.EXECUTE):
                outcome = await self._work.run(running.id, running.tenant, running.program)
                state = outcome.state if isinstance(outcome, Ended) else GIVEN_BACK
                tracing.note(state=state)
        finally:
            self._observer.ended(Kind.EXECUTE, state)
        self._held.pace.note(time.monotonic() - begun)
        self._health.note_outcome(outcome)
        return outcome

    async def _claim(self) -> float:
        """Claim what there are free slots for; return how long to wait for a ring before the next look."""
        if (left_s := self._health.paused_s) > 0:
            return left_s
        surveys = self._health.surveys
        if not await self._health.check():
            return max(self._health.paused_s, 0.05)
        now = time.monotonic()
        if self._health.surveys != surveys or (self._wakeup is not None and self._wakeup.take_rings()):
            self._may_be_queued = True
        limit = self._limit()
        if limit <= 0 or self._draining or not (self._may_be_queued or now - self._claimed_at >= POLL_S):
            return POLL_S
        # Until the store has answered: what it gives needs the slots, so none of them is offered.
        self._may_be_queued, self._claimed_at = True, now
        try:
            claims = await self._calls.call(self._store.claim, self.name, self._health.languages, limit)
        except StoreError as error:
            self._health.note_store(error)
            return RETRY_S[-1]
        self._health.note_store(None)
        self._is_full = len(claims) == limit
        self._may_be_queued = self._is_full or not self._store.claims_all
        for claim in claims:
            self._held.take(claim)
        if self._is_cut:
            self._held.stop_all(Stop.DRAINED)
        if (
            claims and time.monotonic() - now > self._renew_s
        ):  # the store was slow, and their leases are shorter by that
            self._held.wakeup.ring_here()
        return POLL_S

    def _limit(self) -> int:
        """Return how many submissions to claim now."""
        limit = self._free_slots()
        if self._is_full and self._may_be_queued and self._held.may_claim_ahead:
            ahead = self._held.pace.ahead(self.slots)
            if self._held.waiting <= ahead // 2:
                limit += ahead
        return min(limit, 2 * self.slots + HELD_SPARE - len(self._offers) - len(self._held.jobs))

    def _free_slots(self) -> int:
        return self.slots - len(self._offers) - self._held.executed - self._held.waiting

    def _note_change(self) -> None:
        self._changed.set()
        self._look_again()

    def _look_again(self) -> None:
        if self._wakeup is not None:
            self._wakeup.ring_here()


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended: the lease will, too
        loop.call_soon_threadsafe(call)
