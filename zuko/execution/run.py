"""One submission in a leased sandbox: compiled, run, concluded. A failure of ours is a value too, with status ERROR."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from zuko.errors import NotBegunError, SandboxError
from zuko.execution.conclude import conclude, conclude_not_executable, conclude_too_large
from zuko.execution.deadline import Deadline
from zuko.execution.live import Live
from zuko.execution.loaded import NotCompiledError, compile_program
from zuko.execution.meter import MeteredRun
from zuko.execution.program import (
    SLACK_BYTES,
    compile_limits,
    compile_memory_bytes,
    data_of,
    held_bytes,
    is_not_executable,
    prepared,
    program_run,
)
from zuko.execution.submission import RunOptions, Submission
from zuko.languages.table import Language
from zuko.pool.lease import Lease
from zuko.sandbox.sandbox import Sandbox
from zuko.sandbox.talk import talk
from zuko.telemetry import tracing
from zuko.types import Collect, Execution, Limits, Reason, Run, RunResult, SourceFile, Status

LIGHT_BYTES: Final = 1 << 16  # of code, input or output: an event loop handles them in no noticeable time


@dataclass(frozen=True, slots=True)
class _Plan:
    """The run of a submission's program, and the conclusion from its result."""

    run: Run
    silence_s: float  # how long after its wall time limit its result may take
    conclude: Callable[[RunResult], Execution]


def is_light(submission: Submission, sandbox: Sandbox) -> bool:
    """Return whether an event loop can run it: one run of little data, without a call to the engine."""
    is_one_run = submission.language.compiler is None and sandbox.memory_bytes == submission.memory_bytes
    return is_one_run and submission.size_bytes <= LIGHT_BYTES and submission.options.artifacts is None


def run(lease: Lease, submission: Submission, deadline: Deadline, live: Live | None = None) -> Execution:
    """Run a submission; waits for it.

    Args:
        lease: of its sandbox.
        submission: to run.
        deadline: when the result is due.
        live: called from this thread; None: nothing follows it.

    Raises:
        NoCapacityError: hardly any time was left, or the host was too slow to compile it.
        NotBegunError: the sandbox gave up before the program began.
    """
    try:
        return _checked(lease, _compile_and_run(lease.sandbox, submission, deadline, live))
    except NotCompiledError as error:
        return _with_options(error.execution, submission, ())
    except NotBegunError:
        raise
    except SandboxError as error:
        lease.mark_broken()
        return sandbox_failed(error)


async def run_light(lease: Lease, submission: Submission, deadline: Deadline, threads: ThreadPoolExecutor) -> Execution:
    """Run a submission that `is_light` in the event loop; `threads` conclude one that printed much.

    Raises:
        NoCapacityError: hardly any time was left.
        NotBegunError: the sandbox gave up before the program began.
    """
    try:
        language, files = prepared(submission.language, submission.files)
        plan = _plan(submission, language, files, deadline, sandbox_wait_s=lease.wait_s)
        with tracing.span("run"), MeteredRun() as metered:
            result = metered.note(await lease.sandbox.run_async(plan.run, plan.silence_s))
        if len(result.stdout) + len(result.stderr) <= LIGHT_BYTES:
            return _checked(lease, plan.conclude(result))
        concluding = asyncio.get_running_loop().run_in_executor(threads, plan.conclude, result)
        return _checked(lease, await concluding)
    except NotBegunError:
        raise
    except SandboxError as error:
        lease.mark_broken()
        return replace(sandbox_failed(error), sandbox_wait_s=lease.wait_s)


def _compile_and_run(sandbox: Sandbox, submission: Submission, deadline: Deadline, live: Live | None) -> Execution:
    memory_bytes = submission.memory_bytes
    language, files = prepared(submission.language, submission.files)
    compile_output: str | None = None
    if language.compiler is not None:
        input_bytes = len(submission.input_data)
        compiled = compile_program(
            sandbox,
            language,
            files,
            limits=compile_limits(language),
            memory_bytes=compile_memory_bytes(language, memory_bytes),
            deadline=deadline,
            name="the submission",
            # Where the largest program would fit, the size of this one does not matter.
            send=memory_bytes < 2 * sandbox.spec.workspace_bytes + input_bytes + SLACK_BYTES,
        )
        compile_output, files = compiled.output, data_of(language, files)
        held = held_bytes(compiled.files)
        if held + input_bytes + SLACK_BYTES > memory_bytes:
            return _with_options(conclude_too_large(held, memory_bytes, compile_output), submission, ())
    sandbox.limit_memory(memory_bytes)
    plan = _plan(submission, language, files, deadline, compile_output)
    if live is not None and compile_output is not None:
        live.on_compiled(compile_output)
    with tracing.span("run"), MeteredRun() as metered:
        ended = sandbox.run(plan.run, plan.silence_s) if live is None else _run_live(sandbox, plan, live)
        result = metered.note(ended)
    return plan.conclude(result)


def _run_live(sandbox: Sandbox, plan: _Plan, live: Live) -> RunResult:
    run = replace(plan.run, streams=True)
    if live.words is None:
        return sandbox.run(run, plan.silence_s, on_output=live.on_output)
    return talk(sandbox, replace(run, interactive=True), live.words, live.on_output, plan.silence_s)


def _plan(
    submission: Submission,
    language: Language,
    files: tuple[SourceFile, ...],
    deadline: Deadline,
    compile_output: str | None = None,
    *,
    sandbox_wait_s: float | None = None,
) -> _Plan:
    memory_bytes, asked = submission.memory_bytes, submission.limits
    limits = deadline.bound(asked, "the submission")

    def concluded(result: RunResult) -> Execution:
        if compile_output is not None and is_not_executable(language, result):
            return conclude_not_executable(result, compile_output)
        execution = conclude(
            result,
            limits,
            memory_bytes=memory_bytes,
            heap_full_text=language.heap_full_text,
            sandbox_wait_s=sandbox_wait_s,
            raw_output=submission.options.raw_output,
        )
        if execution.reason is Reason.WALL_TIME_LIMIT and limits != asked:
            execution = replace(execution, message=f"{execution.message}; {_shortened(asked)}")
        execution = _with_options(execution, submission, files)
        return execution if compile_output is None else replace(execution, compile_output=compile_output)

    run = program_run(language, limits, memory_bytes, files=files, input_data=submission.input_data)
    if not submission.options.is_plain:
        run = _run_with_options(run, submission.options)
    return _Plan(run, deadline.silence_s(limits), concluded)


def _run_with_options(run: Run, options: RunOptions) -> Run:
    collects = options.artifacts is not None
    return replace(
        run,
        argv=run.argv + options.arguments,
        merge=options.stderr_to_stdout,
        streams=options.interleaves,
        take=options.artifacts or (),
        collect=Collect(options.artifacts_files, options.artifacts_bytes) if collects else None,
    )


def _with_options(execution: Execution, submission: Submission, files: tuple[SourceFile, ...]) -> Execution:
    """Return an execution with the files that the program wrote; its own sources, unchanged, are not among them."""
    options, result = submission.options, execution.result
    if options.is_plain:
        return execution
    artifacts = None
    if options.artifacts is not None:
        own = {file.name: file.content for file in files}
        written = result.files if result else ()
        artifacts = tuple(sorted((x for x in written if own.get(x.name) != x.content), key=lambda file: file.name))
    skipped = result.skipped if result else ()
    output = (result.interleaved if result else b"").decode(errors="replace") if options.interleaves else None
    return replace(execution, output=output, raw_output=options.raw_output, artifacts=artifacts, skipped=skipped)


def _shortened(asked: Limits) -> str:
    return f"{asked.wall_time_ms / 1000:g} s were allowed, but the function that runs it had no more time"


def _checked(lease: Lease, execution: Execution) -> Execution:
    """Return the execution; a sandbox that could not start the program is not used again."""
    if execution.reason is Reason.SANDBOX_ERROR:
        lease.mark_broken()
    return execution


def sandbox_failed(error: SandboxError) -> Execution:
    """Return the execution of a program whose sandbox broke."""
    return Execution(Status.ERROR, Reason.SANDBOX_ERROR, f"the sandbox failed, not the program: {error}")
