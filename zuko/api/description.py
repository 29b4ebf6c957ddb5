"""What the API says of itself in openapi.json, where FastAPI cannot know it or leaves it out."""

from typing import Any

from fastapi import FastAPI

from zuko.settings import Settings
from zuko.wire.execute import HELLO_ANSWER


def describe(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """The app's description, with the bounds of this service."""
    description = FastAPI.openapi(app)
    schemas = description["components"]["schemas"]
    for model, bounds in _bounds(settings).items():
        for field, (least, most) in bounds.items():
            number, _null = schemas[model]["properties"][field]["anyOf"]
            number |= {"minimum": least, "maximum": most}
    schemas["JudgeRequest"]["properties"]["cases"]["maxItems"] = settings.judge_cases_max
    schemas["ExecuteAnswer"]["examples"] = [HELLO_ANSWER]  # with its nulls
    return description


def _bounds(settings: Settings) -> dict[str, dict[str, tuple[int, int]]]:
    """The lowest and the highest value of each limit, by model and field."""
    time_ms = (1, settings.timeout_max_s * 1000)
    least_bytes, most_bytes = settings.memory_bounds_bytes
    common = {
        "time_limit_ms": time_ms,
        "wall_time_limit_ms": time_ms,
        "memory_limit_kb": (-(-least_bytes // 1024), most_bytes // 1024),
    }
    return {
        "ExecuteRequest": {**common, "timeout": (1, settings.timeout_max_s)},
        "JudgeRequest": {**common, "output_limit_kb": (1, settings.judge_output_limit_bytes // 1024)},
    }
