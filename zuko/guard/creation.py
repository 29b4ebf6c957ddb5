"""The body of `POST /containers/create`: what `zuko/engine/confinement.py` writes may be in it, and nothing else.

A field is refused unless it is listed here, also one whose value would change nothing: the engine matches names without
regard to case, and later engines have more of them.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from zuko.engine.confinement import (
    CELL_APPARMOR,
    MASKED,
    RUNNER_GID,
    RUNNER_UIDS,
    TELL_SLEEP,
    ULIMITS,
    WRITABLE,
)
from zuko.engine.engine import LABEL, OWNER_LABEL, STANDBY_LABEL
from zuko.engine.neighbours import SLOTS_LABEL
from zuko.engine.seccomp import CELL_PROFILE, PROFILE

SHOWN: Final = 80  # characters of what was sent, in a reason
_LABEL_MAX: Final = 4096  # characters
_NUMBER_MAX: Final = 1 << 50  # bytes, most of all; more than any machine has
_BESIDE: Final = re.compile(r"container:([0-9a-f]{64})")
_USER: Final = re.compile(rf"([0-9]{{5}}):{RUNNER_GID}")
_TMPFS: Final = re.compile(r"rw,nosuid,nodev,noexec,mode=1777,nr_inodes=[0-9]{1,12},size=[0-9]{1,15}")
_ARGUMENT: Final = re.compile(
    r"--(idle-seconds|isolation|writable)|[0-9]{1,6}|namespaces|container"
    rf"|({'|'.join(WRITABLE)})=mode=1777,nr_inodes=[0-9]{{1,12}},size=[0-9]{{1,15}}|/dev/mqueue=mqueue"
)
_PRINTABLE: Final = re.compile(rf"[ -~]{{0,{_LABEL_MAX}}}")
_SECURITY: Final = (
    "no-new-privileges:true",
    f"apparmor={CELL_APPARMOR}",
    *(f"seccomp={each}" for each in (PROFILE, CELL_PROFILE)),
)

type _Check = Callable[[Any], bool]


class RefusedError(Exception):
    """The guard does not let a call through; the message says why."""


@dataclass(frozen=True, slots=True)
class Creation:
    """A container that may be made."""

    uid: int  # that it runs as
    beside: str  # the container whose network namespace it shares; "": none
    body: bytes  # for the engine


def read_object(body: bytes) -> dict[str, Any]:
    """Return the object of a body in JSON, without the fields that are null.

    Raises:
        RefusedError: it is not one, or a name occurs twice in it: two readers may each believe another one.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise RefusedError("a name occurs twice in the body")
        return dict(pairs)

    try:
        found = json.loads(body, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise RefusedError("the body is not JSON") from error
    if not isinstance(found, dict):
        raise RefusedError("the body is not an object")
    return {name: value for name, value in found.items() if value is not None}


def check_creation(body: bytes, is_image: Callable[[str], bool], runtime: str | None) -> Creation:
    """Return what the engine may make of a body.

    Args:
        body: as the client sent it.
        is_image: tells the images that sandboxes are made of.
        runtime: the one that sandboxes may have; None: the engine's default alone.

    Raises:
        RefusedError: it is not the body of a sandbox.
    """
    config = read_object(body)
    host = config.get("HostConfig")
    if not isinstance(host, dict):
        raise RefusedError("HostConfig is missing")
    _check(config, {**_CONFIG, "Image": lambda image: isinstance(image, str) and is_image(image)}, _REQUIRED)
    # The SDK leaves out a runtime that is not set.
    own = {} if runtime is None else {"Runtime": _is(runtime)}
    _check(host, {**_HOST, **own}, _HOST_REQUIRED, "HostConfig.")
    if host["Memory"] != host["MemorySwap"]:
        raise RefusedError("HostConfig.MemorySwap is not HostConfig.Memory")
    beside = _BESIDE.fullmatch(host["NetworkMode"])
    return Creation(
        uid=int(config["User"].partition(":")[0]),
        beside=beside[1] if beside else "",
        body=json.dumps(config).encode(),
    )


def check_update(body: bytes) -> bytes:
    """Return what the engine may be sent to change a sandbox: its memory, or its share of CPU time.

    Raises:
        RefusedError: it is anything else.
    """
    wanted = read_object(body)
    if wanted.keys() == {"NanoCpus"}:
        _check(wanted, {"NanoCpus": _is_number}, frozenset())
        return json.dumps(wanted).encode()
    _check(wanted, {"Memory": _is_number, "MemorySwap": _is_number}, frozenset({"Memory", "MemorySwap"}))
    if wanted["Memory"] != wanted["MemorySwap"]:
        raise RefusedError("MemorySwap is not Memory")
    return json.dumps(wanted).encode()


def _check(given: Mapping[str, Any], checks: Mapping[str, _Check], required: frozenset[str], prefix: str = "") -> None:
    if missing := sorted(required - given.keys()):
        raise RefusedError(f"{prefix}{missing[0]} is missing")
    for name, value in given.items():
        if name not in checks:
            raise RefusedError(f"{prefix}{name!r:.{SHOWN}} is not allowed")
        if not checks[name](value):
            raise RefusedError(f"{prefix}{name}: {value!r:.{SHOWN}} is not allowed")


def _is(wanted: object) -> _Check:
    """Return a check that a value is just this one; true is not 1 here, as it is in Python."""
    return lambda value: type(value) is type(wanted) and value == wanted


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 < value <= _NUMBER_MAX


def _is_list_of(pattern: re.Pattern[str], length_max: int) -> _Check:
    return lambda value: (
        isinstance(value, list)
        and len(value) <= length_max
        and all(isinstance(each, str) and pattern.fullmatch(each) for each in value)
    )


def _is_text(pattern: re.Pattern[str]) -> _Check:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def _is_user(value: Any) -> bool:
    found = _USER.fullmatch(value) if isinstance(value, str) else None
    return found is not None and int(found[1]) in RUNNER_UIDS


def _are_labels(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get(LABEL) == "true"
        and value.keys() <= {LABEL, OWNER_LABEL, STANDBY_LABEL, SLOTS_LABEL}
        and all(isinstance(each, str) and _PRINTABLE.fullmatch(each) for each in value.values())
    )


def _is_security(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= len(_SECURITY)
        and _SECURITY[0] in value
        and all(isinstance(each, str) and each in _SECURITY for each in value)
    )


def _are_ulimits(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != len(ULIMITS) + 1:
        return False
    found = {}
    for each in value:
        if not isinstance(each, dict) or each.keys() != {"Name", "Soft", "Hard"} or type(each["Soft"]) is not int:
            return False
        if each["Soft"] != each["Hard"] or not isinstance(each["Name"], str):
            return False
        found[each["Name"]] = each["Soft"]
    return _is_number(found.pop("nofile", None)) and found == ULIMITS


def _is_tmpfs(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() <= set(WRITABLE)
        and all(isinstance(each, str) and _TMPFS.fullmatch(each) for each in value.values())
    )


_CONFIG: Final[Mapping[str, _Check]] = {
    "User": _is_user,
    "Tty": _is(False),
    "OpenStdin": _is(True),
    "StdinOnce": _is(True),
    "AttachStdin": _is(True),
    "AttachStdout": _is(True),
    "AttachStderr": _is(True),
    "Cmd": _is_list_of(_ARGUMENT, 16),
    "Env": _is([f"{TELL_SLEEP}=1"]),
    "NetworkDisabled": _is_boolean,
    "StopSignal": _is("SIGKILL"),
    "Labels": _are_labels,
    "HostConfig": lambda value: isinstance(value, dict),
}
_REQUIRED: Final = frozenset({"User", "Image", "Labels", "Cmd", "HostConfig"})
_HOST: Final[Mapping[str, _Check]] = {
    "Memory": _is_number,
    "MemorySwap": _is_number,
    "NanoCpus": _is_number,
    "PidsLimit": _is_number,
    "CpusetCpus": _is_text(re.compile(r"[0-9]{1,4}")),
    "IpcMode": _is("private"),
    "ReadonlyRootfs": _is(True),
    "NetworkMode": lambda value: value == "none" or _is_text(_BESIDE)(value),
    "CapDrop": _is(["ALL"]),
    "SecurityOpt": _is_security,
    "Ulimits": _are_ulimits,
    "LogConfig": _is({"Type": "none", "Config": {}}),
    "Tmpfs": _is_tmpfs,
    "AutoRemove": _is(True),
    "MaskedPaths": _is(list(MASKED)),
    "ReadonlyPaths": _is([]),
}
_HOST_REQUIRED: Final = frozenset(_HOST) - {"CpusetCpus", "Tmpfs", "MaskedPaths", "ReadonlyPaths"}
