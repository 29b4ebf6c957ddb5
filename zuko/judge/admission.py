"""Admission to judging: checks a request's program, cases, checker and limits, once for every way in."""

from dataclasses import replace
from typing import Final

from zuko.errors import SubmissionError
from zuko.execution.admission import admit_memory, admit_program, check_time, wall_time_for
from zuko.execution.encoding import encode
from zuko.execution.options import admit_arguments, admit_options
from zuko.execution.submission import JudgeJob
from zuko.judge.custom import JUDGE_FILES, too_large
from zuko.judge.grading import run_everything
from zuko.languages.table import Language
from zuko.problem import (
    INPUT_MAX_BYTES,
    Checker,
    CheckerLimits,
    Convention,
    CustomChecker,
    Problem,
    ProblemLimits,
    Program,
    TestCase,
    TestGroup,
)
from zuko.settings import JudgingSettings
from zuko.wire.judge import (
    OUTPUT_LIMIT_BYTES,
    TIME_LIMIT_MS,
    WORKERS_MAX,
    CaseModel,
    JudgeRequest,
    ProgramModel,
)

# What a stored problem decides.
_THE_PROBLEMS: Final = (
    "cases",
    "groups",
    "checker",
    "interactor",
    "time_limit_ms",
    "wall_time_limit_ms",
    "memory_limit_kb",
    "output_limit_kb",
    "args",
    "stack_limit_kb",
    "file_size_limit_kb",
    "process_limit",
    "compile_options",
    "compile_time_limit_ms",
    "compile_memory_limit_kb",
)


def admit_judging(request: JudgeRequest, settings: JudgingSettings, stored: Problem | None = None) -> JudgeJob:
    """Admit a submission and what it is judged by.

    Args:
        request: what was sent.
        settings: the bounds.
        stored: the problem that it names, if it names one.

    Raises:
        UnknownLanguageError: no language has the name of the submission's, the checker's or the interactor's.
        SubmissionError: it names the field and its limit.
    """
    check_source(request)
    if request.problem is not None and stored is None:
        raise SubmissionError("problem", "problem: this service stores no problems")
    language, files = admit_program(request, settings)
    workers = min(request.workers or WORKERS_MAX, settings.judge_workers or WORKERS_MAX)
    problem = _problem(request, language, settings) if stored is None else _stopping(stored, request.stop_at_failure)
    return JudgeJob(language, files, problem, workers)


def check_source(request: JudgeRequest) -> None:
    """Refuse a request that has cases and names a stored problem, or does neither.

    Raises:
        SubmissionError: it names the field.
    """
    if request.problem is None:
        if not request.cases:
            raise SubmissionError("cases", "cases or problem: one of them is needed")
        if request.code_name is not None:
            raise SubmissionError("code_name", "code_name: only a stored problem adds files that need it")
        return
    for field in _THE_PROBLEMS:
        if field in request.model_fields_set:
            raise SubmissionError(field, f"{field}: the stored problem has its own: leave it out beside `problem`")


def _stopping(problem: Problem, stop_at_failure: bool | None) -> Problem:
    if stop_at_failure is None:
        return problem
    everything = run_everything(problem)
    return replace(everything, root=replace(everything.root, stop_at_failure=stop_at_failure))


def _problem(request: JudgeRequest, language: Language, settings: JudgingSettings) -> Problem:
    if len(request.cases) > settings.judge_cases_max:
        raise SubmissionError("cases", f"cases has more than {settings.judge_cases_max} entries")
    names = _distinct("groups", [group.name for group in request.groups])
    arguments = admit_arguments(request.args or ())
    cases = tuple(_case(number, case, names, arguments) for number, case in enumerate(request.cases, 1))
    _distinct("cases", [case.name for case in cases])
    problem = Problem(
        name="request",
        cases=cases,
        limits=_limits(request, language, settings),
        checker=_checker(request, settings),
        root=TestGroup("", stop_at_failure=bool(request.stop_at_failure)),
        groups=tuple(group.to_group() for group in request.groups),
        interactor=None if request.interactor is None else _program(request.interactor, settings, "interactor"),
        scored=any(case.points for case in request.cases) or any(group.points for group in request.groups),
        checker_limits=CheckerLimits(
            cpu_time_ms=settings.timeout_max_s * 1000,
            memory_bytes=settings.memory_limit_max_mib << 20,
            output_bytes=OUTPUT_LIMIT_BYTES,
            compile_memory_bytes=settings.memory_limit_max_mib << 20,
        ),
    )
    for number, case in enumerate(cases, 1):
        if message := too_large(problem, case, settings.workspace_mib << 20):
            raise SubmissionError("cases", f"cases: {number}: {message}")
    return problem


def _case(number: int, case: CaseModel, groups: set[str], arguments: tuple[str, ...]) -> TestCase:
    if case.group is not None and case.group not in groups:
        raise SubmissionError("cases", f"cases: {number}: unknown group {case.group[:64]!r}")
    given = encode(case.input, "cases", f"cases: {number}: input")
    answer = encode(case.output, "cases", f"cases: {number}: output")
    if len(given) > INPUT_MAX_BYTES:
        raise SubmissionError("cases", f"cases: {number}: the input is larger than {INPUT_MAX_BYTES} bytes")
    return TestCase(case.name or str(number), given, answer, case.points, case.group, arguments=arguments)


def _limits(request: JudgeRequest, language: Language, settings: JudgingSettings) -> ProblemLimits:
    asked = (("time_limit_ms", request.time_limit_ms), ("wall_time_limit_ms", request.wall_time_limit_ms))
    for field, time_ms in asked:
        if time_ms is not None:
            check_time(settings, field, time_ms)
    output_bytes, most_bytes = request.output_limit_kb, settings.judge_output_limit_bytes
    if output_bytes is None:
        output_bytes = min(OUTPUT_LIMIT_BYTES, most_bytes)
    else:
        output_bytes *= 1024
        if not 1024 <= output_bytes <= most_bytes:
            raise SubmissionError("output_limit_kb", f"output_limit_kb must be from 1 to {most_bytes // 1024} KB")
    memory_kb = request.memory_limit_kb
    options = admit_options(
        settings,
        stack_kb=request.stack_limit_kb,
        file_kb=request.file_size_limit_kb,
        processes=request.process_limit,
    )
    cpu_time_ms = request.time_limit_ms or min(TIME_LIMIT_MS, settings.timeout_max_s * 1000)
    return ProblemLimits(
        cpu_time_ms=cpu_time_ms,
        wall_time_ms=request.wall_time_limit_ms or wall_time_for(settings, cpu_time_ms),
        memory_bytes=admit_memory(settings, language, None if memory_kb is None else memory_kb * 1024),
        output_bytes=output_bytes,
        stack_bytes=options.stack_bytes,
        file_bytes=options.file_bytes,
        processes=options.processes,
    )


def _checker(request: JudgeRequest, settings: JudgingSettings) -> Checker:
    if isinstance(request.checker, ProgramModel):
        return _program(request.checker, settings, "checker")
    try:
        return request.checker.to_checker()
    except ValueError as error:
        raise SubmissionError("checker", f"checker: {error}") from error


def _program(sent: ProgramModel, settings: JudgingSettings, field: str) -> CustomChecker:
    language, files = admit_program(sent, settings, field)
    if taken := {file.name.partition("/")[0] for file in files} & JUDGE_FILES:
        raise SubmissionError(field, f"{field}: files: {min(taken)!r} is reserved for the judge")
    return CustomChecker(Program(language.name, files), tuple(sent.arguments), Convention(sent.convention))


def _distinct(field: str, names: list[str]) -> set[str]:
    """Return the names as a set.

    Raises:
        SubmissionError: two names are the same.
    """
    seen = set[str]()
    for number, name in enumerate(names, 1):
        if name in seen:
            raise SubmissionError(field, f"{field}: {number}: the name {name[:64]!r} appears twice")
        seen.add(name)
    return seen
