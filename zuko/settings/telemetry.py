"""The log and the figures of a service."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from zuko.settings.group import Group


class LogFormat(StrEnum):
    """The form of the lines of the log."""

    TEXT = "text"
    JSON = "json"


class TelemetrySettings(Group):
    """The log and the figures."""

    log_format: Annotated[
        LogFormat, Field(description="lines of the log of `zuko serve` and `zuko worker`: `text`, or `json`")
    ] = LogFormat.TEXT
    audit_log: Annotated[
        str | None,
        Field(
            min_length=1,
            description="file that each use of an API key, and each refusal, is appended to as a line of JSON;"
            " `log`: they are lines of the log; unset: nowhere",
        ),
    ] = None
    metrics: Annotated[
        bool, Field(description="answer `GET /metrics` with figures for Prometheus; keep that path from the public")
    ] = False
    worker_metrics_port: Annotated[
        int | None,
        Field(ge=1, le=65535, description="port on which `zuko worker` answers `GET /metrics`; unset: none"),
    ] = None
    worker_metrics_host: Annotated[
        str, Field(min_length=1, description="address that it listens on for that; no key is asked for there")
    ] = "127.0.0.1"
