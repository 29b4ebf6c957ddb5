"""The inner types of judging: frozen values, each field with its unit.

A problem's test cases are the leaves of a tree of groups. Names begin below the root:

    root (name "")
    ├── case          group None
    └── group         parent None
        ├── case      group "group"
        └── group     parent "group"
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final

from zuko.types import SourceFile, Usage

MIB: Final = 1 << 20
INPUT_MAX_BYTES: Final = 64 * MIB  # of a run's standard input: INPUT_MAX of docker/init/protocol.h


class Verdict(StrEnum):
    """The judge's decision on a case, a group or a whole submission."""

    AC = "AC"
    WA = "WA"
    TLE = "TLE"
    MLE = "MLE"
    OLE = "OLE"
    RTE = "RTE"
    CE = "CE"
    JE = "JE"

    @property
    def meaning(self) -> str:
        """The verdict in words."""
        return _MEANINGS[self]

    @property
    def severity(self) -> int:
        """Its place in `SEVERITY`: 0 is the worst."""
        return SEVERITY.index(self)


_MEANINGS: Final = {
    Verdict.AC: "Accepted",
    Verdict.WA: "Wrong answer",
    Verdict.TLE: "Time limit exceeded",
    Verdict.MLE: "Memory limit exceeded",
    Verdict.OLE: "Output limit exceeded",
    Verdict.RTE: "Runtime error",
    Verdict.CE: "Compile error",
    Verdict.JE: "Judge error",
}

# Worst first. The order of `worst_error` in the Kattis problem package format (legacy, "Default grader"), with CE
# after JE: with both, nothing is known about the program's answers.
SEVERITY: Final = (
    Verdict.JE,
    Verdict.CE,
    Verdict.RTE,
    Verdict.MLE,
    Verdict.TLE,
    Verdict.OLE,
    Verdict.WA,
    Verdict.AC,
)


# --- checkers -----------------------------------------------------------------------------------------------------


class CheckerKind(StrEnum):
    """The built-in checkers."""

    EXACT = "exact"  # byte for byte
    LINES = "lines"  # line by line, ignoring blanks at the end of lines and empty lines at the end
    TOKENS = "tokens"  # words between white space
    FLOATS = "floats"  # tokens, where numbers of the answer are compared within a tolerance
    SORTED_LINES = "sorted_lines"  # like LINES, in any order


@dataclass(frozen=True, slots=True)
class BuiltinChecker:
    """A built-in checker and its options.

    Raises:
        ValueError: the kind does not have an option, or `FLOATS` has no tolerance.
    """

    kind: CheckerKind = CheckerKind.TOKENS
    case_sensitive: bool = True  # False: A to Z equal a to z; every kind but EXACT
    space_sensitive: bool = False  # True: white space must be the answer's, byte for byte; TOKENS and FLOATS
    absolute_tolerance: float | None = None  # >= 0 and finite; FLOATS: within either tolerance is right
    relative_tolerance: float | None = None  # of the answer's magnitude; >= 0 and finite

    def __post_init__(self) -> None:
        tolerances = [each for each in (self.absolute_tolerance, self.relative_tolerance) if each is not None]
        if any(not 0 <= each < float("inf") for each in tolerances):
            raise ValueError("a tolerance must be a finite, non-negative number")
        if self.kind is CheckerKind.FLOATS and not tolerances:
            raise ValueError("floats needs an absolute or a relative tolerance")
        if self.kind is not CheckerKind.FLOATS and tolerances:
            raise ValueError(f"{self.kind} does not take a tolerance")
        if self.space_sensitive and self.kind not in (CheckerKind.TOKENS, CheckerKind.FLOATS):
            raise ValueError(f"{self.kind} has its own rule for white space")
        if not self.case_sensitive and self.kind is CheckerKind.EXACT:
            raise ValueError("exact is always case-sensitive")


@dataclass(frozen=True, slots=True)
class Program:
    """A program that belongs to a problem or a package, not a submission."""

    language: str  # a name of `LANGUAGES`
    files: tuple[SourceFile, ...]  # the main file first where the language has one
    entry: str = ""  # the file, or in Java the class, that it begins with; "": the usual one
    has_scripts: bool = False  # its files `build` and `run` make it and start it, with the language's compilers


class Convention(StrEnum):
    """The arguments and the results of a program of the problem setter."""

    KATTIS = "kattis"  # input answer feedback_dir/ [arguments] < output; exit 42 right, 43 wrong, others JE
    TESTLIB = "testlib"  # input output answer [arguments]; exit 0 right, 1 and 2 wrong, 7 points, others JE


@dataclass(frozen=True, slots=True)
class CustomChecker:
    """A checker or an interactor of the problem setter, run in a sandbox of its own."""

    program: Program
    arguments: tuple[str, ...] = ()  # after those of the convention
    convention: Convention = Convention.KATTIS
    others: tuple[Program, ...] = ()  # checkers with the same arguments that have to accept the output, too

    @property
    def programs(self) -> tuple[Program, ...]:
        """Its program, and those that have to accept, too."""
        return (self.program, *self.others)


Checker = BuiltinChecker | CustomChecker


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A checker's decision on one output."""

    verdict: Verdict  # AC, WA, or JE: the checker or the answer is wrong
    message: str = ""  # for people, at most a few hundred characters
    diff: str = ""  # the first difference: `diff.describe`, safe for terminals and HTML; "": none
    points: float | None = None  # absolute, from the checker; None: the case's own
    multiplier: float | None = None  # 0 to 1, of the case's points; None: 1
    feedback: tuple[SourceFile, ...] = field(default=(), compare=False, repr=False)  # the files that it has written

    @property
    def accepted(self) -> bool:
        """True if the output is right."""
        return self.verdict is Verdict.AC


# --- problems -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TestCase:
    """One input and its answer."""

    __test__: ClassVar = False  # or pytest takes it for a class of tests

    name: str  # unique in the problem: "secret/01"
    input: bytes  # standard input
    answer: bytes  # for the checker; never enters the submission's sandbox
    points: float | None = 0.0  # for an accepted output; None: unbounded, the checker decides
    group: str | None = None  # a group's name; None: directly under the root
    rejected_points: float = 0.0  # for an output that is not accepted: `reject_score` of the legacy format
    checker: Checker | None = None  # None: the problem's
    arguments: tuple[str, ...] = ()  # of the submission
    files: tuple[SourceFile, ...] = ()  # in the submission's workspace, which must have no file of such a name
    feedback: tuple[SourceFile, ...] = ()  # for the checker of a later pass: written by those before it
    is_static: bool = False  # nothing is run: its checker reads the submission's own files


class Aggregation(StrEnum):
    """How a group's points are computed from those of its cases and groups."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    PASS_FAIL = "pass_fail"  # noqa: S105 - the group's own points if it is accepted, otherwise none


class VerdictRule(StrEnum):
    """How a group's verdict is computed from those of its cases and groups. JE always wins."""

    FIRST_ERROR = "first_error"  # the first that is not accepted, in order, as contests show it
    WORST_ERROR = "worst_error"  # the worst by `SEVERITY`
    ALWAYS_ACCEPT = "always_accept"


@dataclass(frozen=True, slots=True)
class CustomGrader:
    """A program that makes the verdict and the points of a group from those of its cases and groups."""

    program: Program
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TestGroup:
    """A scored set of test cases and groups."""

    __test__: ClassVar = False  # see TestCase

    name: str  # unique in the problem: "secret/group1"; "" is the root
    parent: str | None = None  # a group's name; None: the root
    aggregation: Aggregation = Aggregation.SUM
    points: float | None = None  # the maximum; None: unbounded. PASS_FAIL: its points if accepted
    verdict_rule: VerdictRule = VerdictRule.FIRST_ERROR
    accept_if_any: bool = False  # accepted if one of its cases or groups is, overriding the rule
    partial: bool = True  # False: it has points only if it is accepted
    stop_at_failure: bool = False  # after a failure in it, the rest of it is not run
    requires: tuple[str, ...] = ()  # groups that must be accepted, or nothing in it is run
    counts: bool = True  # False: run and shown, but not part of its parent's verdict and points (samples)
    grader: CustomGrader | None = None  # makes its verdict and its points instead of the rules above


@dataclass(frozen=True, slots=True)
class ProblemLimits:
    """Limits of one run of a submission on one case."""

    cpu_time_ms: int  # the time limit: all processes of the run together
    wall_time_ms: int  # for programs that sleep or wait
    memory_bytes: int
    output_bytes: int = 8 * MIB  # of each of stdout and stderr
    stack_bytes: int | None = None  # of the main thread; None: the memory limit's
    file_bytes: int | None = None  # of each file that it writes; None: the workspace's
    processes: int | None = None  # and threads together; None: the sandbox's


@dataclass(frozen=True, slots=True)
class CheckerLimits:
    """Limits of one run of a custom checker, and of its compilation."""

    cpu_time_ms: int = 60_000
    memory_bytes: int = 1024 * MIB
    output_bytes: int = 8 * MIB
    compile_cpu_time_ms: int = 30_000  # at least
    compile_memory_bytes: int = 1024 * MIB  # at least


@dataclass(frozen=True, slots=True)
class CompilerLimits:
    """Limits of the compilation of a submission. None: those of its language."""

    cpu_time_ms: int | None = None  # the wall time limit is at least twice as much
    memory_bytes: int | None = None


THE_LANGUAGES: Final = CompilerLimits()


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that judging a submission needs."""

    name: str  # short, for messages
    cases: tuple[TestCase, ...]  # in the order in which they are run
    limits: ProblemLimits
    checker: Checker = field(default_factory=BuiltinChecker)
    root: TestGroup = TestGroup("")
    groups: tuple[TestGroup, ...] = ()  # parents before children
    interactor: CustomChecker | None = (
        None  # talks with the submission, and decides; in testlib's, a checker that is a program reads what it wrote
    )
    scored: bool = False  # False: points have no meaning and are None in a judgement
    signed: bool = False  # a checker may give negative points: in the legacy format
    passes: int = 1  # runs of a submission on a case; the checker of each writes the next one's input
    checker_limits: CheckerLimits = CheckerLimits()
    compiler_limits: CompilerLimits = THE_LANGUAGES

    def checker_for(self, case: TestCase) -> Checker:
        """Return the checker of a case: its own, or else the problem's."""
        return case.checker or self.checker

    def interactor_for(self, case: TestCase) -> CustomChecker | None:
        """Return the interactor of a case; a case's own custom checker is the interactor with other arguments."""
        if self.interactor and isinstance(case.checker, CustomChecker):
            return case.checker
        return self.interactor


# --- results ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of a submission on one case. The figures are those of the attempt that counts."""

    name: str  # the case's
    group: str | None
    verdict: Verdict
    reason: str  # a sentence without the full stop; "" if accepted
    cpu_time_ns: int | None  # every process of the run; None: unknown, never 0
    wall_time_ns: int | None  # None: nothing ran
    peak_rss_bytes: int | None  # of the largest process; None: unknown, never 0
    points: float = 0.0
    diff: str = ""  # see CheckResult
    message: str = ""  # the checker's
    attempts: tuple[Usage, ...] = ()  # every run, in order; more than one if the time was borderline
    borderline: bool = False  # a run was within a few percent of the time limit
    is_static: bool = False  # the submission was not run for it, so that there are no figures


@dataclass(frozen=True, slots=True)
class GroupResult:
    """The result of a submission on one group."""

    name: str
    verdict: Verdict | None  # None: not all of it was run, and nothing in it failed
    points: float
    max_points: float | None  # None: unbounded


@dataclass(frozen=True, slots=True)
class Judgement:
    """The complete result of judging a submission."""

    verdict: Verdict
    reason: str  # that of the deciding case; "" if accepted
    points: float | None  # None: the problem is not scored
    max_points: float | None  # None: not scored, or unbounded
    cases: tuple[CaseResult, ...] = ()  # in the problem's order, without those that were not run
    groups: tuple[GroupResult, ...] = ()  # in the problem's order
    skipped: tuple[str, ...] = ()  # names of the cases that were not run, in the problem's order
    decided_by: str | None = None  # name of the case that decided the verdict; None: accepted, CE, or no case
    compile_output: str = ""
    sandbox_wait_s: float | None = field(default=None, compare=False)  # until it had its first sandbox

    @property
    def cpu_time_ns(self) -> int | None:
        """The time of the slowest case; None if that of a case is unknown, or nothing ran."""
        return _largest(case.cpu_time_ns for case in self.cases if not case.is_static)

    @property
    def wall_time_ns(self) -> int | None:
        """The time of the slowest case; None if that of a case is unknown, or nothing ran."""
        return _largest(case.wall_time_ns for case in self.cases if not case.is_static)

    @property
    def peak_rss_bytes(self) -> int | None:
        """The memory of the largest case; None if that of a case is unknown, or nothing ran."""
        return _largest(case.peak_rss_bytes for case in self.cases if not case.is_static)


def _largest(values: Iterable[int | None]) -> int | None:
    known = list(values)
    # The largest of the known values would look like the largest of all.
    return None if not known or None in known else max(value for value in known if value is not None)
