"""Errors of a client, which belong to the one tree (`zuko.errors`), so a caller handles a local and a remote one alike.

ZukoError
├── SubmissionError
│   └── RefusedError        4xx: the request is wrong; each field with its place, the reason, and a sentence
│       ├── MissingError    404: no such submission, problem or verification
│       ├── ConflictError   409: the submission is not in a state for it, or the key was used for another one
│       └── TooLargeError   413: the body, or what is stored, would be too large
├── UnavailableError
│   ├── BusyError           429, 502, 503, 504: the service cannot do it now; with the reason, and when to try again
│   └── NoAnswerError       nothing answers there, or the connection broke or was silent for too long
└── ServiceError            500, or a response that is not one of this API's
"""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from pydantic import ValidationError

from zuko.errors import SubmissionError, UnavailableError, ZukoError
from zuko.wire.submissions import PATTERN_MESSAGES

_MESSAGE_MAX: Final = 500  # characters of a service's sentence that are kept
_DIGITS_MAX: Final = 9  # of a number of seconds: more are infinitely many
_FAULTS_MAX: Final = 100
_BUSY: Final = (429, 502, 503, 504)
_KINDS: Final = ("execute", "judge")  # tags of the two forms of a submission, which are not fields
_NOTHING_DONE: Final = (429, 503)  # by the service itself; a proxy's 502 and 504 leave it open


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One error in a request."""

    place: tuple[str | int, ...]  # body, query, path or header, then the field, and where in it
    message: str  # a sentence, which names the limit
    reason: str  # a word for programs: out_of_bounds, missing, not_found


class RefusedError(SubmissionError):
    """The service refuses the request; `field` is the wrong field of the first of `faults`."""

    def __init__(self, status_code: int, message: str, faults: tuple[FieldFault, ...] = ()) -> None:
        super().__init__(str(faults[0].place[-1]) if faults and faults[0].place else "", message)
        self.status_code = status_code
        self.faults = faults

    @property
    def reason(self) -> str:
        """The reason of the first fault, as a word; "" if there is none."""
        return self.faults[0].reason if self.faults else ""


class MissingError(RefusedError):
    """Nothing has the name or the id in the request."""


class ConflictError(RefusedError):
    """The request contradicts an earlier one, or the state of what it names."""


class TooLargeError(RefusedError):
    """The request is too large, or there is no room to store it."""


class BusyError(UnavailableError):
    """The service cannot do it now; `reason` is the API's, None where a proxy answered."""

    def __init__(
        self, message: str, status_code: int = 503, reason: str | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.reason = reason
        self.wait_s = retry_after_s  # as the service asks for; None: it does not say
        self.nothing_done = status_code in _NOTHING_DONE
        if retry_after_s is not None:
            self.retry_after_s = round(retry_after_s)


class NoAnswerError(UnavailableError):
    """No service answers, or the connection broke; `nothing_done`: there was never a connection."""

    def __init__(self, message: str, *, nothing_done: bool = False) -> None:
        super().__init__(message)
        self.nothing_done = nothing_done


class ServiceError(ZukoError):
    """The service failed, or the response is not one of this API's."""

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.status_code = status_code


_REFUSALS: Final = {404: MissingError, 409: ConflictError, 413: TooLargeError}


def error_of(response: httpx2.Response) -> ZukoError:
    """Return the error of a response that is not a success: the service's sentences, in whichever shape they have."""
    status = response.status_code
    try:
        sent = response.json()
    except (ValueError, RecursionError):  # of brackets alone
        sent = None
    faults = tuple(_faults(sent))
    if faults:
        message = "; ".join(fault.message for fault in faults)
    elif isinstance(sent, dict) and isinstance(sent.get("message"), str):
        message = sent["message"]
    else:
        message = f"the service answered {status}"
    message = message[:_MESSAGE_MAX]
    if status in _BUSY:
        reason = sent.get("reason") if isinstance(sent, dict) else None
        reason = reason[:_MESSAGE_MAX] if isinstance(reason, str) else None
        return BusyError(message, status, reason, _seconds(response.headers.get("retry-after")))
    if 400 <= status < 500:
        return _REFUSALS.get(status, RefusedError)(status, message, faults)
    return ServiceError(message, status)


def error_of_request(error: ValidationError) -> SubmissionError:
    """Return the error of a request that is wrong before it is sent, as the service would report it."""
    first = error.errors(include_url=False, include_input=False)[0]
    message = PATTERN_MESSAGES.get(first.get("ctx", {}).get("pattern", ""), first["msg"])
    place = [str(part) for part in first["loc"]]
    if len(place) > 1 and place[0] in _KINDS:
        place = place[1:]
    return SubmissionError(place[0] if place else "", f"{'.'.join(place)}: {message}")


def error_of_transport(error: httpx2.HTTPError, origin: str, hint: str) -> NoAnswerError:
    """Return the error of a request without a response."""
    # The first that says something: others are "All connection attempts failed".
    cause = next((each for each in _causes(error) if isinstance(each, OSError) and each.strerror), None)
    if isinstance(cause, ssl.SSLError):
        return NoAnswerError(f"{origin}: TLS: {cause.reason or cause}", nothing_done=True)
    never = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
    said = getattr(cause, "strerror", None) or str(error) or type(error).__name__
    return NoAnswerError(f"{origin}: no service answers: {said}{hint}", nothing_done=never)


def not_ours(response: httpx2.Response) -> ServiceError:
    """Return the error of a response that cannot be read: something else answers, or another version."""
    return ServiceError(f"the response ({response.status_code}) is not from a Zuko service", response.status_code)


def _faults(sent: Any) -> Iterator[FieldFault]:
    details = sent.get("detail") if isinstance(sent, dict) else None
    for each in details[:_FAULTS_MAX] if isinstance(details, list) else ():
        if isinstance(each, dict):
            place = each.get("loc")
            parts = place if isinstance(place, list) else []
            yield FieldFault(
                tuple(part if isinstance(part, int) else str(part) for part in parts),
                str(each.get("msg", each)),
                str(each.get("type", "")),
            )


def _causes(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        if isinstance(at, BaseExceptionGroup):  # one for each address of a name
            yield from (deep for each in at.exceptions for deep in _causes(each))
        at = at.__cause__ or at.__context__


def _seconds(sent: str | None) -> float | None:
    """Return the seconds of a Retry-After; None: there is none, or it is a date."""
    return float(sent[:_DIGITS_MAX]) if sent is not None and sent.isascii() and sent.isdigit() else None
