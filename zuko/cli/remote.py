"""Requests of commands to a service: `--url`, or ZUKO_URL, or the one on this machine."""

import http.client
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final
from urllib.parse import urlencode, urlsplit

import click

from zuko.cli.printable import printable_lines
from zuko.errors import SubmissionError, UnavailableError, ZukoError

DEFAULT_URL: Final = "http://127.0.0.1:8000"
TIMEOUT_S: Final = 120.0  # without a byte from the service; a request that waits there ends before
_MESSAGE_MAX: Final = 500
_TEMPORARY: Final = (429, 502, 503, 504)
_NO_OPTIONS: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of a service."""

    status_code: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes

    def json(self) -> Any:
        """Return the values of its JSON.

        Raises:
            ZukoError: it is not JSON: this is not a Zuko service, or something stands before it.
        """
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise ZukoError(f"the response ({self.status_code}) is not from a Zuko service") from error


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a stream."""

    id: str | None
    kind: str
    data: Any


class Remote:
    """A service that is reached over HTTP.

    The standard library's client: it sends a file as it is, and takes no time to import.

    Args:
        url: of the service; a path in it stands before those of the API.
        headers: sent with each request.
        timeout_s: without a byte from the service.

    Raises:
        SubmissionError: the URL is not one.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S) -> None:
        self._headers = dict(headers or {})
        self._timeout_s = timeout_s
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError:
            parts, self._host = urlsplit(""), ""
        if parts.scheme not in ("http", "https") or not self._host:
            raise SubmissionError("url", f"--url: {url[:200]!r} is not the URL of a service, such as {DEFAULT_URL}")
        self._secure = parts.scheme == "https"
        self._path = parts.path.rstrip("/")
        self._shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def get(self, path: str, **query: object) -> Answer:
        """Return the response to a GET; see `request`."""
        named = {name: value for name, value in query.items() if value is not None}
        return self.request("GET", f"{path}?{urlencode(named, doseq=True)}" if named else path)

    def post(
        self,
        path: str,
        sent: object = None,
        headers: Mapping[str, str] | None = None,
        options: Mapping[str, str] = _NO_OPTIONS,
    ) -> Answer:
        """Return the response to a POST of JSON, or without a body; see `request`."""
        body = b"" if sent is None else json.dumps(sent).encode()
        named = {} if sent is None else {"content-type": "application/json"}
        return self.request("POST", path, body, {**named, **(headers or {})}, options)

    def events(self, path: str, headers: Mapping[str, str]) -> Iterator[Event]:
        """Yield the events of a stream until it ends.

        Raises:
            UnavailableError: no service answers, or the stream breaks.
            SubmissionError: the service refuses the request.
        """
        connection = self._connection()
        try:
            connection.request("GET", self._path + path, headers={**self._headers, **headers})
            response = connection.getresponse()
            if response.status >= 400:
                named = {name.lower(): value for name, value in response.getheaders()}
                raise _error(Answer(response.status, named, response.read()))
            yield from _events(iter(response.readline, b""))
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        finally:
            connection.close()

    def request(
        self,
        method: str,
        path: str,
        body: bytes | BinaryIO = b"",
        headers: Mapping[str, str] | None = None,
        options: Mapping[str, str] = _NO_OPTIONS,
    ) -> Answer:
        """Return the response to a request.

        Args:
            method: of HTTP.
            path: from `/api` on, encoded, with its query.
            body: bytes, or a file, which is sent from its position on.
            headers: of this request.
            options: of the command, by the fields and headers that they set: a refusal names them.

        Raises:
            UnavailableError: no service answers, or it cannot do this now.
            SubmissionError: it refuses the request.
            ZukoError: it failed.
        """
        connection = self._connection()
        try:
            _send(connection, method, self._path + path, body, {**self._headers, **(headers or {})})
            response = connection.getresponse()
            answer = Answer(
                response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
            )
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        finally:
            connection.close()
        if answer.status_code >= 400:
            raise _error(answer, options)
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=self._timeout_s)

    def _unreachable(self, error: Exception) -> UnavailableError:
        if isinstance(error, ssl.SSLError):
            return UnavailableError(f"{self._shown}: TLS: {error.reason}")
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        hint = "; start one with `zuko serve`, or name one with --url" if self._shown == DEFAULT_URL else ""
        return UnavailableError(f"{self._shown}: no service answers: {reason}{hint}")


def _events(lines: Iterator[bytes]) -> Iterator[Event]:
    """Yield the events of a stream's lines; comments and the pause before a retry are skipped."""
    fields: dict[str, str] = {}
    for line in lines:
        text = line.decode().rstrip("\r\n")
        if text:
            name, _, value = text.partition(": ")
            fields[name] = value
        elif "event" in fields:
            yield Event(fields.get("id"), fields["event"], json.loads(fields.get("data", "null")))
            fields = {}


def remote_options[F: Callable[..., Any]](function: F) -> F:
    """Add `--url` and `--header` to a command, which gets `remote`."""
    for option in (
        click.option(
            "--header",
            "headers",
            multiple=True,
            metavar="NAME:VALUE",
            help="Header to send, for what stands before the service; repeatable.",
        ),
        click.option(
            "--url",
            envvar="ZUKO_URL",
            default=DEFAULT_URL,
            show_default=True,
            metavar="URL",
            help="The service; otherwise ZUKO_URL.",
        ),
    ):
        function = option(function)
    return function


def remote_of(url: str, headers: tuple[str, ...]) -> Remote:
    """Return the service of the options of `remote_options`.

    Raises:
        SubmissionError: one of them is wrong.
    """
    named = {}
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip() or not header.isprintable() or not header.isascii():
            raise SubmissionError("header", f"--header: {header[:80]!r} is not NAME:VALUE")
        named[name.strip()] = value.strip()
    return Remote(url, named)


def _send(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | BinaryIO,
    headers: Mapping[str, str],
) -> None:
    """Send a request. A service may refuse a large body before it has read it, and close the connection then."""
    try:
        connection.request(method, path, body, dict(headers))
    except BrokenPipeError:
        if connection.sock is None:
            raise


def _error(answer: Answer, options: Mapping[str, str] = _NO_OPTIONS) -> ZukoError:
    """Return the error of a response: its own sentences, of whichever shape they have."""
    try:
        sent = answer.json()
    except ZukoError:
        sent = None
    if isinstance(sent, dict) and isinstance(sent.get("detail"), list) and sent["detail"]:
        messages = [_sentence(each, options) for each in sent["detail"] if isinstance(each, dict)]
        field = str(sent["detail"][0].get("loc", [""])[-1])
        return SubmissionError(field, _shown("; ".join(messages)))
    if isinstance(sent, dict) and isinstance(sent.get("message"), str):
        message = _shown(sent["message"])
    else:
        message = f"the service answered {answer.status_code}"
    if answer.status_code in _TEMPORARY:
        return UnavailableError(message)
    return SubmissionError("url", message) if answer.status_code < 500 else ZukoError(message)


def _sentence(detail: Mapping[str, Any], options: Mapping[str, str]) -> str:
    """Return the sentence of an error in a request, with the option that set the wrong field, if one did."""
    message = str(detail.get("msg", detail))
    place = [str(part) for part in detail.get("loc", ())[1:]]
    if not place or place[0] not in options:
        return message
    field, *within = place
    if message.startswith(field):  # such as `time_limit_ms must be …`
        return options[field] + message.removeprefix(field)
    return f"{' '.join([options[field], *(part for part in within if part != '[key]')])}: {message}"


def _shown(text: str) -> str:
    return printable_lines(text)[:_MESSAGE_MAX]
