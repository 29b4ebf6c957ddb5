"""The place where the tools run programs: an executor of this process, or a client of a service."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Protocol, Unpack

from zuko.client.options import JudgeOptions, RunOptions, execute_request, judge_request
from zuko.execution.admission import admit_request
from zuko.execution.executor import Executor
from zuko.execution.offer import languages_of
from zuko.judge.admission import admit_judging
from zuko.judge.judging import Judging
from zuko.problem import CaseResult
from zuko.wire.execute import ExecuteResponse
from zuko.wire.judge import CaseResponse, JudgeResponse
from zuko.wire.service import LanguagesResponse

OnCase = Callable[[CaseResponse], None]


class Runner(Protocol):
    """Runs and judges programs, as `zuko.client.AsyncClient`. A call that is cancelled ends its run."""

    async def run(self, language: str, code: str, **options: Unpack[RunOptions]) -> ExecuteResponse:
        """Run a program.

        Raises:
            ZukoError: it is refused, or cannot be run now.
        """
        ...

    async def judge(
        self, language: str, code: str, *, on_case: OnCase = ..., **options: Unpack[JudgeOptions]
    ) -> JudgeResponse:
        """Judge a program; `on_case` is called with each case as it ends.

        Raises:
            ZukoError: it is refused, or cannot be judged now.
        """
        ...

    async def languages(self) -> LanguagesResponse:
        """Return the languages and limits.

        Raises:
            ZukoError: they cannot be had now.
        """
        ...


class LocalRunner:
    """Runs programs in an executor, which is open.

    Args:
        executor: of this process.
        active: makes a block that counts as a request, for which a service that is ending waits.
    """

    def __init__(
        self,
        executor: Executor,
        active: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self._executor = executor
        self._active = active

    async def run(self, language: str, code: str, **options: Unpack[RunOptions]) -> ExecuteResponse:
        """Run a program; see `Runner.run`."""
        submission = admit_request(execute_request(language, code, options), self._executor.settings)
        with self._active():
            return ExecuteResponse.from_execution(await self._executor.execute(submission))

    async def judge(
        self, language: str, code: str, *, on_case: OnCase = lambda _: None, **options: Unpack[JudgeOptions]
    ) -> JudgeResponse:
        """Judge a program; see `Runner.judge`."""
        settings = self._executor.settings
        job = admit_judging(judge_request(language, code, options), settings)

        def show(result: CaseResult) -> None:
            on_case(CaseResponse.from_result(result, scored=job.problem.scored))

        with self._active():
            deadline = time.monotonic() + settings.judge_timeout_s
            judgement = await self._executor.judge(Judging(job, settings), deadline=deadline, on_result=show)
        return JudgeResponse.from_judgement(judgement, compiled=job.language.compiler is not None)

    async def languages(self) -> LanguagesResponse:
        """Return the languages whose images are here, and the limits.

        Raises:
            EngineError: the Docker host does not answer.
        """
        present = await asyncio.to_thread(self._executor.host.languages_present)  # which may find the site's own
        offered = languages_of(self._executor.settings)
        found = [language for language in offered.languages if language.name in present]
        return offered.model_copy(update={"languages": found})
