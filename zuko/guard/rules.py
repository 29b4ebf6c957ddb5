"""Rules for calls of the engine's API: a row for each that `zuko/engine/` makes."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from urllib.parse import parse_qsl, quote

from zuko.engine.engine import LABEL
from zuko.engine.neighbours import SLOTS_LABEL
from zuko.guard.creation import SHOWN, RefusedError, check_creation, check_update
from zuko.languages.own import LABEL as OWN_IMAGE
from zuko.languages.own import own_language
from zuko.languages.table import LANGUAGES

VERSION_MIN: Final = 40  # of the API, 1.40: older ones make of the same body another container
_ID: Final = r"[0-9a-f]{64}"
_PATH: Final = re.compile(r"(?:/v1\.(?P<version>[1-9]\d))?(?P<path>/[A-Za-z0-9._:/-]+)")
_QUERY_MAX: Final = 1024  # characters
_ATTACH: Final = {"stdin": "1", "stdout": "1", "stderr": "1", "stream": "1"}


class Kind(Enum):
    """The effect of a call on the connection, or on what the guard knows."""

    PLAIN = auto()
    CREATE = auto()  # the response names a new sandbox
    ATTACH = auto()  # the connection becomes a stream, if the engine agrees


@dataclass(frozen=True, slots=True)
class Call:
    """A call that passes, as the engine gets it."""

    method: str
    target: str
    body: bytes = b""
    kind: Kind = Kind.PLAIN
    containers: tuple[str, ...] = ()  # ids: each has to be a sandbox

    @property
    def base(self) -> str:
        """Return the beginning of its path, with the version of the API: "/v1.41"."""
        return self.target[: self.target.index("/", 1)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call as it came, taken apart."""

    base: str  # "/v1.41", or ""
    path: str
    found: re.Match[str]  # of the path
    query: dict[str, str]
    body: bytes


class Rules:
    """Decides about calls.

    Args:
        prefix: what stands before the names of our images.
        runtime: OCI runtime that sandboxes may have; None: the engine's default alone.
    """

    def __init__(self, prefix: str = "", runtime: str | None = None) -> None:
        self._prefix = prefix
        self._images = frozenset(language.image for language in LANGUAGES.values())
        self._runtime = runtime
        self._rows: tuple[tuple[str, re.Pattern[str], Callable[[_Asked], Call]], ...] = (
            ("GET", re.compile(r"/(_ping|version|info)"), _get),
            ("GET", re.compile(r"/images/(.+)/json"), self._inspect_image),
            ("GET", re.compile(r"/images/json"), _list_images),
            ("GET", re.compile(r"/containers/json"), _list),
            ("POST", re.compile(r"/containers/create"), self._create),
            ("POST", re.compile(rf"/containers/({_ID})/attach"), _attach),
            ("POST", re.compile(rf"/containers/({_ID})/start"), _start),
            ("POST", re.compile(rf"/containers/({_ID})/update"), _update),
            ("DELETE", re.compile(rf"/containers/({_ID})"), _remove),
        )

    def decide(self, method: str, target: str, body: bytes) -> Call:
        """Return the call that the engine gets instead of this one.

        Args:
            method: as it was sent.
            target: path and query, as they were sent.
            body: all of it.

        Raises:
            RefusedError: it does not pass.
        """
        path, _, query = target.partition("?")
        parts = _PATH.fullmatch(path)
        if parts is None:  # no %, no //host, no other form of a target
            raise RefusedError(f"{path!r:.{SHOWN}} is not a path of Zuko's")
        version = parts["version"]
        if version is not None and int(version) < VERSION_MIN:
            raise RefusedError(f"API 1.{version} is older than 1.{VERSION_MIN}")
        base = "" if version is None else f"/v1.{version}"
        for row_method, pattern, make in self._rows:
            found = pattern.fullmatch(parts["path"])
            if found is not None and row_method == method:
                if version is None and row_method != "GET":
                    raise RefusedError("the path has no version of the API")
                return make(_Asked(base, parts["path"], found, _read_query(query), body))
        raise RefusedError(f"{method:.10} {path:.{SHOWN}} is not a call of Zuko's")

    def _is_image(self, name: str) -> bool:
        """Return whether sandboxes are made of an image: one of ours, or of a site's own language."""
        if not name.startswith(self._prefix):
            return False
        image = name.removeprefix(self._prefix)
        if image in self._images:
            return True
        own = own_language(image.removeprefix("zuko-").partition(":")[0])
        return own is not None and own.image == image

    def _inspect_image(self, asked: _Asked) -> Call:
        if not self._is_image(asked.found[1]):
            raise RefusedError(f"{asked.found[1]:.{SHOWN}} is not an image of sandboxes")
        return _get(asked)

    def _create(self, asked: _Asked) -> Call:
        creation = check_creation(asked.body, self._is_image, self._runtime)
        name = f"zuko-{creation.uid}"
        if asked.query != {"name": name}:
            raise RefusedError(f"the name of the container is not {name}, as its user has it")
        return Call(
            "POST",
            f"{asked.base}/containers/create?name={name}",
            creation.body,
            Kind.CREATE,
            (creation.beside,) if creation.beside else (),
        )


def _get(asked: _Asked) -> Call:
    _has_no_query(asked)
    _has_no_body(asked)
    return Call("GET", f"{asked.base}{asked.path}")


def _list(asked: _Asked) -> Call:
    """Let the two questions pass that Zuko asks: about containers of its own."""
    _has_no_body(asked)
    query = dict(asked.query)
    text, everything = query.pop("filters", ""), query.pop("all", "0")
    allowed = {json.dumps({"label": [label]}) for label in (LABEL, SLOTS_LABEL)}
    if text not in allowed or everything not in {"0", "1"} or query != {"limit": "-1", "size": "0", "trunc_cmd": "0"}:
        raise RefusedError("only sandboxes are listed")
    return Call("GET", f"{asked.base}/containers/json?all={everything}&filters={quote(text)}")


def _list_images(asked: _Asked) -> Call:
    """Let the question pass for images of a site's own languages."""
    _has_no_body(asked)
    text = json.dumps({"label": [OWN_IMAGE]})
    if asked.query != {"only_ids": "0", "all": "0", "filters": text}:
        raise RefusedError("only images of own languages are listed")
    return Call("GET", f"{asked.base}/images/json?filters={quote(text)}")


def _attach(asked: _Asked) -> Call:
    _has_no_body(asked)
    if asked.query != _ATTACH:
        raise RefusedError("not the stream of a sandbox")
    query = "&".join(f"{name}={value}" for name, value in _ATTACH.items())
    return Call("POST", f"{asked.base}{asked.path}?{query}", kind=Kind.ATTACH, containers=(asked.found[1],))


def _start(asked: _Asked) -> Call:
    _has_no_query(asked)
    _has_no_body(asked)  # old engines took a HostConfig here
    return Call("POST", f"{asked.base}{asked.path}", containers=(asked.found[1],))


def _update(asked: _Asked) -> Call:
    _has_no_query(asked)
    return Call("POST", f"{asked.base}{asked.path}", check_update(asked.body), containers=(asked.found[1],))


def _remove(asked: _Asked) -> Call:
    _has_no_body(asked)
    if asked.query != {"v": "False", "link": "False", "force": "True"}:
        raise RefusedError("not how a sandbox is removed")
    return Call("DELETE", f"{asked.base}{asked.path}?v=0&link=0&force=1", containers=(asked.found[1],))


def _has_no_query(asked: _Asked) -> None:
    if asked.query:
        raise RefusedError("the call has no query")


def _has_no_body(asked: _Asked) -> None:
    if asked.body:
        raise RefusedError("the call has no body")


def _read_query(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=8, errors="strict")
    except ValueError as error:
        raise RefusedError("the query cannot be read") from error
    query = dict(pairs)
    if len(query) != len(pairs) or len(text) > _QUERY_MAX:
        raise RefusedError("a name occurs twice in the query, or it is too long")
    return query
