"""Judging a program: the request and the responses."""

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, JsonValue, Tag

from zuko.problem import (
    Aggregation,
    BuiltinChecker,
    CaseResult,
    CheckerKind,
    Judgement,
    TestGroup,
    Verdict,
)
from zuko.types import CASES_MAX, FILES_MAX, Usage
from zuko.wire.execute import (
    Arguments,
    CompileMemoryLimit,
    CompileOptions,
    CompileTimeLimit,
    FileModel,
    FileSizeLimit,
    LanguageName,
    LanguageVersion,
    ProcessLimit,
    StackLimit,
)

TIME_LIMIT_MS: Final = 2000  # default of a request
OUTPUT_LIMIT_BYTES: Final = 8 << 20
GROUPS_MAX: Final = 1000
WORKERS_MAX: Final = 1024
# Of a stored problem: file names in archives and URLs, without escapes.
FILE_NAME_PATTERN: Final = r"^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}$"
PROBLEM_NAME_PATTERN: Final = r"[a-z0-9][a-z0-9._-]{0,63}"
PROBLEM_PATTERN: Final = rf"^{PROBLEM_NAME_PATTERN}(@[1-9][0-9]{{0,8}})?$"
PROBLEM_VERSION_MAX: Final = 999_999_999
_STRICT: Final = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

_EXAMPLE: Final[dict[str, JsonValue]] = {
    "language": "python",
    "code": "print(sum(map(int, input().split())))",
    "cases": [{"input": "1 2\n", "output": "3\n"}, {"input": "2 2\n", "output": "5\n"}],
    "time_limit_ms": 1000,
}


class CaseModel(BaseModel):
    """A test case: one input and its answer."""

    model_config = _STRICT

    name: Annotated[str | None, Field(max_length=200, description="unset: its number, from 1")] = None
    input: Annotated[str, Field(description="standard input")] = ""
    output: Annotated[str, Field(description="the answer, for the checker; the program never sees it")]
    points: Annotated[float, Field(ge=0, le=1e9, description="for an accepted output")] = 0.0
    group: Annotated[str | None, Field(max_length=200, description="name of one of `groups`")] = None


class GroupModel(BaseModel):
    """A scored set of cases."""

    model_config = _STRICT

    name: Annotated[str, Field(min_length=1, max_length=200)]
    points: Annotated[float | None, Field(ge=0, le=1e9, description="of a pass_fail group; else the maximum")] = None
    aggregation: Annotated[
        Literal["sum", "min", "max", "avg", "pass_fail"],
        Field(description="how its points come from those of its cases; pass_fail: its own if all are accepted"),
    ] = "sum"
    stop_at_failure: Annotated[bool, Field(description="its cases after a failure are not run")] = False

    def to_group(self) -> TestGroup:
        """Return the inner type."""
        return TestGroup(
            self.name,
            aggregation=Aggregation(self.aggregation),
            points=self.points,
            stop_at_failure=self.stop_at_failure,
        )


class BuiltinCheckerModel(BaseModel):
    """A built-in checker."""

    model_config = _STRICT

    kind: Literal["exact", "lines", "tokens", "floats", "sorted_lines"] = "tokens"
    case_sensitive: bool = True
    space_sensitive: Annotated[bool, Field(description="white space must match; tokens and floats")] = False
    absolute_tolerance: Annotated[float | None, Field(ge=0, description="floats")] = None
    relative_tolerance: Annotated[float | None, Field(ge=0, description="floats; of the answer's magnitude")] = None

    def to_checker(self) -> BuiltinChecker:
        """Return the inner type.

        Raises:
            ValueError: its options contradict each other.
        """
        return BuiltinChecker(
            CheckerKind(self.kind),
            self.case_sensitive,
            self.space_sensitive,
            self.absolute_tolerance,
            self.relative_tolerance,
        )


_Files = Annotated[list[FileModel], Field(max_length=FILES_MAX)]
_Argument = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]  # 64 of them fit into one frame


class ProgramModel(BaseModel):
    """A checker or an interactor that the problem setter has written."""

    model_config = _STRICT

    language: LanguageName
    version: LanguageVersion = None
    code: Annotated[str, Field(description="its main file")]
    files: _Files = []
    arguments: Annotated[list[_Argument], Field(max_length=64, description="after those of the convention")] = []
    convention: Annotated[
        Literal["kattis", "testlib"], Field(description="how it is called, and what its exit codes mean")
    ] = "kattis"


def _kind_of_checker(sent: object) -> str:
    """Return the tag of the model that is meant, so that errors are about that one and not about both."""
    is_program = isinstance(sent, ProgramModel) or (
        isinstance(sent, dict) and not sent.keys().isdisjoint(_PROGRAM_ONLY)
    )
    return "program" if is_program else "builtin"


_PROGRAM_ONLY: Final = ProgramModel.model_fields.keys()

CheckerModel = Annotated[
    Annotated[BuiltinCheckerModel, Tag("builtin")] | Annotated[ProgramModel, Tag("program")],
    Discriminator(_kind_of_checker),
]


class JudgeRequest(BaseModel):
    """A submission, and the problem that it is judged by."""

    model_config = ConfigDict(
        extra="forbid", strict=True, hide_input_in_errors=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    language: LanguageName
    version: LanguageVersion = None
    code: Annotated[str, Field(description="the program's source, its main file")]
    files: Annotated[_Files, Field(description="other files, in the program's directory")] = []
    code_name: Annotated[
        str | None,
        Field(
            pattern=FILE_NAME_PATTERN,
            description="file name of `code`, where a stored problem adds files that need it; unset: the language's",
        ),
    ] = None
    cases: Annotated[
        list[CaseModel], Field(min_length=1, max_length=CASES_MAX, description="the test cases; or give `problem`")
    ] = []
    problem: Annotated[
        str | None,
        Field(
            pattern=PROBLEM_PATTERN,
            description="a stored problem, its newest version or name@version: its cases, groups, checker, interactor"
            " and limits",
        ),
    ] = None
    groups: Annotated[list[GroupModel], Field(max_length=GROUPS_MAX)] = []
    checker: Annotated[CheckerModel, Field(description="decides about outputs: a built-in one, or a program")] = (
        BuiltinCheckerModel()
    )
    interactor: Annotated[ProgramModel | None, Field(description="exchanges data with the program, and decides")] = None
    # The service's settings are the bounds of limits. They are checked together, so that a refusal names both.
    time_limit_ms: Annotated[
        int | None,
        Field(description=f"CPU time limit of a case, ms; unset: {TIME_LIMIT_MS}, or the service's highest if lower"),
    ] = None
    wall_time_limit_ms: Annotated[
        int | None, Field(description="wall time limit of a case, ms; unset: twice the time limit and a second")
    ] = None
    memory_limit_kb: Annotated[
        int | None, Field(description="memory limit, KB (1024 bytes); unset: the language's default")
    ] = None
    output_limit_kb: Annotated[
        int | None,
        Field(
            description="limit of each of stdout and stderr, KB (1024 bytes); "
            f"unset: {OUTPUT_LIMIT_BYTES // 1024}, or the service's highest if lower",
        ),
    ] = None
    args: Arguments = None
    stack_limit_kb: StackLimit = None
    file_size_limit_kb: FileSizeLimit = None
    process_limit: ProcessLimit = None
    compile_options: CompileOptions = None
    compile_time_limit_ms: CompileTimeLimit = None
    compile_memory_limit_kb: CompileMemoryLimit = None
    stop_at_failure: Annotated[
        bool | None,
        Field(description="cases after a failure are not run; unset: false, or as the stored problem has it"),
    ] = None
    workers: Annotated[int | None, Field(ge=1, le=WORKERS_MAX, description="cases at the same time, at most")] = None


class UsageResponse(BaseModel):
    """The time and the memory of one run."""

    time_used_ms: Annotated[float | None, Field(description="CPU time of all its processes, ms")]
    wall_time_ms: Annotated[float, Field(description="from its start to its end, ms")]
    memory_used_kb: Annotated[int | None, Field(description="peak RSS of its largest process, KB (1024 bytes)")]

    @classmethod
    def from_usage(cls, usage: Usage) -> Self:
        """Return the wire form of a run's usage."""
        return cls(
            time_used_ms=_ms(usage.cpu_time_ns),
            wall_time_ms=_ms(usage.wall_time_ns) or 0.0,
            memory_used_kb=_kb(usage.peak_rss_bytes),
        )


class CaseResponse(BaseModel):
    """The result of the submission on one case."""

    name: str
    group: str | None
    verdict: Verdict
    message: Annotated[str | None, Field(description="the reason, as a sentence; null if accepted")]
    time_used_ms: Annotated[float | None, Field(description="CPU time of the run that counts, ms")]
    wall_time_ms: float | None
    memory_used_kb: Annotated[int | None, Field(description="peak RSS, KB (1024 bytes)")]
    points: Annotated[float | None, Field(description="0 unless accepted; null: nothing has points")]
    diff: Annotated[str | None, Field(description="the first difference; only for a wrong answer")]
    checker_message: Annotated[str | None, Field(description="the checker's message")]
    borderline: Annotated[bool, Field(description="its time was so close to the limit that it was run again")]
    attempts: Annotated[list[UsageResponse], Field(description="every run of it, in order")]

    @classmethod
    def from_result(cls, result: CaseResult, *, scored: bool) -> Self:
        """Return the wire form of a case's result.

        Args:
            result: of the case.
            scored: whether anything in the problem has points.
        """
        return cls(
            name=result.name,
            group=result.group,
            verdict=result.verdict,
            message=result.reason or None,
            time_used_ms=_ms(result.cpu_time_ns),
            wall_time_ms=_ms(result.wall_time_ns),
            memory_used_kb=_kb(result.peak_rss_bytes),
            points=result.points if scored else None,
            diff=result.diff or None,
            checker_message=result.message or None,
            borderline=result.borderline,
            attempts=[UsageResponse.from_usage(usage) for usage in result.attempts],
        )


class GroupResponse(BaseModel):
    """The result of the submission on one group."""

    name: str
    verdict: Annotated[Verdict | None, Field(description="null: not all of its cases were run, and none failed")]
    points: Annotated[float | None, Field(description="null: nothing has points")]
    max_points: float | None


class JudgeResponse(BaseModel):
    """The result of the submission as a whole."""

    verdict: Verdict
    message: Annotated[str | None, Field(description="message of the case that decided; null if accepted")]
    decided_by: Annotated[str | None, Field(description="name of the case that decided")]
    points: Annotated[float | None, Field(description="null: nothing has points")]
    max_points: float | None
    time_used_ms: Annotated[float | None, Field(description="CPU time of the slowest case, ms")]
    wall_time_ms: Annotated[float | None, Field(description="wall time of the slowest case, ms")]
    memory_used_kb: Annotated[int | None, Field(description="peak RSS of the largest case, KB (1024 bytes)")]
    cases: Annotated[list[CaseResponse], Field(description="the cases that were run, in the request's order")]
    groups: list[GroupResponse]
    skipped: Annotated[list[str], Field(description="names of the cases that were not run")]
    compile_output: Annotated[str | None, Field(description="the compiler's messages; null: not compiled")]
    messages_truncated: Annotated[
        bool, Field(description="messages, differences and compile_output were cut so that the response fits its limit")
    ] = False

    @classmethod
    def from_judgement(cls, judgement: Judgement, *, compiled: bool) -> Self:
        """Return the wire form of a judgement.

        Args:
            judgement: of the submission.
            compiled: whether the submission's language is compiled.
        """
        scored = judgement.points is not None
        return cls(
            verdict=judgement.verdict,
            message=judgement.reason or None,
            decided_by=judgement.decided_by,
            points=judgement.points,
            max_points=judgement.max_points,
            time_used_ms=_ms(judgement.cpu_time_ns),
            wall_time_ms=_ms(judgement.wall_time_ns),
            memory_used_kb=_kb(judgement.peak_rss_bytes),
            cases=[CaseResponse.from_result(case, scored=scored) for case in judgement.cases],
            groups=[
                GroupResponse(
                    name=group.name,
                    verdict=group.verdict,
                    points=group.points if scored else None,
                    max_points=group.max_points if scored else None,
                )
                for group in judgement.groups
            ],
            skipped=list(judgement.skipped),
            compile_output=judgement.compile_output if compiled else None,
        )


def _ms(time_ns: int | None) -> float | None:
    return None if time_ns is None else round(time_ns / 1e6, 3)


def _kb(size_bytes: int | None) -> int | None:
    return None if size_bytes is None else size_bytes // 1024
