"""One claimed submission, done by the executor: from the stored request to the JSON that its route would have answered.

    Claim ── join the parts, parse, admit ── execute or judge ──┬── Ended: a result, or a failure of the submission's
                                                                └── GivenBack: a failure of ours

A failure of ours is never a result. While the Docker host does not answer, a submission is given back and nothing is
counted against it. If its sandbox broke although the host is well, it may be the cause: that is a loss.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from pydantic import ValidationError

from zuko.caller import CALLER, Caller, name_of_tenant
from zuko.errors import (
    DrainingError,
    EngineError,
    ImageMissingError,
    LostPartError,
    MissingProblemError,
    ProblemError,
    StoreError,
    SubmissionError,
    UnavailableError,
)
from zuko.execution.admission import admit_request
from zuko.execution.executor import Executor
from zuko.execution.submission import JudgeJob, Submission
from zuko.judge.admission import admit_judging
from zuko.judge.judging import NO_SANDBOX, SANDBOX_FAILED, Judging
from zuko.problem import CaseResult, Judgement, Verdict
from zuko.submissions.model import Claim, FailureReason, Kind, State
from zuko.submissions.parts import join
from zuko.submissions.problems import ProblemSource
from zuko.submissions.receipt import Receipts
from zuko.submissions.recent import RecentParts
from zuko.types import Execution, Reason, Status
from zuko.wire.execute import execution_json
from zuko.wire.judge import CaseResponse, JudgeResponse
from zuko.wire.submissions import ExecuteSubmission, JudgeSubmission
from zuko.wire.truncate import truncate_case, truncate_execution, truncate_judgement

log = logging.getLogger(__name__)

_EVENT_BYTES: Final = 1 << 20  # of one case: its messages are left out beyond
_LIGHT_BYTES: Final = 1 << 16  # of a document: an event loop handles it in no noticeable time


class Fault(Enum):
    """The part of ours that failed, for the worker to wait until it is well."""

    ENGINE = auto()
    IMAGE = auto()  # of this language
    CAPACITY = auto()  # others use all sandboxes
    STORE = auto()
    SANDBOX = auto()  # only of this submission, or a part of its request
    NONE = auto()  # the worker ends


@dataclass(frozen=True, slots=True)
class Ended:
    """A submission that has ended."""

    state: State  # done, failed, cancelled
    result: str | None = None
    reason: FailureReason | None = None
    message: str | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A submission that was not done, by no fault of its own, as far as is known."""

    fault: Fault
    message: str
    counted: bool = False  # as a loss
    reason: FailureReason | None = None  # of a loss


type Outcome = Ended | GivenBack


class Work:
    """Does submissions. In an event loop.

    Args:
        executor: executes them.
        parts: of requests.
        problems: those that are stored.
        receipts: describe where and how a submission was measured.
    """

    def __init__(self, executor: Executor, parts: RecentParts, problems: ProblemSource, receipts: Receipts) -> None:
        self._executor = executor
        self._settings = executor.settings
        self._parts = parts
        self._problems = problems
        self._receipts = receipts

    async def do(self, claim: Claim, on_event: Callable[[str], None]) -> Outcome:
        """Do a submission; its task may be cancelled, and then nothing of it is left running.

        Args:
            claim: of the submission.
            on_event: called with the JSON of each case as it ends.
        """
        doing = self._execute(claim) if claim.kind is Kind.EXECUTE else self._judge(claim, on_event)
        return await self._done(claim.hold.id, claim.tenant, doing)

    async def run(self, submission_id: str, tenant: str, program: Submission) -> Outcome:
        """Run a program that was admitted, and is not stored yet; its task may be cancelled as that of `do`."""
        return await self._done(submission_id, tenant, self._run(program))

    async def _done(self, submission_id: str, tenant: str, doing: Awaitable[Outcome]) -> Outcome:
        # Without bounds: the store has queued it, and a worker's slot must not wait for one tenant's other runs.
        caller = CALLER.set(Caller(name_of_tenant(tenant)))
        try:
            return await doing
        except (ValidationError, SubmissionError, ProblemError) as error:
            return _refused(error)
        except LostPartError as error:  # a submission that is tried for ever would stand in the way of the others
            return GivenBack(Fault.SANDBOX, str(error), counted=True, reason=FailureReason.PART_LOST)
        except UnavailableError as error:
            return GivenBack(_fault(error), str(error))
        except Exception as error:  # a bug of ours; the traceback is in the log alone
            log.exception("submission %s could not be done", submission_id)
            message = f"internal error ({type(error).__name__}); the log of its worker has the details"
            return GivenBack(Fault.SANDBOX, message, counted=True, reason=FailureReason.INTERNAL_ERROR)
        finally:
            CALLER.reset(caller)

    async def _execute(self, claim: Claim) -> Outcome:
        return await self._run(await self._admitted(claim, self._admit_execute))

    async def _run(self, submission: Submission) -> Outcome:
        scale = self._receipts.begin(submission.language)
        execution = await self._executor.execute(scale.submission(submission))
        if execution.status is Status.ERROR and execution.reason is Reason.SANDBOX_ERROR:
            return await self._broken(execution.message or "the sandbox failed")
        receipt = scale.receipt(execution)
        if len(execution.stdout) + len(execution.stderr) <= _LIGHT_BYTES and not execution.artifacts:
            document = self._execution_json(scale.execution(execution))
        else:
            document = await asyncio.to_thread(self._execution_json, scale.execution(execution))
        return Ended(State.DONE, document, receipt=receipt)

    async def _judge(self, claim: Claim, on_event: Callable[[str], None]) -> Outcome:
        job = await self._admitted(claim, self._admit_judge)
        scale = self._receipts.begin(job.language)
        scored = job.problem.scored
        deadline = time.monotonic() + self._settings.judge_timeout_s

        def send(result: CaseResult) -> None:
            response = CaseResponse.from_result(scale.case(result), scored=scored)
            on_event(truncate_case(response, _EVENT_BYTES))

        judging = Judging(scale.job(job), self._settings)
        judgement = await self._executor.judge(judging, deadline=deadline, on_result=send)
        if judgement.verdict is Verdict.JE:
            if judgement.reason.startswith(SANDBOX_FAILED):
                return await self._broken(judgement.reason)
            if judgement.reason.startswith(NO_SANDBOX) or not await self._engine_answers():
                return GivenBack(Fault.ENGINE, judgement.reason)
        receipt = scale.receipt(judgement)
        compiled = job.language.compiler is not None
        document = await asyncio.to_thread(self._judgement_json, scale.judgement(judgement), compiled=compiled)
        return Ended(State.DONE, document, receipt=receipt)

    async def _broken(self, message: str) -> GivenBack:
        """Return a submission whose sandbox broke: by the fault of its host, or perhaps by its own."""
        if await self._engine_answers():
            return GivenBack(Fault.SANDBOX, message, counted=True, reason=FailureReason.SANDBOX_ERROR)
        return GivenBack(Fault.ENGINE, message)

    async def _engine_answers(self) -> bool:
        return (await asyncio.to_thread(self._executor.probe)).engine_version is not None

    async def _admitted[T](self, claim: Claim, admit: Callable[[Claim], T]) -> T:
        """Admit a request: in a thread, if it has parts, which may have to be fetched, or is large."""
        request = claim.request
        if claim.problem is None and not request.parts and len(request.document) <= _LIGHT_BYTES:
            return admit(claim)
        return await asyncio.to_thread(admit, claim)

    def _admit_execute(self, claim: Claim) -> Submission:
        request = ExecuteSubmission.model_validate(join(claim.request, self._parts.get))
        return admit_request(request, self._settings)

    def _admit_judge(self, claim: Claim) -> JudgeJob:
        request = JudgeSubmission.model_validate(join(claim.request, self._parts.get))
        if claim.problem is None:
            return admit_judging(request, self._settings)
        return self._problems.job_of(request, claim.tenant, claim.problem)

    def _execution_json(self, execution: Execution) -> str:
        return execution_json(truncate_execution(execution, self._settings.response_limit_bytes)).decode()

    def _judgement_json(self, judgement: Judgement, *, compiled: bool) -> str:
        response = JudgeResponse.from_judgement(judgement, compiled=compiled)
        return truncate_judgement(response, self._settings.response_limit_bytes)


def _refused(error: ValidationError | SubmissionError | ProblemError) -> Ended:
    reason, message = FailureReason.REFUSED, str(error)
    if isinstance(error, MissingProblemError):
        reason = FailureReason.PROBLEM_MISSING
    elif isinstance(error, ValidationError):  # another version of Zuko has stored it
        first = error.errors(include_url=False, include_input=False)[0]
        message = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return Ended(State.FAILED, reason=reason, message=message)


def _fault(error: UnavailableError) -> Fault:
    match error:
        case EngineError():
            return Fault.ENGINE
        case ImageMissingError():
            return Fault.IMAGE
        case StoreError():
            return Fault.STORE
        case DrainingError():
            return Fault.NONE
    return Fault.CAPACITY
