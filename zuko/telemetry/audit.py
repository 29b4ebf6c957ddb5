"""The audit log: who has used which API key for what, and who was refused. It never has a secret, code or input.

Lines of JSON, in a file of its own or in the log. Each has `time` and `event`:

created, listed, revoked    by `zuko keys`, with `by`: the user of the machine
used                        a request with a key that counts and allows it
refused                     a request without one, and why
"""

import json
import logging
import os
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from typing import Final

from zuko.telemetry.log import FIELDS

LOG: Final = "log"  # instead of the path of a file
_RIGHTS: Final = 0o600  # of the file
_SHOWN: Final = ("key", "name", "method", "route", "status", "refused", "by")  # in a line for people

log = logging.getLogger(__name__)


class Audit:
    """Writes events. Any thread may call any method.

    Args:
        target: the path of a file, which is appended to, and opened again after it was moved away; or `LOG`.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, target: str) -> None:
        self._file = None if target == LOG else _File(target)
        self._log = logging.getLogger("zuko.audit")
        self._log.setLevel(logging.INFO)  # also of a command, whose log has warnings only

    def write(self, event: str, **fields: object) -> None:
        """Write an event; fields that are None are left out."""
        known = {"event": event} | {name: value for name, value in fields.items() if value is not None}
        if self._file is None:
            words = " ".join(f"{name}={known[name]}" for name in _SHOWN if name in known)
            self._log.info("audit: %s %s", event, words, extra={FIELDS: known})
            return
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": time} | known)
        self._file.handle(logging.makeLogRecord({"msg": line}))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


class _File(WatchedFileHandler):
    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _RIGHTS)
        return TextIOWrapper(os.fdopen(descriptor, "ab"), encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; the file is looked for before that, which may fail, too."""
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Log that a line could not be written: the service goes on."""
        log.exception("the audit log cannot be written")
