"""What openapi.json says of the API, without a server: it is made of the settings alone."""

from typing import Any, Final

import pytest

from zuko.api.app import create_app
from zuko.settings import Settings

SETTINGS: Final = Settings(timeout_max_s=7, judge_cases_max=50)
DESCRIPTION: Final[dict[str, Any]] = create_app(SETTINGS).openapi()
LEAST_KB, MOST_KB = (size_bytes // 1024 for size_bytes in SETTINGS.memory_bounds_bytes)
COMMON: Final = {
    "time_limit_ms": (1, 7000),
    "wall_time_limit_ms": (1, 7000),
    "memory_limit_kb": (LEAST_KB, MOST_KB),
}


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = DESCRIPTION["components"]["schemas"][name]
    return found


@pytest.mark.parametrize("path", ["/api/v1/execute", "/api/v1/judge"])
def test_every_answer_is_named(path: str) -> None:
    answers = DESCRIPTION["paths"][path]["post"]["responses"]
    assert answers.keys() == {"200", "408", "413", "422", "500", "503"}


@pytest.mark.parametrize(
    ("model", "bounds"),
    [
        ("ExecuteRequest", {**COMMON, "timeout": (1, 7)}),
        ("JudgeRequest", {**COMMON, "output_limit_kb": (1, SETTINGS.judge_output_limit_bytes // 1024)}),
    ],
)
def test_bounds_are_the_service_s(model: str, bounds: dict[str, tuple[int, int]]) -> None:
    """Of every limit the lowest and the highest value that is not refused."""
    for field, (least, most) in bounds.items():
        number, null = schema(model)["properties"][field]["anyOf"]
        assert number == {"type": "integer", "minimum": least, "maximum": most}, field
        assert null == {"type": "null"}


def test_number_of_cases_is_the_service_s() -> None:
    assert schema("JudgeRequest")["properties"]["cases"]["maxItems"] == 50
