"""The content of openapi.json, without a server: it depends on the settings alone."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from zuko.api.app import create_app
from zuko.api.submission_queries import ListQuery
from zuko.languages.table import names_and_aliases
from zuko.settings import Settings
from zuko.types import Reason, Status
from zuko.wire.execute import ExecuteResponse
from zuko.wire.service import FieldErrors
from zuko.wire.submissions import SubmissionBody, SubmittedResponse

SETTINGS: Final = Settings(timeout_max_s=7, judge_cases_max=50)
DESCRIPTION: Final[dict[str, Any]] = create_app(SETTINGS).openapi()
PROGRAMS: Final = ("/api/v1/execute", "/api/v1/judge")
STORED: Final = [path for path in DESCRIPTION["paths"] if path.startswith(("/api/v1/submissions", "/api/v1/queue"))]
LEAST_KB, MOST_KB = (size_bytes // 1024 for size_bytes in SETTINGS.memory_bounds_bytes)
COMMON: Final = {
    "time_limit_ms": (1, 7000),
    "wall_time_limit_ms": (1, 7000),
    "memory_limit_kb": (LEAST_KB, MOST_KB),
}


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = DESCRIPTION["components"]["schemas"][name]
    return found


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DESCRIPTION["paths"].items():
        yield from ((path, operation) for operation in methods.values())


def example(path: str, status_code: int) -> dict[str, Any]:
    response = DESCRIPTION["paths"][path]["post"]["responses"][str(status_code)]
    found: dict[str, Any] = response["content"]["application/json"]["example"]
    return found


def test_every_answer_is_described() -> None:
    """Each response has a description and a heading of our own."""
    headings = {tag["name"] for tag in DESCRIPTION["tags"]}
    used = set()
    for path, operation in operations():
        (tag,) = operation["tags"]
        used.add(tag)
        descriptions = [response["description"] for response in operation["responses"].values()]
        assert not {"Successful Response", "Validation Error", "Service Unavailable"} & set(descriptions), path
    assert used == headings


@pytest.mark.parametrize("path", PROGRAMS)
def test_every_answer_is_named(path: str) -> None:
    answers = DESCRIPTION["paths"][path]["post"]["responses"]
    assert answers.keys() == {"200", "408", "413", "422", "429", "500", "503"}
    assert answers["503"]["headers"].keys() == answers["429"]["headers"].keys() == {"Retry-After"}


@pytest.mark.parametrize("path", PROGRAMS)
def test_examples_are_those_of_their_status(path: str) -> None:
    """A reader of the page on a failure sees one: with its reason, its message, and nothing that ran."""
    for status_code, reason in ((429, Reason.NO_CAPACITY), (500, Reason.INTERNAL_ERROR), (503, Reason.NO_CAPACITY)):
        response = ExecuteResponse.model_validate(example(path, status_code))
        assert (response.status, response.reason, response.stdout, response.exit_code) == (
            Status.ERROR,
            reason,
            "",
            None,
        )
        assert response.message
    assert example(path, 503)["message"] == f"all sandboxes are busy and {SETTINGS.queue_size} submissions wait already"
    for status_code, kind in ((408, "body_too_slow"), (413, "body_too_large"), (422, "missing")):
        (problem,) = FieldErrors.model_validate(example(path, status_code)).detail
        assert problem.type == kind


def test_examples_have_the_limits_of_the_service() -> None:
    for path, limit in zip(PROGRAMS, (SETTINGS.body_limit_bytes, SETTINGS.judge_body_limit_bytes), strict=True):
        assert example(path, 413)["detail"][0]["msg"] == f"the body is larger than {limit} bytes"
        assert example(path, 408)["detail"][0]["msg"] == "the body was not received within 15 s"


def test_every_status_is_described() -> None:
    description = schema("ExecuteResponse")["properties"]["status"]["description"]
    assert [line.split(": ")[0] for line in description.splitlines()] == [f"- {status}" for status in Status]


@pytest.mark.parametrize("path", STORED)
def test_refusals_of_stored_submissions_have_examples(path: str) -> None:
    """A reader of the page sees a response of each status, in the shape that the status has."""
    for method, operation in DESCRIPTION["paths"][path].items():
        answers = operation["responses"]
        assert {"422", "500", "503"} <= answers.keys()
        assert "{id}" not in path or "404" in answers
        assert method != "post" or "{id}" in path or {"408", "413"} <= answers.keys()
        for status_code, answer in answers.items():
            if status_code < "400":
                continue
            shown = answer["content"]["application/json"]["example"]
            shape = ExecuteResponse if status_code in ("429", "500", "503") else FieldErrors
            assert shape.model_validate_json(json.dumps(shown))
            assert status_code not in ("429", "503") or answer["headers"].keys() == {"Retry-After"}


def test_submissions_are_described() -> None:
    """The parameters of a list, the key of a request, and an example of a submission."""
    listed = DESCRIPTION["paths"]["/api/v1/submissions"]["get"]["parameters"]
    assert {each["name"] for each in listed} == ListQuery.model_fields.keys()
    sent = DESCRIPTION["paths"]["/api/v1/submissions"]["post"]
    assert [each["name"] for each in sent["parameters"]] == ["Idempotency-Key"]
    (shown,) = schema("SubmissionBody")["examples"]
    assert SubmissionBody.model_validate_json(json.dumps(shown)).root.labels
    (answer,) = schema("SubmittedResponse")["examples"]
    assert SubmittedResponse.model_validate(answer)
    assert "Location" in sent["responses"]["202"]["headers"]


@pytest.mark.parametrize(
    "model", ["ExecuteRequest", "ExecuteSubmission", "JudgeRequest", "JudgeSubmission", "ProgramModel"]
)
def test_languages_are_named(model: str) -> None:
    assert names_and_aliases() in schema(model)["properties"]["language"]["description"]


@pytest.mark.parametrize(
    ("model", "bounds"),
    [
        ("ExecuteRequest", {**COMMON, "timeout": (1, 7)}),
        ("ExecuteSubmission", {**COMMON, "timeout": (1, 7)}),
        ("JudgeRequest", {**COMMON, "output_limit_kb": (1, SETTINGS.judge_output_limit_bytes // 1024)}),
    ],
)
def test_bounds_are_the_service_s(model: str, bounds: dict[str, tuple[int, int]]) -> None:
    """The lowest and the highest documented value of every limit are the bounds of admission."""
    for field, (least, most) in bounds.items():
        number, null = schema(model)["properties"][field]["anyOf"]
        assert number == {"type": "integer", "minimum": least, "maximum": most}, field
        assert null == {"type": "null"}


def test_number_of_cases_is_the_service_s() -> None:
    assert schema("JudgeRequest")["properties"]["cases"]["maxItems"] == 50
