"""The one way in, with sandboxes that are made here: executing, failing, and what becomes of the sandbox."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.execution.source import ENDED, FakeSandbox, Job, Source, made, run, submission
from zuko.errors import NoCapacityError, NotBegunError, SandboxError
from zuko.execution.live import Live
from zuko.execution.run import LIGHT_BYTES
from zuko.execution.submission import Submission
from zuko.languages.table import CPP
from zuko.pool.lease import Lease
from zuko.types import Outcome, Reason, Status


def test_little_data_is_run_by_the_event_loop() -> None:
    source = Source()
    execution = run(made(source).execute(submission()))
    assert (execution.status, execution.stdout) == (Status.OK, "Hello\n")
    ((sandbox, broken),) = source.taken_back
    assert ([how for how, _ in sandbox.runs], broken) == (["loop"], False)
    assert execution.sandbox_wait_s is not None


@pytest.mark.parametrize("asked", [submission(input_data=b"x" * LIGHT_BYTES), submission(CPP)], ids=["data", "C++"])
def test_much_data_and_compilations_are_run_by_a_thread(asked: Submission) -> None:
    source = Source()
    execution = run(made(source).execute(asked))
    assert execution.status is Status.OK
    ((sandbox, broken),) = source.taken_back
    assert ({how for how, _ in sandbox.runs}, broken) == ({"thread"}, False)


def test_a_memory_limit_of_its_own_is_set_by_a_thread() -> None:
    """Setting a memory limit takes a call to the engine, so a thread does it."""
    source = Source()
    run(made(source).execute(replace(submission(), memory_bytes=64 << 20)))
    ((sandbox, _),) = source.taken_back
    assert ([how for how, _ in sandbox.runs], sandbox.memory_bytes) == (["thread"], 64 << 20)


@pytest.mark.parametrize("asked", [submission(), submission(CPP)], ids=["loop", "thread"])
def test_a_sandbox_that_fails_is_broken_and_the_failure_is_ours(asked: Submission) -> None:
    source = Source()

    def fail(sandbox: FakeSandbox) -> None:
        sandbox.error = SandboxError("it ended")

    source.prepare = fail
    execution = run(made(source).execute(asked))
    assert (execution.status, execution.reason) == (Status.ERROR, Reason.SANDBOX_ERROR)
    assert execution.message == "the sandbox failed, not the program: it ended"
    assert [broken for _, broken in source.taken_back] == [True]


@pytest.mark.parametrize("asked", [submission(), submission(CPP)], ids=["loop", "thread"])
@pytest.mark.parametrize("spoilt", [1, 2])
def test_a_program_that_was_not_begun_runs_in_another_sandbox(asked: Submission, spoilt: int) -> None:
    """The run before spoilt its sandbox; a second one that is spoilt is reported."""
    source = Source()
    left = [NotBegunError("audit: memory is left")] * spoilt

    def spoil(sandbox: FakeSandbox) -> None:
        sandbox.error = left.pop() if left else None

    source.prepare = spoil
    execution = run(made(source).execute(asked))
    assert [broken for _, broken in source.taken_back] == ([True, False] if spoilt == 1 else [True, True])
    assert execution.status is (Status.OK if spoilt == 1 else Status.ERROR)
    if spoilt == 2:
        assert execution.message == "the sandbox failed, not the program: audit: memory is left"


def test_a_bug_in_what_follows_a_run_does_not_lose_its_sandbox() -> None:
    source = Source()

    def fail() -> None:
        raise KeyError("a bug")

    assert run(made(source).execute(submission(), live=Live(on_start=fail))).status is Status.OK
    assert [broken for _, broken in source.taken_back] == [False]


def test_a_program_that_could_not_be_started_leaves_a_broken_sandbox() -> None:
    source = Source()

    def refuse(sandbox: FakeSandbox) -> None:
        sandbox.result = replace(ENDED, outcome=Outcome.NOT_STARTED, exit_code=None, detail="fork: no memory")

    source.prepare = refuse
    execution = run(made(source).execute(submission()))
    assert execution.reason is Reason.SANDBOX_ERROR
    assert [broken for _, broken in source.taken_back] == [True]


def test_a_bug_in_a_run_leaves_a_broken_sandbox() -> None:
    source = Source()

    def fail(sandbox: FakeSandbox) -> None:
        sandbox.error = KeyError("a bug")

    source.prepare = fail
    with pytest.raises(KeyError):
        run(made(source).execute(submission(CPP)))
    assert [broken for _, broken in source.taken_back] == [True]


@pytest.mark.parametrize("asked", [submission(), submission(CPP)], ids=["loop", "thread"])
def test_without_time_nothing_is_begun_and_the_sandbox_is_good(asked: Submission) -> None:
    source = Source()
    with pytest.raises(NoCapacityError, match="no time was left"):
        run(made(source).execute(asked, deadline=time.monotonic() + 0.6))
    ((sandbox, broken),) = source.taken_back
    assert (sandbox.runs, broken) == ([], False)


def test_a_run_ends_before_the_deadline_and_says_so() -> None:
    source = Source()

    def stop(sandbox: FakeSandbox) -> None:
        sandbox.result = replace(ENDED, outcome=Outcome.WALL_TIME, exit_code=None, signal=9)

    source.prepare = stop
    execution = run(made(source).execute(submission(), deadline=time.monotonic() + 2))
    ((sandbox, _),) = source.taken_back
    ((_, begun),) = sandbox.runs
    assert 500 < begun.limits.wall_time_ms <= 1500
    assert "3 s were allowed" in str(execution.message)


def test_a_job_s_events_come_in_order_and_before_its_result() -> None:
    source = Source()
    events: list[str] = []

    def work(_: Lease, on_result: Callable[[str], None]) -> str:
        for event in "abc":
            on_result(event)
        return "done"

    async def judge() -> None:
        loop_thread = threading.get_ident()

        def note(event: str) -> None:
            assert threading.get_ident() == loop_thread
            events.append(event)

        assert await made(source).judge(Job(work), on_result=note, on_start=lambda: events.append("start")) == "done"
        assert events == ["start", "a", "b", "c"]

    run(judge())
    assert [broken for _, broken in source.taken_back] == [False]


def test_opening_twice_opens_once() -> None:
    """A service opens its executor before it makes the app, which opens it, too."""
    source = Source()
    opened: list[None] = []
    source.open = lambda: opened.append(None)  # type: ignore[method-assign]
    executor = made(source)
    executor.open()
    executor.open()
    assert opened == [None]
    executor.close(0)
