"""Each request that has a key, or is refused, leaves a line in the audit log."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zuko.api.requests import RECORD, ROUTE
from zuko.telemetry.audit import Audit
from zuko.telemetry.request import RequestRecord

_OPENED, _CLOSED = 101, 403  # of a WebSocket: the statuses of its opening


class Audited:
    """ASGI middleware around those that look at keys: they note what they find in the record of the request.

    Args:
        app: the app to call.
        audit: the log.
    """

    def __init__(self, app: ASGIApp, *, audit: Audit) -> None:
        self._app = app
        self._audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        record: RequestRecord | None = scope.get(RECORD)
        if record is None:  # the lifespan
            await self._app(scope, receive, send)
            return
        status: int | None = None

        async def observed(message: Message) -> None:
            nonlocal status
            match message["type"]:
                case "http.response.start":
                    status = message["status"]
                case "websocket.accept":
                    status = _OPENED
                case "websocket.close" if status is None:
                    status = _CLOSED
            await send(message)

        try:
            await self._app(scope, receive, observed)
        finally:
            fields = record.fields
            if fields.keys() & {"key", "refused"}:
                client = scope.get("client")
                self._audit.write(
                    "refused" if "refused" in fields else "used",
                    key=fields.get("key") or fields.get("claimed_key"),
                    name=fields.get("key_name"),
                    method=scope.get("method", "WEBSOCKET"),
                    route=scope[ROUTE],
                    status=status,
                    address=None if client is None else client[0],
                    request_id=record.id,
                    refused=fields.get("refused"),
                )
