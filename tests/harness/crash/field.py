"""The processes of a crash test, and a comparison of the store with their records afterwards."""

import contextlib
import itertools
import json
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests import ROOT
from tests.harness.crash.submitter_process import NOOP_S
from tests.harness.crash.worker_process import NOOP
from tests.harness.preloaded import Preloaded
from tests.harness.receiver import SECRET, Receiver
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.errors import StoreError
from zuko.submissions.make import make_store
from zuko.submissions.model import LOSSES_MAX, Attempt, NewSubmission, State, StoredSubmission
from zuko.submissions.store import Store

LEASE_S = 3.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal."""

    what: str  # claim, finish, refused
    id: str
    attempt: int
    pid: int
    at: float
    waited_s: float


@dataclass
class Figures:
    """The figures of a crash test."""

    acknowledged: int
    lost: int
    results: int  # of all that were acknowledged
    webhooks: int  # that came, the same one twice included
    attempts_lost: int
    refused: int  # results that came too late
    redelivery_s: list[float] = field(default_factory=list)  # from a kill to the next claim

    def row(self) -> str:
        again = self.redelivery_s
        times = f"{statistics.median(again):5.1f} / {max(again):4.1f}" if again else "  -"
        return (
            f"{self.acknowledged:12} {self.lost:5} {self.results:8} {self.webhooks:9} {self.attempts_lost:8}"
            f" {self.refused:8}   {times}"
        )

    HEAD = "acknowledged  lost  results  webhooks  retried  refused   redelivery s, median / worst"


class Field:
    """Workers and submitters of one store; all have ended when its context is left.

    Args:
        url: of the store.
        directory: for the records.
        lease_s: of every worker.
        receiver: of a webhook of each submission of a submitter; None: they have none.
    """

    def __init__(
        self, url: str, directory: Path, lease_s: float = LEASE_S, *, receiver: Receiver | None = None
    ) -> None:
        self.url = url
        self.lease_s = lease_s
        self.receiver = receiver
        self.journal = directory / "journal"
        self.acknowledged = directory / "acknowledged"
        self.log = directory / "log"
        self.killed: dict[int, float] = {}  # when each process was
        self._processes: list[subprocess.Popen[bytes]] = []
        self._store: Store | None = None
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.journal.touch()
        self.acknowledged.touch()
        self._store = make_store(self.url)
        self._store.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._store is not None:
            self._store.close()

    @property
    def store(self) -> Store:
        """The store of the test itself."""
        assert self._store is not None
        return self._store

    def worker(self, kind: str = NOOP, slots: int = 2, **env: str) -> subprocess.Popen[bytes]:
        """Start a worker."""
        return self._start("worker_process", self.url, self.lease_s, self.journal, kind, slots, **env)

    def submitter(self, start: int, count: int, rate: float) -> subprocess.Popen[bytes]:
        """Start a client with so many submissions, so many a second."""
        webhook = [] if self.receiver is None else [self.receiver.url()]
        return self._start("submitter_process", self.server.url, self.acknowledged, start, count, rate, *webhook)

    def serve(self) -> Server:
        """Start a server, which does no submissions itself."""
        env = {"ZUKO_STORE": self.url, "ZUKO_WORKER_SLOTS": "0", "ZUKO_CONCURRENCY": "1", "ZUKO_READY_SANDBOXES": "1"}
        self.server = self._stack.enter_context(Server(env | self._webhook_settings))
        wait_for(lambda: self.server.get_status("/healthz") == 200, 60, "the server to answer")
        return self.server

    def kill_server(self) -> None:
        """Kill the server, and start another on its port."""
        self.server.process.kill()
        self.server.process.wait()
        self.server.start()

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process."""
        process.kill()
        self.killed[process.pid] = time.time()
        process.wait()

    def kill_in_turn(self, kinds: list[tuple[str, int]], every_s: float) -> Iterator[None]:
        """Start workers; at each step, wait, kill the oldest one that works, and start another in its place.

        One that works is left of each kind: how long a process takes to start is not what is measured. One that has a
        submission at that moment comes first, and is waited for a little: the death of an idle one shows nothing. One
        that has the last attempt of a submission is left alone: its death would end the submission without a result.
        """
        workers = [(kind, slots, self.worker(kind, slots)) for kind, slots in kinds]
        while True:
            time.sleep(every_s)
            pids = {entry.pid for entry in self.entries()}
            at_work = [each for each in workers if each[2].pid in pids]
            spare = [each for each in at_work if sum(other[0] == each[0] for other in at_work) > 1]
            deadline = time.monotonic() + every_s / 2
            while True:
                attempts = self.attempts_at_work()
                mortal = [each for each in spare if attempts.get(each[2].pid, 0) < LOSSES_MAX]
                busy = [each for each in mortal if each[2].pid in attempts]
                if busy or not spare or time.monotonic() > deadline:
                    break
                time.sleep(0.01)  # a claim is a line of the journal, which has no event
            for kind, slots, process in (busy or mortal)[:1]:
                self.kill(process)
                workers = [each for each in workers if each[2] is not process]
                workers.append((kind, slots, self.worker(kind, slots)))
            yield

    def numbers(self) -> dict[int, str]:
        """Return the ids that were acknowledged, by number."""
        lines = [line.split() for line in self.acknowledged.read_text().splitlines()]
        found: dict[int, str] = {}
        for number, submission_id in lines:
            assert found.setdefault(int(number), submission_id) == submission_id, "a key was stored twice"
        return found

    def entries(self) -> list[Entry]:
        """Return the journal."""
        found = []
        for line in self.journal.read_text().splitlines():
            what, submission_id, attempt, pid, at, waited_s = line.split()
            found.append(Entry(what, submission_id, int(attempt), int(pid), float(at), float(waited_s)))
        return found

    def attempts_at_work(self) -> dict[int, int]:
        """Return the workers that have claimed what they have not ended, by pid, and the highest of these attempts."""
        open_claims: dict[tuple[str, int], int] = {}
        for entry in self.entries():
            if entry.what == "claim":
                open_claims[entry.id, entry.attempt] = entry.pid
            else:
                open_claims.pop((entry.id, entry.attempt), None)
        highest: dict[int, int] = {}
        for (_, attempt), pid in open_claims.items():
            highest[pid] = max(attempt, highest.get(pid, 0))
        return highest

    def wait_until_done(self, ids: list[str], timeout_s: float, tenant: str = "") -> None:
        """Wait until all of these have ended."""
        self._wait_for_all(ids, lambda found: found.state.is_final, timeout_s, "every submission to end", tenant)

    def wait_for_webhooks(self, ids: list[str], timeout_s: float) -> None:
        """Wait until the webhooks of all of these are delivered."""

        def is_delivered(found: StoredSubmission) -> bool:
            return found.webhook is not None and found.webhook.state == "delivered"

        self._wait_for_all(ids, is_delivered, timeout_s, "every webhook to be delivered")

    def _wait_for_all(
        self, ids: list[str], is_so: Callable[[StoredSubmission], bool], timeout_s: float, what: str, tenant: str = ""
    ) -> None:
        left = dict.fromkeys(ids)

        def all_are() -> bool:
            for submission_id in list(left):
                with contextlib.suppress(StoreError):
                    found = self.store.get(tenant, submission_id)
                    if found is not None and not is_so(found):
                        return False
                    left.pop(submission_id)
            return not left

        wait_for(all_are, timeout_s, what, lambda: f"{len(left)} left: {self.tail()}")

    def tail(self) -> str:
        """Return the end of the processes' log."""
        return self.log.read_text()[-1500:]

    def figures(self) -> Figures:
        """Compare what was acknowledged with what the store has.

        Every acknowledged id is there, is done, has exactly one result, and that is the result of its own program.
        """
        numbers = self.numbers()
        attempts = {submission_id: self.store.attempts("", submission_id) for submission_id in numbers.values()}
        lost = [number for number, submission_id in numbers.items() if not attempts[submission_id]]
        results = 0
        for number, submission_id in numbers.items():
            done = [each for each in attempts[submission_id] or () if each.state is State.DONE]
            results += len(done)
            for each in done:
                check_result(number, each)
        return Figures(
            acknowledged=len(numbers),
            lost=len(lost),
            results=results,
            webhooks=len(self.receiver.received) if self.receiver is not None else 0,
            attempts_lost=sum(len(each or ()) - 1 for each in attempts.values()),
            refused=sum(entry.what == "refused" for entry in self.entries()),
            redelivery_s=self._redeliveries(),
        )

    def _redeliveries(self) -> list[float]:
        """Return for each attempt whose worker was killed how long after that the next one began, s."""
        claims = sorted((each for each in self.entries() if each.what == "claim"), key=lambda each: each.at)
        ended = {(each.id, each.attempt) for each in self.entries() if each.what == "finish"}
        by_id: dict[str, list[Entry]] = {}
        for claim in claims:
            by_id.setdefault(claim.id, []).append(claim)
        return [
            after.at - self.killed[before.pid]
            for each in by_id.values()
            for before, after in itertools.pairwise(each)
            if before.pid in self.killed and (before.id, before.attempt) not in ended
        ]

    @property
    def _webhook_settings(self) -> dict[str, str]:
        if self.receiver is None:
            return {}
        return {"ZUKO_WEBHOOK_SECRETS": SECRET, "ZUKO_WEBHOOK_ALLOW_PRIVATE": "true"}

    def _start(self, module: str, *arguments: object, **env: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = Preloaded(
                f"tests.harness.crash.{module}",
                *arguments,
                cwd=ROOT,
                env={**os.environ, **self._webhook_settings, **env},
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process


def check_result(number: int, attempt: Attempt) -> None:
    """Check that a result is that of the submission of a number (`submitter_process.submission`)."""
    result = json.loads(attempt.result or "null")
    if "verdict" in result:
        assert (result["verdict"], len(result["cases"])) == ("AC", 3), result
    elif result["stdout"].startswith(f"{NOOP_S} "):
        assert result["stdout"] == f"{NOOP_S} {number}"
    else:
        assert (result["status"], result["stdout"]) == ("OK", f"{number}\n"), result


def check_one_result(field: Field, submission: NewSubmission) -> None:
    """Check that a submission is done, once, with the result of its own program: `sleep X` prints X."""
    attempts = field.store.attempts(submission.tenant, submission.id) or []
    (done,) = [each for each in attempts if each.state is State.DONE]
    code: str = json.loads(submission.request.document)["code"]
    assert json.loads(done.result or "")["stdout"] == code.partition(" ")[2]


def migrate(url: str) -> None:
    """Make the schema of a new database."""
    store = make_store(url)
    store.migrate()
    store.close()


def check_webhooks(field: Field, ids: list[str]) -> None:
    """Check that the ends of these, and of no others, were received: once, or again under the same `webhook-id`."""
    assert field.receiver is not None
    ends: dict[str, str] = {}
    for each in field.receiver.received:
        data = each.verified(SECRET)["data"]
        found = field.store.get("", data["id"])
        assert found is not None
        assert data["result"] == json.loads(found.result or "")
        assert ends.setdefault(found.id, each.headers["webhook-id"]) == each.headers["webhook-id"]
    assert sorted(ends) == sorted(ids)
