"""Messages about invalid requests, tested without a server: they follow from the models alone."""

import json
from typing import Any, Final

import pytest
from pydantic import BaseModel, ValidationError

from zuko.api.validation_errors import ERRORS_MAX, ERRORS_SHOWN, field_errors
from zuko.wire.execute import ExecuteRequest
from zuko.wire.judge import JudgeRequest

EXECUTE: Final[dict[str, Any]] = {"language": "python", "code": ""}
JUDGE: Final[dict[str, Any]] = {**EXECUTE, "cases": [{"output": ""}]}


def errors_of(model: type[BaseModel], body: dict[str, Any]) -> list[dict[str, Any]]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(json.dumps(body))
    return field_errors(model, caught.value)


@pytest.mark.parametrize(
    ("model", "body", "hint"),
    [
        (ExecuteRequest, {**EXECUTE, "stdin": ""}, "did you mean input_data?"),
        (ExecuteRequest, {**EXECUTE, "input": ""}, "did you mean input_data?"),
        (ExecuteRequest, {**EXECUTE, "Timeout": 1}, "did you mean timeout?"),
        (ExecuteRequest, {**EXECUTE, "memory_limit": 1}, "did you mean memory_limit_kb?"),
        (ExecuteRequest, {**EXECUTE, "input_dat": 1}, "did you mean input_data?"),
        (
            ExecuteRequest,
            {**EXECUTE, "files": [{"name": "a", "content": "", "mode": 1}]},
            "fields are name, content",
        ),
        (JudgeRequest, {**JUDGE, "timeout": 1}, "did you mean time_limit_ms?"),
        (JudgeRequest, {**JUDGE, "tests": []}, "did you mean cases?"),
        (JudgeRequest, {**JUDGE, "cases": [{"output": "", "stdin": ""}]}, "did you mean input?"),
        (JudgeRequest, {**JUDGE, "cases": [{"output": "", "answer": ""}]}, "did you mean output?"),
        (JudgeRequest, {**JUDGE, "cases": [{"output": "", "x": ""}]}, "fields are name, input, output, points, group"),
        (
            JudgeRequest,
            {**JUDGE, "checker": {"tolerance": 1}},
            "did you mean absolute_tolerance or relative_tolerance?",
        ),
        (
            JudgeRequest,
            {**JUDGE, "checker": {**EXECUTE, "kind": ""}},
            "fields are language, version, code, files, arguments",
        ),
        (JudgeRequest, {**JUDGE, "interactor": {**EXECUTE, "args": []}}, "did you mean arguments?"),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else "",
)
def test_unknown_fields(model: type[BaseModel], body: dict[str, Any], hint: str) -> None:
    """The message suggests a similar field of the same object, or else lists all of its fields."""
    (error,) = errors_of(model, body)
    assert error["type"] == "extra_forbidden"
    assert error["msg"].startswith("unknown field")
    assert hint in error["msg"]


@pytest.mark.parametrize(
    ("checker", "place"),
    [
        ({"kind": "magic"}, ["kind"]),
        ({"builtin": 1}, ["builtin"]),
        ({"code": ""}, ["language"]),
        ({**EXECUTE, "program": 1}, ["program"]),
        ({**EXECUTE, "files": [{"name": "a"}]}, ["files", 0, "content"]),
        ({**EXECUTE, "arguments": [1]}, ["arguments", 0]),
        (7, []),
        (None, []),
    ],
    ids=json.dumps,
)
def test_places_are_those_of_the_request(checker: Any, place: list[str | int]) -> None:
    """The place of an error does not include which of the two kinds of checker was chosen."""
    (error,) = errors_of(JudgeRequest, {**JUDGE, "checker": checker})
    assert error["loc"] == ("body", "checker", *place)


def test_number_of_entries() -> None:
    (error,) = errors_of(JudgeRequest, {**JUDGE, "cases": []})
    assert error == {"loc": ("body", "cases"), "msg": "at least 1 entry is needed", "type": "too_short"}
    (error,) = errors_of(JudgeRequest, {**JUDGE, "cases": JUDGE["cases"] * 10_001})
    assert error["msg"] == "at most 10000 entries are allowed"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"workers": 0}, "workers must be from 1 to 1024"),
        ({"workers": 1025}, "workers must be from 1 to 1024"),
        ({"cases": [{"output": "", "points": -1}]}, "points must be from 0 to 1000000000"),
        ({"groups": [{"name": "g", "points": 1e10}]}, "points must be from 0 to 1000000000"),
        ({"checker": {"absolute_tolerance": -1}}, "Input should be greater than or equal to 0"),
    ],
    ids=json.dumps,
)
def test_bounds(changes: dict[str, Any], message: str) -> None:
    """The message has both bounds, whichever was exceeded, as it has when a setting is the bound."""
    (error,) = errors_of(JudgeRequest, {**JUDGE, **changes})
    assert error["msg"] == message


@pytest.mark.parametrize("number", [ERRORS_MAX, ERRORS_MAX + 1, 300])
def test_many_errors(number: int) -> None:
    """A few errors are all listed; of many the first ones are, with the number of the others."""
    found = errors_of(JudgeRequest, {**JUDGE, "cases": [{"input": "1"}] * number})
    shown = number if number == ERRORS_MAX else ERRORS_SHOWN
    assert [error["loc"] for error in found[:shown]] == [("body", "cases", n, "output") for n in range(shown)]
    more = {"loc": ("body",), "msg": f"{number - shown} more errors", "type": "too_many_problems"}
    assert found[shown:] == ([more] if shown < number else [])


def test_very_many_errors_are_only_counted() -> None:
    """Listing a million errors took 47 s and 1.7 GB."""
    body = {"language": "python", "code": "", **{str(number): 0 for number in range(100_000)}}
    assert errors_of(ExecuteRequest, body) == [{"loc": ("body",), "msg": "100000 errors", "type": "too_many_problems"}]
