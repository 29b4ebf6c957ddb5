"""Verification of a package: its submissions against its claims, and its inputs against its input validators."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from zuko.errors import NoCapacityError, ProblemError
from zuko.judge import grading
from zuko.judge.inputs import Input, InputFault
from zuko.judge.verdicts import seconds
from zuko.package.answers import PRINTS
from zuko.package.expectations import ANY, Expectation, matches, unmet
from zuko.package.extra_time import Judge, holds_with_more_time, time_needed
from zuko.package.read import Package
from zuko.package.solutions import Solution, refused, solution_of
from zuko.package.submissions import PackageSubmission
from zuko.package.validators import InputValidator
from zuko.problem import CaseResult, Judgement, Problem, TestCase, TestGroup, Verdict

CLOSE: Final = 0.5  # of the time limit: an accepted submission that needs more may be too slow on another machine

CheckInputs = Callable[[Solution, Sequence[Input]], tuple[InputFault, ...]]


@dataclass(frozen=True, slots=True)
class Validated:
    """An input validator of the package, and the faults that it found in the inputs."""

    validator: InputValidator
    language: str | None  # None: it was not run, as it cannot be, or as the host was too slow to compile it
    inputs: int  # number of inputs that it checked
    faults: tuple[InputFault, ...] = ()
    reason: str = ""  # why it did not check them; "": it did

    @property
    def ok(self) -> bool | None:
        """True if every input is valid; None if the validator was not run."""
        return None if self.language is None else not self.faults and not self.reason

    @property
    def failed(self) -> bool:
        """True if the validator can be run, and was not."""
        return self.language is None and self.validator.program is not None


@dataclass(frozen=True, slots=True)
class Verified:
    """A submission of the package, and the result of judging it."""

    submission: PackageSubmission
    solution: Solution | None  # None: it cannot be run, see `submission.reason`
    judgement: Judgement | None  # the same
    limit_ms: int  # of CPU time
    unmet: tuple[str, ...] = ()  # a sentence for each claim that does not hold, or if the package does not allow it
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool | None:
        """True if every claim holds; None if the submission was not run."""
        return None if self.judgement is None else not self.unmet


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """The time limit, and its origin."""

    cpu_time_ms: int
    source: str  # a sentence's end


def validate(package: Package, check: CheckInputs, begin: Callable[[str], None]) -> Iterator[Validated]:
    """Run every input validator on every input; yield the result of each validator.

    Args:
        package: the package.
        check: runs one validator on inputs.
        begin: called with the path of each validator before it is run.
    """
    for each in package.input_validators:
        begin(each.path)
        if each.program is None:
            yield Validated(each, None, 0, reason=each.reason)
            continue
        validator = solution_of(each.path, each.program)
        inputs = [
            Input(
                case.name,
                case.input,
                (*each.arguments(package.input_arguments.get(case.name, ())), *case.arguments),
                case.files,
                each.valid,
            )
            for case in package.problem.cases
            if not case.is_static
        ]
        try:
            yield Validated(each, validator.language.name, len(inputs), check(validator, inputs))
        except ProblemError as error:
            yield Validated(each, validator.language.name, 0, reason=str(error))
        except NoCapacityError as error:  # the host was too slow, perhaps for this one only
            yield Validated(each, None, 0, reason=str(error))


@dataclass(frozen=True, slots=True)
class Tried:
    """A directory of cases that the validators were tried on, and those that were not judged as it says."""

    path: str  # "data/invalid_input"
    cases: int
    faults: tuple[InputFault, ...] = ()
    reason: str = ""  # why nothing was tried; "": it was
    failed: bool = False  # the reason is a host that was too slow

    @property
    def ok(self) -> bool | None:
        """True if each was judged as the directory says; None if nothing was tried."""
        return None if self.reason else not self.faults


def try_validators(package: Package, check: CheckInputs, judge: Judge, begin: Callable[[str], None]) -> Iterator[Tried]:
    """Try the validators on the cases that the package has for them; yield the result of each directory.

    Args:
        package: the package.
        check: runs one input validator on inputs.
        judge: judges one submission.
        begin: called with the path of each directory before it is tried.
    """
    trials = package.trials
    if trials.invalid_inputs:
        begin(_INVALID_INPUTS)
        yield _try_inputs(package, check)
    for path, cases, expected in (
        ("data/invalid_output", trials.invalid_outputs, Verdict.WA),
        ("data/valid_output", trials.valid_outputs, Verdict.AC),
    ):
        if cases:
            begin(path)
            yield _try_outputs(package, path, [trial.case for trial in cases], expected, judge)


_NEVER_STARTS: Final = frozenset({Verdict.CE, Verdict.RTE})
_INVALID_INPUTS: Final = "data/invalid_input"


def _try_inputs(package: Package, check: CheckInputs) -> Tried:
    """Have every input validator check the invalid inputs: one that none of them rejects is a fault."""
    trials = package.trials.invalid_inputs
    accepted = {trial.case.name for trial in trials}
    able = [each for each in package.input_validators if each.program is not None]
    if not able:
        return Tried(_INVALID_INPUTS, len(trials), reason="there is no input validator that can be run")
    for each in able:
        if each.program is None:
            continue
        validator = solution_of(each.path, each.program)
        inputs = [
            Input(
                trial.case.name,
                trial.case.input,
                (*each.arguments(trial.input_arguments), *trial.case.arguments),
                trial.input_files,
                each.valid,
            )
            for trial in trials
            if trial.case.name in accepted
        ]
        try:
            accepted -= {fault.name for fault in check(validator, inputs)} if inputs else set()
        except (ProblemError, NoCapacityError) as error:
            failed = isinstance(error, NoCapacityError)
            return Tried(_INVALID_INPUTS, len(trials), reason=str(error), failed=failed)
    if accepted and len(able) < len(package.input_validators):
        return Tried(
            _INVALID_INPUTS, len(trials), reason=f"{min(accepted)} is accepted by the validators that can be run"
        )
    faults = tuple(InputFault(name, "is accepted by every input validator") for name in sorted(accepted))
    return Tried(_INVALID_INPUTS, len(trials), faults)


def _try_outputs(package: Package, path: str, cases: Sequence[TestCase], expected: Verdict, judge: Judge) -> Tried:
    problem = package.problem
    if problem.interactor is not None or problem.passes > 1:
        return Tried(path, len(cases), reason="a problem that is interactive or multi-pass has no outputs to check")
    alone = replace(
        problem,
        cases=tuple(replace(case, group=None, arguments=()) for case in cases),
        root=TestGroup(""),
        groups=(),
        scored=False,
    )
    try:
        judgement = judge(solution_of(path, PRINTS), alone)
    except NoCapacityError as error:
        return Tried(path, len(cases), reason=str(error), failed=True)
    faults = [
        InputFault(case.name, f"is {case.verdict}, expected {expected}" + (f": {case.reason}" if case.reason else ""))
        for case in judgement.cases
        if case.verdict is not expected
    ]
    missing = [InputFault(name, judgement.reason or "was not judged") for name in judgement.skipped]
    return Tried(path, len(cases), (*faults, *missing))


def verify(
    package: Package, judge: Judge, begin: Callable[[PackageSubmission], None], *, everything: bool = False
) -> Iterator[Verified | TimeLimit]:
    """Judge every submission; yield the time limit, then the result of each submission.

    If the package has no time limit, it is inferred from the submissions that must keep it, which are judged first.

    Args:
        package: the package.
        judge: judges one submission.
        begin: called before each submission is judged.
        everything: judge every case, also after the claims are settled.
    """
    known: dict[str, Verified] = {}
    limit = TimeLimit(package.problem.limits.cpu_time_ms, "set by the package")
    if package.timing.time_limit_ms is None:
        for each in package.submissions:
            if _claims(each, "lower"):
                begin(each)
                known[each.path] = _judged(package, each, package.problem, judge, everything=everything)
        limit = _infer(package, known.values())
    yield limit
    problem = package.with_time_limit(limit.cpu_time_ms)
    for each in package.submissions:
        begin(each)
        verified = known.get(each.path)
        if verified is None or not _is_final(verified):
            verified = _judged(package, each, problem, judge, everything=everything)
        if verified.solution is not None and (refusal := refused(package, verified.solution)):
            verified = replace(verified, unmet=(f"it {refusal}", *verified.unmet))
        yield _with_warnings(replace(verified, limit_ms=limit.cpu_time_ms), package, problem, judge)


def expected(expectations: tuple[Expectation, ...]) -> str:
    """Return the first claim in a word or two: the required verdicts, or else the permitted ones."""
    if not expectations:
        return "-"
    claim = expectations[0]
    if claim.partial:
        return "part"
    verdicts = claim.permitted if claim.required >= claim.permitted else claim.required
    if verdicts >= ANY:
        return "any"
    return "/".join(verdict for verdict in Verdict if verdict in verdicts)


def near_limit(expectations: Iterable[Expectation], judgement: Judgement, problem: Problem) -> tuple[str, ...]:
    """Return a warning if a submission keeps the problem's time limit, as it should, but not by much; else nothing."""
    limit_ns = problem.limits.cpu_time_ms * 1_000_000
    slowest_ns = max((case.cpu_time_ns or 0 for case in _within_limit(expectations, judgement, problem)), default=0)
    if slowest_ns <= CLOSE * limit_ns:
        return ()
    return (f"it needs {slowest_ns / limit_ns:.0%} of the time limit, more than {CLOSE:.0%}",)


def _judged(
    package: Package, submission: PackageSubmission, problem: Problem, judge: Judge, *, everything: bool
) -> Verified:
    limit_ms = problem.limits.cpu_time_ms
    if submission.program is None:
        return Verified(submission, None, None, limit_ms)
    try:
        solution = solution_of(submission.path, submission.program, package.includes)
    except ProblemError as error:
        return Verified(replace(submission, reason=str(error)), None, None, limit_ms)
    claims = _for_language(solution, submission.expectations)
    judgement = None
    if not everything and not problem.scored and _may_end_early(claims):
        stopping = judge(solution, solution.problem(grading.stop_everywhere(problem)))
        judgement = stopping if _is_settled(claims, stopping) else None
    if judgement is None:
        judgement = judge(solution, solution.problem(grading.run_everything(problem)))
    # Of what was not run, nothing is known: a case that a claim requires may be among it.
    contradicted = unmet(_of_each_case(claims), judgement) if judgement.skipped else ()
    return Verified(submission, solution, judgement, limit_ms, contradicted or unmet(claims, judgement))


def _for_language(solution: Solution, expectations: tuple[Expectation, ...]) -> tuple[Expectation, ...]:
    """Return the claims as they are meant for a language.

    Judges that check the syntax of scripts before they run them call it a compile error where ours ends with one.
    """
    if solution.language.compiler is not None:
        return expectations
    return tuple(
        replace(claim, permitted=_NEVER_STARTS, required=_NEVER_STARTS) if claim.permitted == {Verdict.CE} else claim
        for claim in expectations
    )


def _may_end_early(claims: Sequence[Expectation]) -> bool:
    """Return whether the first case that is not accepted may settle the claims, and the rest would cost much.

    That every case is accepted does not hold after the first that is not. A submission that is too slow once is likely
    to be so in many cases, each of which takes the whole limit; a contest would end it there, too.
    """
    if any(claim.cases or claim.message for claim in claims):
        return False
    return any(claim.permitted == {Verdict.AC} or claim.required == {Verdict.TLE} for claim in claims)


def _of_each_case(claims: Iterable[Expectation]) -> tuple[Expectation, ...]:
    """Return what the claims say of each case."""
    return tuple(replace(claim, required=ANY) for claim in claims)


def _is_settled(claims: Sequence[Expectation], judgement: Judgement) -> bool:
    """Return whether no further case could change what becomes of the claims, or it was too slow, as it should be."""
    if not judgement.skipped or judgement.verdict in (Verdict.CE, Verdict.JE):
        return True
    if unmet(_of_each_case(claims), judgement):
        return True
    is_slow = any(case.verdict is Verdict.TLE for case in judgement.cases)
    return is_slow and not unmet(claims, judgement)


def _infer(package: Package, lower: Iterable[Verified]) -> TimeLimit:
    default = TimeLimit(package.problem.limits.cpu_time_ms, "the default: there is no submission to infer it from")
    slowest_ns, slowest = -1, ""
    for each in lower:
        for case in _within_limit(each.submission.expectations, each.judgement, package.problem):
            if case.verdict is Verdict.TLE:
                return replace(default, source=f"the default: {each.submission.path} exceeds it")
            if (time_ns := case.cpu_time_ns or -1) > slowest_ns:
                slowest_ns, slowest = time_ns, each.submission.path
    if slowest_ns < 0:
        return default
    factor = package.timing.ac_multiplier
    return TimeLimit(
        package.timing.infer(slowest_ns / 1e6), f"at least {factor:g} times that of {slowest}, {seconds(slowest_ns)}"
    )


def _within_limit(
    expectations: Iterable[Expectation], judgement: Judgement | None, problem: Problem
) -> list[CaseResult]:
    """Return the cases on which a claim says that it keeps the time limit.

    Once an interactor has found a submission wrong, how long that runs on says nothing.
    """
    claims = [claim for claim in expectations if claim.time_limit == "lower"]
    cases = judgement.cases if judgement else ()
    return [
        case
        for case in cases
        if any(matches(claim.cases, case.name) for claim in claims)
        and not (case.verdict is Verdict.WA and problem.interactor is not None)
    ]


def _is_final(verified: Verified) -> bool:
    """Return whether a judgement with the default limit also holds for the limit inferred from it."""
    claims = verified.submission.expectations
    slow = any(case.verdict is Verdict.TLE for case in verified.judgement.cases) if verified.judgement else False
    return not slow and all(claim.time_limit == "lower" and not claim.cases for claim in claims)


def _with_warnings(verified: Verified, package: Package, problem: Problem, judge: Judge) -> Verified:
    """Return the result with warnings about times that could give another verdict on another machine."""
    judgement = verified.judgement
    if judgement is None or verified.solution is None:
        return verified
    if verified.unmet:
        claims = _for_language(verified.solution, verified.submission.expectations)
        if not holds_with_more_time(verified.solution, claims, judgement, package, problem, judge=judge):
            return verified
        factor = package.timing.tle_multiplier
        return replace(verified, unmet=(), warnings=(f"it is as claimed with {factor:g} times the time limit only",))
    warnings = list(near_limit(verified.submission.expectations, judgement, problem))
    if _claims(verified.submission, "upper"):
        needed_ns = time_needed(verified.solution, judgement, package, problem, judge)
        if needed_ns is not None:
            factor = package.timing.tle_multiplier
            warnings.append(f"it ends after {seconds(needed_ns)}, less than {factor:g} times the time limit")
    return replace(verified, warnings=tuple(warnings))


def _claims(submission: PackageSubmission, time_limit: str) -> list[Expectation]:
    """Return the claims by which its time is a "lower" or an "upper" bound of the time limit."""
    return [claim for claim in submission.expectations if claim.time_limit == time_limit]
