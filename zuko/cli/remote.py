"""The service of a command: `--url`, or ZUKO_URL, or the one on this machine."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

import click

from zuko.cli.failures import explain
from zuko.client import DEFAULT_URL, Client, FieldFault, RefusedError
from zuko.errors import SubmissionError, UnavailableError

TIMEOUT_S: Final = 120.0  # without a byte from the service; a request that waits there ends before
PATIENCE_S: Final = 60.0  # that a service may be away while a command waits


@dataclass(frozen=True, slots=True)
class Remote:
    """A service that a command sends to."""

    url: str
    headers: tuple[str, ...]  # NAME:VALUE
    option: str = "--url"

    @property
    def named_headers(self) -> dict[str, str]:
        """The values of the headers by their names.

        Raises:
            SubmissionError: one is not NAME:VALUE.
        """
        return _parsed(self.headers)

    @contextmanager
    def connected(self, retry_s: float = 0.0, options: Mapping[str, str] | None = None) -> Iterator[Client]:
        """Yield a client of the service. Standard error has when it is waited for, and when it is there again.

        Args:
            retry_s: for how long a request is tried again.
            options: of the command, by the fields and headers that they set: a refusal names them.

        Raises:
            SubmissionError: the URL or a header is not one, or the service refuses a request.
        """
        is_reported = False

        def report(error: UnavailableError, _: float) -> None:
            nonlocal is_reported
            if not is_reported:
                click.echo(f"zuko: {explain(error)[0]}; trying again for up to {retry_s:.0f} s", err=True)
            is_reported = True

        headers = self.named_headers
        try:
            client = Client(self.url, headers=headers, timeout_s=TIMEOUT_S, retry_s=retry_s, on_retry=report)
        except SubmissionError as error:
            raise SubmissionError("url", f"{self.option}: {error}") from error
        with client:
            try:
                yield client
            except RefusedError as error:
                raise _named(error, options or {}) from error
        if is_reported:
            click.echo("zuko: the service answers again", err=True)


def header_option[F: Callable[..., Any]](function: F) -> F:
    """Add `--header` to a command, which gets `headers`."""
    return click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="NAME:VALUE",
        help="Header to send, for what stands before the service; repeatable.",
    )(function)


def remote_command[F: Callable[..., Any]](function: F) -> Callable[..., Any]:
    """Make a command of a function that takes the service first; add `--url` and `--header`."""

    @wraps(function)
    def run(*, url: str, headers: tuple[str, ...], **named: Any) -> Any:
        return function(Remote(url, headers), **named)

    url = click.option(
        "--url",
        envvar="ZUKO_URL",
        default=DEFAULT_URL,
        show_default=True,
        metavar="URL",
        help="The service; otherwise ZUKO_URL.",
    )
    return url(header_option(run))


def _parsed(headers: tuple[str, ...]) -> dict[str, str]:
    named = {}
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip() or not header.isprintable() or not header.isascii():
            raise SubmissionError("header", f"--header: {header[:80]!r} is not NAME:VALUE")
        named[name.strip()] = value.strip()
    return named


def _named(error: RefusedError, options: Mapping[str, str]) -> SubmissionError:
    """Return a refusal whose sentences name the options that set the wrong fields."""
    if not error.faults:
        return error
    return SubmissionError(error.field, "; ".join(_sentence(fault, options) for fault in error.faults))


def _sentence(fault: FieldFault, options: Mapping[str, str]) -> str:
    place = [str(part) for part in fault.place[1:]]
    if not place or place[0] not in options:
        return fault.message
    field, *within = place
    if fault.message.startswith(field):  # such as `time_limit_ms must be …`
        return options[field] + fault.message.removeprefix(field)
    return f"{' '.join([options[field], *(part for part in within if part != '[key]')])}: {fault.message}"
