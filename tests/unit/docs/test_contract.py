"""README and docs/reference/api.md say what the contract says: routes, fields, statuses, reasons, limits."""

import pytest
from pydantic import BaseModel

from tests.harness.pages import API, PAGES_OF_THE_API, coded, names_in, table, tables
from zuko.api.app import create_app
from zuko.errors import DrainingError, EngineError, ImageMissingError, NoCapacityError
from zuko.languages.table import LANGUAGES
from zuko.settings import Settings
from zuko.types import Reason, Status
from zuko.wire.execute import ExecuteRequest, ExecuteResponse


def test_every_route_is_documented() -> None:
    """The app's routes and those of api.md are the same."""
    paths = create_app(Settings()).openapi()["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    told = {tuple(coded(row[0])[0].split()) for row in table(API, "route")}
    assert told == served | PAGES_OF_THE_API


def test_languages_are_documented() -> None:
    """The API's page names every one; docs/reference/languages.md has them all in tables."""
    (row,) = [row for row in table(API, "request field") if coded(row[0]) == ["language"]]
    assert LANGUAGES.keys() <= set(coded(" ".join(row[1:])))


@pytest.mark.parametrize(
    ("heading", "model"),
    [("request field", ExecuteRequest), ("answer field", ExecuteResponse)],
    ids=["request", "answer"],
)
def test_every_field_is_documented(heading: str, model: type[BaseModel]) -> None:
    rows = next(rows for head, rows in tables(API) if head[0] == heading)
    assert sorted(each for row in rows for each in coded(row[0])) == sorted(model.model_fields)


def test_every_status_is_documented() -> None:
    assert names_in(table(API, "status", "meaning")) == set(Status)


def test_every_reason_is_documented() -> None:
    """All of them with a status; those that are not the program's doing with HTTP's, and when to try again."""
    rows = table(API, "reason", "status", "HTTP", "exit_code")
    assert [coded(row[0])[0] for row in rows] == list(Reason), "in the order of the code"
    assert {coded(row[1])[0] for row in rows} == set(Status) - {Status.OK}
    refused = {
        Reason.NO_CAPACITY: NoCapacityError,
        Reason.SHUTTING_DOWN: DrainingError,
        Reason.ENGINE_UNAVAILABLE: EngineError,
        Reason.IMAGE_MISSING: ImageMissingError,
    }
    for row in rows:
        reason, http = Reason(coded(row[0])[0]), row[2]
        if reason in refused:
            assert http == "503"
            assert f"after Retry-After: {refused[reason].retry_after_s} s" in row[5]
        else:
            assert http == ("500" if reason is Reason.INTERNAL_ERROR else "200")


def test_limits_of_the_contract_are_the_settings() -> None:
    """The figures in api.md are the defaults."""
    settings = Settings()
    mib = 1 << 20
    shown = {
        f"{settings.code_limit_bytes // 1024} KiB",
        f"{settings.input_limit_bytes // mib} MiB",
        f"{settings.output_limit_bytes // mib} MiB",
        f"1 to {settings.timeout_max_s}",
        f"default {settings.timeout_default_s}",
    }
    text = API.read_text()
    assert not [figure for figure in shown if figure not in text]
    limits = {row[0]: row[1] for row in table(API, "limit", "default")}
    assert limits["size of the body"].startswith(f"{settings.body_limit_bytes // mib} MiB")
    assert limits["bodies held at a time"].startswith(f"{settings.bodies_limit_bytes // mib} MiB")
    assert limits["both outputs as JSON"] == f"{settings.response_limit_bytes // mib} MiB"
    assert limits["memory of the sandbox"].startswith(f"{settings.memory_limit_mib} MiB")
    assert limits["processes and threads"].startswith(f"{settings.pids_limit},")
    assert limits["waiting submissions"] == f"{settings.queue_size}"
    assert limits["wait for a sandbox"] == f"{settings.queue_timeout_s:g} s"
