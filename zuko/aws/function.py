"""The app as an AWS Lambda function: it takes events of API Gateway or direct invocations, and returns responses.

    event ──> gateway (gateways.py) ──scope, body──> the app ──response──> gateway ──> result for the caller of Lambda

Each request has a line in the log and one of metrics (emf.py). Submissions are stored and read here, and done by
workers elsewhere; with a store and without DOCKER_HOST that is all that the function does.
"""

import os
import time
from typing import Any, Final

from mangum import Mangum

from zuko.api.app import create_app
from zuko.api.responses import Responses
from zuko.aws.emf import RequestLog
from zuko.aws.gateways import UNREADABLE, Direct, HttpApi, RestApi, log_fields
from zuko.execution.function import FunctionExecutor
from zuko.problem import Judgement
from zuko.settings import MIB, Settings
from zuko.submissions.opening import NONE, StoreAccess
from zuko.types import Execution
from zuko.wire.truncate import enveloped_document_size, enveloped_size

# Lambda sends at most 6 MiB. The headers and the other fields of a response need little of it.
RESPONSE_LIMIT_BYTES: Final = 6 * MIB - 64 * 1024


class Function:
    """Lambda's handler. One environment serves one request at a time, so one sandbox is kept ready for it."""

    def __init__(self, settings: Settings) -> None:
        self._log = RequestLog()
        for name in Settings.unknown(os.environ):
            self._log.unknown_setting(name)
        self._result: Execution | Judgement | None = None  # of the current request
        self._executor = FunctionExecutor(settings)
        # A file would be gone with the environment. A store is opened when it is first wanted.
        stores = StoreAccess.of(settings, default=NONE)
        if os.environ.get("DOCKER_HOST") or not stores.is_wanted:
            self._executor.open()  # the first sandbox starts while the app is made
        limit_bytes = min(settings.response_limit_bytes, RESPONSE_LIMIT_BYTES)
        responses = Responses(limit_bytes, enveloped_size, enveloped_document_size, self._observe, streams=False)
        # Its tools for agents need the lifespan, and streams.
        app = create_app(settings.model_copy(update={"mcp": False}), self._executor, responses, stores)
        # Without the app's lifespan, which would end all sandboxes after each request, and which starts a worker and a
        # keeper: an environment is frozen between two requests, and would lose what it has claimed.
        self._serve = Mangum(app, lifespan="off", custom_handlers=[Direct, HttpApi, RestApi])

    def __call__(self, event: Any, context: Any) -> Any:
        """Serve an invocation; Lambda calls this."""
        started = time.monotonic()
        self._result = None
        try:
            response = self._serve(event, context)
        except Exception as error:  # noqa: BLE001 - of the gateways: the app responds to its own errors
            self._log.unreadable(error)
            response = UNREADABLE  # Lambda itself would respond with a stack trace
        elapsed_ms = round((time.monotonic() - started) * 1000, 3)
        fields = {"request_id": context.aws_request_id, "elapsed_ms": elapsed_ms}
        self._log.record(fields | log_fields(event, response), self._result)
        self._executor.after_response()
        return response

    def close(self) -> None:
        """End the sandboxes. Lambda does not call this: it ends the process."""
        self._executor.close()

    def _observe(self, result: Execution | Judgement) -> None:
        self._result = result
