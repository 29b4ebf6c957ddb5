"""Cases that a package has for its validators."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.unit.package.packages import MODERN, read
from zuko.errors import NoCapacityError, ProblemError
from zuko.judge.inputs import Input, InputFault
from zuko.package.solutions import Solution
from zuko.package.trials import Trials
from zuko.package.verify import Tried, try_validators, validate
from zuko.problem import BuiltinChecker, CaseResult, Judgement, Problem, Verdict

AC, WA, JE = Verdict.AC, Verdict.WA, Verdict.JE
INVALID: Final = {
    **MODERN,
    "input_validators/v.py": "",
    "input_validators/w.py": "",
    "data/invalid_input/a.in": "1",
    "data/invalid_input/inner/b.in": "2",
}
OUTPUTS: Final = {
    **MODERN,
    **{
        f"data/{kind}/{name}.{end}": end
        for kind in ("invalid_output", "valid_output")
        for name in "12"
        for end in ("in", "ans", "out")
    },
    "data/valid_output/test_group.yaml": "output_validator_args: [case_sensitive]",
}


def tried(
    root: Path, contents: dict[str, str], rejected: dict[str, set[str]], verdicts: dict[str, Verdict]
) -> list[Tried]:
    def check(validator: Solution, inputs: Sequence[Input]) -> tuple[InputFault, ...]:
        return tuple(InputFault(each.name, "") for each in inputs if each.name in rejected.get(validator.path, ()))

    def judge(solution: Solution, problem: Problem) -> Judgement:
        assert solution.language.name == "python"
        assert not problem.groups
        cases = tuple(
            CaseResult(case.name, None, verdicts.get(case.name, AC), "why", 1, 1, 1) for case in problem.cases
        )
        return Judgement(AC, "", None, None, cases)

    return list(try_validators(read(root, contents), check, judge, lambda _: None))


def test_each_input_is_rejected_by_one_validator(tmp_path: Path) -> None:
    a, b = "invalid_input/a", "invalid_input/inner/b"
    v, w = "input_validators/v.py", "input_validators/w.py"
    assert tried(tmp_path / "1", INVALID, {v: {a}, w: {b}}, {}) == [Tried("data/invalid_input", 2)]
    fault = InputFault(b, "is accepted by every input validator")
    assert tried(tmp_path / "2", INVALID, {v: {a}}, {}) == [Tried("data/invalid_input", 2, (fault,))]


def test_validators_that_cannot_be_run_may_have_rejected_it(tmp_path: Path) -> None:
    contents = {**INVALID, "input_validators/w.py": None, "input_validators/w.ctd": ""}
    (result,) = tried(tmp_path, {name: content for name, content in contents.items() if content is not None}, {}, {})
    assert result.ok is None
    assert "by the validators that can be run" in result.reason


def test_outputs(tmp_path: Path) -> None:
    verdicts = {"invalid_output/1": WA, "invalid_output/2": AC, "valid_output/2": JE}
    assert tried(tmp_path, OUTPUTS, {}, verdicts) == [
        Tried("data/invalid_output", 2, (InputFault("invalid_output/2", "is AC, expected WA: why"),)),
        Tried("data/valid_output", 2, (InputFault("valid_output/2", "is JE, expected AC: why"),)),
    ]


def test_what_a_trial_is(tmp_path: Path) -> None:
    trials = read(tmp_path, OUTPUTS).trials
    first = trials.valid_outputs[0].case
    assert (first.name, first.input, first.answer) == ("valid_output/1", b"in", b"ans")
    assert [file.content for file in first.files] == [b"out"]
    assert first.checker == BuiltinChecker(case_sensitive=True)
    assert trials.invalid_outputs[0].case.checker is None
    assert read(tmp_path / "none", MODERN).trials == Trials()


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"^data/valid_output/3\.ans: is missing$"):
        read(tmp_path, {**OUTPUTS, "data/valid_output/3.in": ""})


@pytest.mark.parametrize("key", ["args", "input_validator_args"])
def test_arguments_that_no_program_can_have_are_errors(tmp_path: Path, key: str) -> None:
    with pytest.raises(ProblemError, match=rf"^data/valid_output/1\.yaml: {key}: an argument must not contain NUL$"):
        read(tmp_path, {**OUTPUTS, "data/valid_output/1.yaml": rf'{key}: ["a\0"]'})


def test_a_host_that_is_too_slow_ends_nothing(tmp_path: Path) -> None:
    """The package has no fault then, and the rest of it is judged."""
    package = read(tmp_path, {**INVALID, **OUTPUTS, "input_validators/x.viva": ""})

    def check(validator: Solution, inputs: Sequence[Input]) -> tuple[InputFault, ...]:
        if validator.path == "input_validators/v.py":
            raise NoCapacityError("too slow")
        return ()

    def judge(solution: Solution, problem: Problem) -> Judgement:
        raise NoCapacityError("too slow")

    found = [(each.ok, each.failed, each.reason) for each in validate(package, check, lambda _: None)]
    assert found[:2] == [(None, True, "too slow"), (True, False, "")]
    assert found[2][:2] == (None, False)
    tried_on = list(try_validators(package, check, judge, lambda _: None))
    assert [(each.ok, each.failed, each.reason) for each in tried_on] == [(None, True, "too slow")] * 3
