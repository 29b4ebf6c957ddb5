"""Gateways between Lambda's events and the app: API Gateway's two kinds, and direct invocations.

Mangum asks each whether it can serve an event (`infer`), and then makes one for the event: `scope` and `body` are the
app's request, and a call with the app's response returns the value for the caller of Lambda.
"""

import json
import time
from functools import cached_property
from typing import Any, Final
from urllib.parse import unquote

from mangum.handlers import APIGateway, HTTPGateway

from zuko.api.openapi import EXECUTE
from zuko.api.responses import JSON
from zuko.api.service import DEADLINE

# Lambda stops a function at its timeout and then sends no response. This much of the time is kept for sending ours.
RESPONSE_MARGIN_S: Final = 0.5

# The response to an event that none of the gateways can read.
UNREADABLE: Final = {
    "statusCode": 400,
    "headers": {"content-type": JSON},
    "body": json.dumps({"detail": [{"loc": ["event"], "msg": "not an event of API Gateway", "type": "event"}]}),
    "isBase64Encoded": False,
}


class _WithDeadline:
    """A gateway whose requests have a deadline from Lambda's context, and the stage as their root path."""

    event: Any
    context: Any

    @cached_property
    def scope(self) -> Any:
        """The ASGI scope, made once."""
        scope = super().scope  # type: ignore[misc]  # of the gateway that this is mixed into
        scope[DEADLINE] = _deadline(self.context)
        context = self.event["requestContext"]
        root = f"/{context.get('stage')}"
        path = unquote(context.get("http", context).get("path") or "")
        # Links need the stage, routes do not. A custom domain leaves it out of the path.
        if path == root or path.startswith(f"{root}/"):
            scope |= {"path": path if path != root else f"{root}/", "root_path": root}
        return scope


class HttpApi(_WithDeadline, HTTPGateway):
    """Events of an HTTP API, or of a function URL: payload format 2.0, or 1.0."""


class RestApi(_WithDeadline, APIGateway):
    """Events of a REST API."""


class Direct:
    """Direct invocations: the event is the body of `POST /api/v1/execute`, and the response's body is returned."""

    def __init__(self, event: Any, context: Any, config: Any) -> None:
        self.context = context
        self.body = json.dumps(event).encode()

    @classmethod
    def infer(cls, event: Any, context: Any, config: Any) -> bool:
        """Return whether an event is a direct invocation."""
        return not (isinstance(event, dict) and "requestContext" in event)

    @cached_property
    def scope(self) -> Any:
        """The ASGI scope of the same request by HTTP."""
        return {
            "type": "http",
            "method": "POST",
            "http_version": "1.1",
            "headers": [[b"content-type", JSON.encode()], [b"host", b"localhost"]],
            "path": EXECUTE,
            "raw_path": None,
            "root_path": "",
            "scheme": "https",
            "query_string": b"",
            "server": ("localhost", 443),
            "client": ("127.0.0.1", 0),
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            DEADLINE: _deadline(self.context),
        }

    def __call__(self, response: Any) -> Any:
        """Return the execution, or the errors (`detail`) of an invalid submission."""
        return json.loads(response["body"])


def log_fields(event: Any, response: Any) -> dict[str, Any]:
    """Return the fields of a request's log line that describe how it arrived.

    Args:
        event: as Lambda passed it.
        response: as it is returned to Lambda.
    """
    if Direct.infer(event, None, None):
        return {"invocation": "direct"}
    context = event["requestContext"] or {}
    http = context.get("http") or context
    return {
        "method": http.get("method") or http.get("httpMethod"),
        "path": http.get("path"),
        "http_status": response["statusCode"],
        "gateway_request_id": context.get("requestId"),
    }


def _deadline(context: Any) -> float:
    left_s: float = context.get_remaining_time_in_millis() / 1000
    return time.monotonic() + left_s - RESPONSE_MARGIN_S
