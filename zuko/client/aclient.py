"""The client for event loops: `zuko.client.client`, method for method."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack

import httpx2

from zuko.client import problem_calls, program_calls, submission_calls
from zuko.client.archive import archived, checked_name, name_of
from zuko.client.client import RESUME_S
from zuko.client.errors import NoAnswerError, ServiceError
from zuko.client.events import RunEvent, SubmissionEnded, SubmissionEvent, judge_event, run_event, submission_event
from zuko.client.options import (
    JudgeOptions,
    ListOptions,
    RejudgeOptions,
    RunOptions,
    SubmitOptions,
    execute_request,
    judge_request,
    rejudge_request,
)
from zuko.client.options import submission as submission_of
from zuko.client.problem_calls import PushedProblem
from zuko.client.retries import DEFAULT_URL, RETRY_S, TIMEOUT_S, OnRetry, Patience, ignore_retry
from zuko.client.submission_calls import ENDED, PAGE, WAIT_S
from zuko.client.transport import AsyncTransport, Origin
from zuko.errors import UnavailableError
from zuko.wire.execute import ExecuteResponse
from zuko.wire.judge import CaseResponse, JudgeResponse
from zuko.wire.problems import ProblemResponse, VerificationResponse
from zuko.wire.service import LanguagesResponse
from zuko.wire.submissions import (
    AttemptResponse,
    QueueResponse,
    StateResponse,
    SubmissionRequest,
    SubmissionResponse,
    SubmittedResponse,
    WebhookResponse,
)


class AsyncSubmissions:
    """Stored submissions."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def submit(
        self, language: str, code: str, *, key: str | None = None, **options: Unpack[SubmitOptions]
    ) -> SubmittedResponse:
        """Store a program, to be run, or judged with `cases` or `problem`.

        Args:
            language: a language's name, or an alias.
            code: the program's source.
            key: the same submission under it is stored once; None: a new one for this call and its tries.
            **options: fields of the request.
        """
        return await self._transport.send(submission_calls.submit(submission_of(language, code, **options), key))

    async def submit_batch(
        self, submissions: Sequence[SubmissionRequest], *, key: str | None = None
    ) -> Sequence[SubmittedResponse]:
        """Store submissions, which `zuko.client.submission` makes: all of them or none."""
        return (await self._transport.send(submission_calls.submit_batch(submissions, key))).submissions

    async def get(self, submission_id: str) -> SubmissionResponse:
        """Return a submission as it is now."""
        return await self._transport.send(submission_calls.get(submission_id))

    async def wait(self, submission_id: str, timeout_s: float | None = None) -> SubmissionResponse:
        """Return a submission when it has ended, or as it is after `timeout_s`; None: however long that takes."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left_s = WAIT_S if until is None else max(min(until - time.monotonic(), WAIT_S), 0)
            asked_at = time.monotonic()
            found = await self._transport.send(submission_calls.get(submission_id, left_s))
            if found.state in ENDED or (until is not None and time.monotonic() >= until):
                return found
            if time.monotonic() - asked_at < RESUME_S:  # it did not wait: it is shutting down
                await asyncio.sleep(min(RESUME_S, left_s))

    async def follow(self, submission_id: str, *, after: str | None = None) -> AsyncGenerator[SubmissionEvent]:
        """Yield each case as it ends, then the whole. A stream that breaks goes on after its last event.

        Args:
            submission_id: of the submission.
            after: id of the last event that was seen before; None: from the beginning.
        """
        last = after
        patience = Patience(self._transport.origin.retry_s, repeatable=True)
        while True:
            is_empty = True
            try:
                call = submission_calls.events(submission_id, last)
                async with contextlib.aclosing(self._transport.events(call)) as events:
                    async for response, sent in events:
                        if response.status_code == httpx2.codes.NO_CONTENT:
                            return  # the client has the last event already
                        is_empty = False
                        patience = Patience(self._transport.origin.retry_s, repeatable=True)
                        last = sent.id or last
                        event = submission_event(response, sent)
                        if event is not None:
                            yield event
                        if isinstance(event, SubmissionEnded):
                            return
                if is_empty:
                    raise NoAnswerError("the stream has no events")
                pause_s = RESUME_S
            except UnavailableError as error:
                pause_s = self._transport.origin.pause_s(patience, error)
            await asyncio.sleep(pause_s)

    async def list(
        self, limit: int | None = None, **filters: Unpack[ListOptions]
    ) -> AsyncGenerator[SubmissionResponse]:
        """Yield submissions that fit every filter, the newest first, up to `limit`; pages are read as they are used."""
        cursor: str | None = None
        left = limit
        while left is None or left > 0:
            call = submission_calls.page(filters, PAGE if left is None else min(left, PAGE), cursor)
            page = await self._transport.send(call)
            for each in page.submissions:
                yield each
            left = None if left is None else left - len(page.submissions)
            if page.next is not None and page.next == cursor:
                raise ServiceError("the list does not end", 200)
            cursor = page.next
            if cursor is None:
                return

    async def cancel(self, submission_id: str) -> StateResponse:
        """Cancel a submission that is queued or running."""
        return await self._transport.send(submission_calls.cancel(submission_id))

    async def remove(self, submission_id: str) -> None:
        """Remove a submission that has ended, with all its attempts."""
        await self._transport.send(submission_calls.remove(submission_id))

    async def rejudge(self, submission_id: str, *, judge_by: int | None = None) -> Sequence[str]:
        """Queue a submission that has ended again; return the ids of what is queued."""
        return (await self._transport.send(submission_calls.rejudge(submission_id, judge_by))).queued

    async def rejudge_all(self, **wanted: Unpack[RejudgeOptions]) -> Sequence[str]:
        """Queue all submissions again that fit every filter; return their ids."""
        return (await self._transport.send(submission_calls.rejudge_all(rejudge_request(wanted)))).queued

    async def attempts(self, submission_id: str) -> Sequence[AttemptResponse]:
        """Return the attempts of a submission that have ended, the oldest first."""
        return (await self._transport.send(submission_calls.attempts(submission_id))).attempts

    async def resend_webhook(self, submission_id: str) -> WebhookResponse:
        """Send the webhook of a submission that has ended again."""
        return await self._transport.send(submission_calls.resend_webhook(submission_id))

    async def queue(self) -> QueueResponse:
        """Return the queue and its workers."""
        return await self._transport.send(submission_calls.queue())


class AsyncProblems:
    """Stored problem packages."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def push(self, package: Path, name: str | None = None) -> PushedProblem:
        """Store a problem package, a directory or an archive, as a new version of the problem.

        Raises:
            ProblemError: it cannot be read.
        """
        named = checked_name(name) if name is not None else name_of(package)
        with contextlib.ExitStack() as opened:  # in a thread: a large directory takes seconds
            file, size_bytes = await asyncio.to_thread(opened.enter_context, archived(package))
            return await self._transport.send(problem_calls.push(named, file, size_bytes))

    async def get(self, name: str) -> ProblemResponse:
        """Return a problem: its newest version, or that of `name@version`."""
        return await self._transport.send(problem_calls.get(name))

    async def list(self) -> Sequence[ProblemResponse]:
        """Return the newest version of each problem."""
        return (await self._transport.send(problem_calls.list_all())).problems

    async def versions(self, name: str) -> Sequence[ProblemResponse]:
        """Return the versions of a problem, the newest first."""
        return (await self._transport.send(problem_calls.versions(name))).problems

    async def delete(self, name: str) -> None:
        """Delete all versions of a problem."""
        await self._transport.send(problem_calls.delete(name))

    async def verify(
        self, name: str, on_change: Callable[[VerificationResponse], None] = lambda _: None
    ) -> VerificationResponse:
        """Have a problem's own submissions judged; return the result when all have ended.

        Args:
            name: of the problem, or name@version.
            on_change: called with the verification each time it is read.
        """
        found = await self._transport.send(problem_calls.verify(name))
        on_change(found)
        while found.state != "done":
            asked_at = time.monotonic()
            found = await self._transport.send(problem_calls.verification(found, WAIT_S / 2))
            on_change(found)
            if found.state != "done" and time.monotonic() - asked_at < RESUME_S:
                await asyncio.sleep(RESUME_S)
        return found


class AsyncClient:
    """A service that is reached over HTTP; a context manager, which closes its connections.

    Args:
        url: of the service; a path in it stands before those of the API.
        headers: sent with each request: a token, a tenant.
        timeout_s: of silence, in addition to what a program may take by its own limits.
        retry_s: for how long a call is tried again: one that the service has not begun (`Retry-After` is heeded), or
            that may be repeated and lost its connection; 0: never.
        on_retry: called before each such pause, with the failure and the pause, s.
        transport: of httpx2, instead of its own.

    Raises:
        SubmissionError: the URL is not one. Calls raise the errors of `zuko.client.errors`.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
        retry_s: float = RETRY_S,
        on_retry: OnRetry = ignore_retry,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        origin = Origin(url, headers, timeout_s=timeout_s, retry_s=retry_s, on_retry=on_retry)
        self._transport = AsyncTransport(origin, transport)
        self.submissions = AsyncSubmissions(self._transport)
        self.problems = AsyncProblems(self._transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def run(self, language: str, code: str, **options: Unpack[RunOptions]) -> ExecuteResponse:
        """Run a program, and return what it printed and how it ended: any end is a result."""
        return await self._transport.send(program_calls.run(execute_request(language, code, options)))

    async def run_events(self, language: str, code: str, **options: Unpack[RunOptions]) -> AsyncGenerator[RunEvent]:
        """Run a program; yield its outputs in parts as they come, then the response. Closing it ends the run."""
        call = program_calls.run_stream(execute_request(language, code, options))
        patience = Patience(self._transport.origin.retry_s, repeatable=False)
        async with contextlib.aclosing(self._transport.events(call, patience)) as events:
            async for response, sent in events:
                event = run_event(response, sent)
                if event is not None:
                    yield event
                if isinstance(event, ExecuteResponse):
                    return
        raise NoAnswerError("the stream ended before the result")

    async def judge(
        self,
        language: str,
        code: str,
        *,
        on_case: Callable[[CaseResponse], None] = lambda _: None,
        **options: Unpack[JudgeOptions],
    ) -> JudgeResponse:
        """Judge a program, and return the verdict; `on_case` is called with each case as it ends."""
        async with contextlib.aclosing(self.judge_events(language, code, **options)) as events:
            async for event in events:
                if isinstance(event, JudgeResponse):
                    return event
                on_case(event)
        raise NoAnswerError("the stream ended before the judgement")

    async def judge_events(
        self, language: str, code: str, **options: Unpack[JudgeOptions]
    ) -> AsyncGenerator[CaseResponse | JudgeResponse]:
        """Judge a program; yield each case as it ends, and the judgement as the last. Closing it ends the judging."""
        call = program_calls.judge(judge_request(language, code, options))
        patience = Patience(self._transport.origin.retry_s, repeatable=False)
        async with contextlib.aclosing(self._transport.events(call, patience)) as events:
            async for response, sent in events:
                event = judge_event(response, sent)
                if event is not None:
                    yield event
                if isinstance(event, JudgeResponse):
                    return

    async def languages(self) -> LanguagesResponse:
        """Return the languages of the service, and its limits."""
        return await self._transport.send(program_calls.languages())
