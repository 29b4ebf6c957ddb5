"""The request that is being served: its id, and the fields of its line in the log."""

import os
import re
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

ID_MAX: Final = 128
_ID: Final = re.compile(rf"[A-Za-z0-9._:/+=@-]{{1,{ID_MAX}}}")


@dataclass(slots=True)
class RequestRecord:
    """A request, from its first byte to the end of its response."""

    id: str
    fields: dict[str, object] = field(default_factory=dict)  # what the line in the log has besides


CURRENT: Final[ContextVar[RequestRecord | None]] = ContextVar("zuko.request", default=None)


def begin(sent: bytes) -> RequestRecord:
    """Make the record of a request, and have the log lines of this task carry its id.

    Args:
        sent: the id that the client sent, b"" if none. One that is too long, or has other characters than letters,
            digits and `._:/+=@-`, is replaced: it would be repeated in a header and in the log.
    """
    text = sent.decode("latin-1")
    record = RequestRecord(text if _ID.fullmatch(text) else os.urandom(16).hex())
    CURRENT.set(record)
    return record


def note(**fields: object) -> None:
    """Add fields to the line of the request that is being served; outside of one, do nothing."""
    record = CURRENT.get()
    if record is not None:
        record.fields.update(fields)
