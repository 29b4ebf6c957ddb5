"""An executor without an engine, and stores in files, for tests of workers."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any, Self, cast

from tests.harness.store_claims.values import new_submission
from zuko.errors import MissingProblemError, UnreachableError, ZukoError
from zuko.execution.accounts import Accounts
from zuko.execution.executor import Executor
from zuko.execution.host import Probe
from zuko.execution.submission import JudgeJob, Submission
from zuko.pool.source import PoolStatus
from zuko.problem import CaseResult, Judgement, Verdict
from zuko.settings import Settings
from zuko.submissions.model import Kind, NewSubmission, ProblemRef
from zuko.submissions.parts import divide
from zuko.submissions.receipt import Receipts
from zuko.submissions.recent import RecentParts
from zuko.submissions.speed import OUTPUT, PROGRAM, Speed
from zuko.submissions.store import Store
from zuko.submissions.work import Work
from zuko.submissions.worker import Offer, Worker
from zuko.telemetry.observer import Observer
from zuko.types import CpuSource, Execution, Reason, Status, Usage
from zuko.wire.judge import JudgeRequest

USAGE = Usage(wall_time_ns=30_000_000, cpu_time_ns=20_000_000, peak_rss_bytes=8 << 20, cpu_source=CpuSource.CGROUP_V2)


class Parts:
    """The parts of an executor that are not about programs: all that a service without any needs of it."""

    def __init__(self) -> None:
        self.accounts = Accounts()
        self.observer = Observer()


class FakeExecutor(Parts):
    """Answers by a program's source: `print X`, `sleep S`, `break`, `bug`, `kill`. The engine is there, or not.

    It is its own Docker host.
    """

    def __init__(self, slots: int = 2) -> None:
        super().__init__()
        self.settings = Settings(store="none")
        self.slots = slots
        self.engine_is_there = True
        self.error: ZukoError | None = None
        self.running = 0
        self.most_running = 0
        self.executed: list[Submission] = []
        self.judgement: Judgement | None = None
        self.languages = frozenset({"python"})

    @property
    def as_executor(self) -> Executor:
        return cast(Executor, self)

    @property
    def host(self) -> Self:
        return self

    def status(self, _: object = None) -> PoolStatus:
        return PoolStatus(self.slots, 2, 0, self.running, 0, False, None)

    @property
    def busy(self) -> int:
        return self.running

    def hello(self, _: object = None) -> None:
        return None

    def probe(self) -> Probe:
        return Probe("1", True, None) if self.engine_is_there else Probe(None, None, "it is away")

    def version(self) -> str:
        if not self.engine_is_there:
            raise UnreachableError("the Docker host is away")
        return "1"

    def languages_present(self) -> frozenset[str]:
        return self.languages

    async def execute(self, submission: Submission, *, is_counted: bool = True) -> Execution:
        assert is_counted is (submission.files[0].content != PROGRAM)
        code = submission.files[0].content
        if code == PROGRAM:
            return Execution(Status.OK, stdout=OUTPUT, usage=USAGE)
        self.executed.append(submission)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            if not self.engine_is_there:
                raise UnreachableError("the Docker host is away")
            if self.error is not None:
                raise self.error
            word, _, rest = code.decode().partition(" ")
            match word:
                case "sleep":
                    await asyncio.sleep(float(rest.split()[0]))
                case "break":
                    return Execution(
                        Status.ERROR, Reason.SANDBOX_ERROR, "the sandbox failed, not the program: it ended"
                    )
                case "bug":
                    raise ValueError(rest)
                case "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
            return Execution(Status.OK, stdout=rest, exit_code=0, usage=USAGE)
        finally:
            self.running -= 1

    async def judge(self, job: Any, *, deadline: float, on_result: Callable[[CaseResult], None]) -> Judgement:
        assert deadline
        for case in self.judgement.cases if self.judgement else ():
            on_result(case)
            await asyncio.sleep(0)
        assert self.judgement is not None, job
        return self.judgement


class NoProblems:
    """Stored problems, of which there are none."""

    def job_of(self, _: JudgeRequest, tenant: str, ref: ProblemRef) -> JudgeJob:
        raise MissingProblemError(f"{tenant}{ref}")


def case_result(name: str, verdict: Verdict = Verdict.AC, reason: str = "") -> CaseResult:
    return CaseResult(name, None, verdict, reason, 20_000_000, 30_000_000, 8 << 20, attempts=(USAGE,))


def program(code: str, **fields: Any) -> NewSubmission:
    """Return a submission to execute."""
    request, parts = divide({"language": "python", "code": code, **fields})
    assert not parts
    return new_submission(request=request)


def judged(**fields: Any) -> tuple[NewSubmission, dict[str, bytes]]:
    """Return a submission to judge, and its parts."""
    sent = {"language": "python", "code": "x", "cases": [{"input": "1", "output": "1"}]} | fields
    request, parts = divide(json.loads(json.dumps(sent)))
    return new_submission(kind=Kind.JUDGE, request=request), parts


def make_worker(store: Store, executor: FakeExecutor, *, name: str = "one", **named: Any) -> Worker:
    """Return a worker; `scaled` is that of its receipts."""
    speed = Speed(executor.as_executor)
    scaled = named.pop("scaled", False)
    receipts = Receipts(executor.as_executor, host="host", worker=name, speed=speed, scaled=scaled)
    work = Work(executor.as_executor, RecentParts(store.get_part), NoProblems(), receipts)
    return Worker(
        store, executor.as_executor, work, receipts, speed, name=name, needs_speed=scaled, **{"renew_s": 0.1} | named
    )


async def until(claim: Callable[[], object], timeout_s: float = 10.0) -> None:
    """Wait until a claim holds."""
    async with asyncio.timeout(timeout_s):
        while not claim():  # noqa: ASYNC110 - a claim has no event
            await asyncio.sleep(0.01)


async def an_offer(worker: Worker) -> Offer:
    """Return an offer, once the worker has looked for what may be queued."""
    offers: list[Offer] = []

    def is_made() -> bool:
        offers.extend(each for each in (worker.offer(),) if each is not None)
        return bool(offers)

    await until(is_made)
    return offers[0]


def with_worker(worker: Callable[[], Worker], do: Callable[[Worker], Awaitable[None]]) -> None:
    """Do something while a worker runs; it is drained at the end."""

    async def run() -> None:
        made = worker()
        running = asyncio.create_task(made.run())
        try:
            await do(made)
            made.drain()
            await asyncio.wait_for(running, 15)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())
