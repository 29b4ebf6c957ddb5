"""The log of a service: lines for people or JSON for machines, with the id of the request that they are about."""

import json
import logging
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Final

from zuko.telemetry import tracing
from zuko.telemetry.request import CURRENT

TEXT_MAX: Final = 16 * 1024  # characters of a message, and of a traceback: more is cut in a line of JSON
FIELDS: Final = "zuko_fields"  # attribute of a record with more fields: `extra={FIELDS: {...}}`
_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_SERVERS: Final = ("uvicorn", "uvicorn.error")  # loggers with handlers of their own


class RepeatFilter(logging.Filter):
    """A log filter that passes a repeated message at most once in `every_s` seconds.

    An unreachable Docker host is tried every two seconds, and each failure logs the same message.
    """

    def __init__(self, every_s: float = 60.0) -> None:
        super().__init__()
        self._every_s = every_s
        self._lock = threading.Lock()
        self._last_logged: dict[str, float] = {}  # messages of the last `every_s` seconds

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log a record."""
        now = time.monotonic()
        with self._lock:
            self._last_logged = {text: at for text, at in self._last_logged.items() if now - at < self._every_s}
            return self._last_logged.setdefault(record.getMessage(), now) == now


class TextFormatter(logging.Formatter):
    """A line for people; the id of the request is at its end."""

    def __init__(self) -> None:
        super().__init__(_TEXT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the first line of a record."""
        line = super().formatMessage(record)
        request = CURRENT.get()
        return line if request is None else f"{line} [{request.id}]"


class JsonFormatter(logging.Formatter):
    """A line of JSON: time, level, logger, message, the ids of the request and of its trace, and fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _cut(record.getMessage()),
        }
        request = CURRENT.get()
        if request is not None:
            line["request_id"] = request.id
        if (trace_id := tracing.trace_id()) is not None:
            line["trace_id"] = trace_id
        line |= getattr(record, FIELDS, {})
        if record.exc_info:
            line["traceback"] = _cut(self.formatException(record.exc_info))
        return json.dumps(line)


def set_up_log(*, as_json: bool) -> None:
    """Set up the log of a service or a worker.

    Args:
        as_json: lines of JSON, also those of the server, whatever is set up already. Otherwise lines for people,
            unless a log is set up already (`uvicorn --log-config`).
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=as_json)
    if as_json:
        for name in _SERVERS:
            logging.getLogger(name).handlers.clear()
            logging.getLogger(name).propagate = True
    # It reports each URL that is called; those of webhooks and callbacks may have secrets.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    for name in ("zuko.engine.host", "zuko.engine.tls", "zuko.telemetry.audit"):
        logging.getLogger(name).addFilter(RepeatFilter())


def take_over_access_log() -> bool:
    """Return whether requests are to be logged: whether uvicorn would. It then does not, as its lines have no ids."""
    access = logging.getLogger("uvicorn.access")
    wanted = access.hasHandlers() and access.isEnabledFor(logging.INFO)
    access.handlers.clear()
    access.propagate = False
    return wanted


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}…"
