"""One claimed submission: from the stored request to what its route would have answered, or to what is given back."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.harness.executing import FakeExecutor, NoProblems, case_result, judged, program
from zuko.errors import EngineError, StoreError
from zuko.judge.judging import NO_SANDBOX, SANDBOX_FAILED
from zuko.problem import Judgement, Verdict
from zuko.submissions.model import Claim, Hold, NewSubmission, ProblemRef, State, StoredRequest
from zuko.submissions.parts import digest
from zuko.submissions.receipt import Receipts
from zuko.submissions.recent import RecentParts
from zuko.submissions.speed import Speed
from zuko.submissions.work import Ended, Fault, GivenBack, Outcome, Work
from zuko.wire.judge import CaseResponse, JudgeResponse


def claim(submission: NewSubmission) -> Claim:
    return Claim(Hold(submission.id, 1, "one"), "", submission.kind, submission.request, None, 0.0, None)


def do(
    executor: FakeExecutor, submission: NewSubmission | Claim, parts: dict[str, bytes] | None = None
) -> tuple[Outcome, list[str]]:
    speed = Speed(executor.as_executor)
    receipts = Receipts(executor.as_executor, host="host", worker="one", speed=speed, scaled=False)
    work = Work(executor.as_executor, RecentParts((parts or {}).get), NoProblems(), receipts)
    events: list[str] = []
    claimed = submission if isinstance(submission, Claim) else claim(submission)
    return asyncio.run(work.do(claimed, events.append)), events


def judgement(verdict: Verdict = Verdict.AC, reason: str = "") -> Judgement:
    return Judgement(verdict, reason, None, None, cases=(case_result("1", verdict, reason),))


def test_a_judgement_is_that_of_the_route() -> None:
    executor = FakeExecutor()
    executor.judgement = judgement(Verdict.WA, "a token differs")
    submission, _ = judged()
    outcome, events = do(executor, submission)
    assert isinstance(outcome, Ended)
    assert outcome.result == JudgeResponse.from_judgement(executor.judgement, compiled=False).model_dump_json()
    case = CaseResponse.from_result(executor.judgement.cases[0], scored=False)
    assert events == [case.model_dump_json()]


def test_parts_are_joined_and_fetched_once() -> None:
    executor = FakeExecutor()
    executor.judgement = judgement()
    submission, parts = judged(cases=[{"input": "x" * 5000, "output": "y" * 5000}])
    assert len(parts) == 2
    assert isinstance(do(executor, submission, parts)[0], Ended)
    outcome, _ = do(executor, submission, {})  # the store has lost them
    assert isinstance(outcome, GivenBack)
    assert outcome.fault is Fault.SANDBOX
    assert outcome.counted


@pytest.mark.parametrize(
    "fields",
    [{"wall_time_limit_ms": 10**9}, {"language": "klingon"}, {"unknown": 1}, {"code": 7}, {"code": "x" * 10**6}],
)
def test_a_request_that_this_worker_does_not_take_fails(fields: dict[str, Any]) -> None:
    request = StoredRequest(json.dumps({"language": "python", "code": "print 1"} | fields))
    outcome, _ = do(FakeExecutor(), replace(program("x"), request=request))
    assert isinstance(outcome, Ended)
    assert (outcome.state, outcome.reason) == (State.FAILED, "refused")
    assert outcome.message


def test_a_problem_that_was_deleted_is_the_reason() -> None:
    request = StoredRequest(json.dumps({"language": "python", "code": "x", "problem": "sum@3"}))
    work_on = replace(claim(judged()[0]), request=request, problem=ProblemRef("sum", 3))
    outcome, _ = do(FakeExecutor(), work_on)
    assert isinstance(outcome, Ended)
    assert (outcome.state, outcome.reason) == (State.FAILED, "problem_missing")


@pytest.mark.parametrize("is_there", [True, False])
def test_a_judge_error_is_a_result_only_while_the_engine_answers(is_there: bool) -> None:
    executor = FakeExecutor()
    executor.engine_is_there = is_there
    executor.judgement = judgement(Verdict.JE, "the checker ended with code 9")
    outcome, _ = do(executor, judged()[0])
    if is_there:
        assert isinstance(outcome, Ended)
    else:
        assert outcome == GivenBack(Fault.ENGINE, "the checker ended with code 9")


@pytest.mark.parametrize(
    ("reason", "is_there", "fault", "counted"),
    [
        (f"{SANDBOX_FAILED}: it ended", True, Fault.SANDBOX, True),
        (f"{SANDBOX_FAILED}: it ended", False, Fault.ENGINE, False),
        (f"{NO_SANDBOX}: the host refused", True, Fault.ENGINE, False),
    ],
)
def test_a_sandbox_that_broke_is_never_a_verdict(reason: str, is_there: bool, fault: Fault, counted: bool) -> None:
    executor = FakeExecutor()
    executor.engine_is_there = is_there
    executor.judgement = judgement(Verdict.JE, reason)
    outcome, _ = do(executor, judged()[0])
    assert isinstance(outcome, GivenBack)
    assert (outcome.fault, outcome.counted) == (fault, counted)


def test_an_engine_that_refuses_is_ours() -> None:
    executor = FakeExecutor()
    executor.error = EngineError("the Docker host refused")
    outcome, _ = do(executor, program("print 1"))
    assert outcome == GivenBack(Fault.ENGINE, "the Docker host refused")


def test_a_large_output_is_cut_as_in_a_response() -> None:
    executor = FakeExecutor()
    executor.settings = executor.settings.model_copy(update={"response_limit_bytes": 64 * 1024})
    printing = StoredRequest(json.dumps({"language": "python", "code": "print " + "x" * 200_000}))
    outcome, _ = do(executor, replace(program(""), request=printing))
    assert isinstance(outcome, Ended)
    sent = json.loads(outcome.result or "")
    assert sent["stdout_truncated"]
    assert len(sent["stdout"]) == 64 * 1024


# --- recent parts -------------------------------------------------------------------------------------------------


def fetched(parts: dict[str, bytes], limit_bytes: int) -> tuple[RecentParts, list[str]]:
    asked: list[str] = []

    def fetch(name: str) -> bytes | None:
        asked.append(name)
        return parts.get(name)

    return RecentParts(fetch, limit_bytes), asked


def test_recent_parts_are_bounded() -> None:
    contents = [bytes([number]) * 10 for number in range(4)] + [b"z" * 40]
    names = [digest(content) for content in contents]
    recent, asked = fetched(dict(zip(names, contents, strict=True)), 30)
    for number in (0, 1, 2, 0, 3, 0, 4, 4, 1):  # 3 takes the place of 1, the one that was used longest ago
        assert recent.get(names[number]) == contents[number]
    assert [names.index(name) for name in asked] == [0, 1, 2, 3, 4, 4, 1]
    assert recent.fetched_bytes == 130


@pytest.mark.parametrize("content", [None, b"other"])
def test_a_part_that_is_not_what_its_name_says_is_refused(content: bytes | None) -> None:
    recent = RecentParts(lambda _: content)
    with pytest.raises(StoreError, match=r"missing|damaged"):
        recent.get(digest(b"this"))
