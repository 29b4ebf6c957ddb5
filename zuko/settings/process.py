"""The settings of a process: all groups, with their values from the environment."""

import base64
import os
import re
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, Self, get_args

from pydantic import ConfigDict, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo

from zuko.languages.own import own_language
from zuko.languages.table import LANGUAGES
from zuko.settings.callers import CallerSettings
from zuko.settings.facades import FACADES, FacadeSettings
from zuko.settings.group import MIB
from zuko.settings.mcp import McpSettings
from zuko.settings.sandboxes import PoolSettings
from zuko.settings.service import Auth, HostSettings, HttpSettings
from zuko.settings.submissions import ProblemSettings, StoreSettings, WebhookSettings
from zuko.settings.telemetry import TelemetrySettings

PREFIX: Final = "ZUKO_"  # of the variables
CLIENT_VARIABLES: Final = frozenset({"ZUKO_URL"})  # of commands that talk to a service: not settings of one
_SHOWN: Final = 80  # characters of a wrong value
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?")


class Settings(
    ProblemSettings,
    PoolSettings,
    StoreSettings,
    WebhookSettings,
    CallerSettings,
    HttpSettings,
    FacadeSettings,
    McpSettings,
    HostSettings,
    TelemetrySettings,
):
    """All settings with units, bounds and defaults. docs/reference/settings.md is checked against them.

    They come from the environment, where they are not named in the call; pydantic-settings, which does that and much
    else, takes a tenth of the time of `zuko run` to import.
    """

    model_config = ConfigDict(extra="ignore")

    def __init__(self, **named: Any) -> None:
        super().__init__(**{**self._environment(), **named})

    @classmethod
    def _environment(cls) -> dict[str, str]:
        """Return the settings that the environment has; an empty one is absent."""
        names = {f"{PREFIX}{name}".upper(): name for name in cls.model_fields}
        return {names[name.upper()]: value for name, value in os.environ.items() if value and name.upper() in names}

    @field_validator(
        *("cors_origins", "facades", "hosts", "ready_languages", "webhook_secrets"),
        *("judge0_tokens", "judge0_admin_tokens", "judge0_callback_hosts"),
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for own in filter(None, map(own_language, self.ready_languages)):
            LANGUAGES.add(own)
        if unknown := [name for name in self.ready_languages if name not in LANGUAGES]:
            raise ValueError(
                f"ZUKO_READY_LANGUAGES: unknown language {unknown[0]!r:.{_SHOWN}}; "
                f"supported: {', '.join(sorted(LANGUAGES))}"
            )
        if unknown := [name for name in self.facades if name not in FACADES]:
            raise ValueError(f"ZUKO_FACADES: unknown façade {unknown[0]!r:.{_SHOWN}}; supported: {', '.join(FACADES)}")
        if wrong := [name for name in self.hosts if name != "*" and not _HOST.fullmatch(name)]:
            raise ValueError(
                f"ZUKO_HOSTS: {wrong[0]!r:.{_SHOWN}} is not a name such as judge.example or judge.example:8000"
            )
        if not all(map(_is_secret, self.webhook_secrets)):  # a message that repeats one would put it into a log
            raise ValueError("ZUKO_WEBHOOK_SECRETS: each is `whsec_` and 24 to 64 bytes in base64, and one is not")
        if self.timeout_default_s > self.timeout_max_s:
            raise ValueError(
                f"ZUKO_TIMEOUT_DEFAULT_S: {self.timeout_default_s} is more than ZUKO_TIMEOUT_MAX_S, "
                f"{self.timeout_max_s}"
            )
        if self.auth is Auth.KEYS and self.store == "none":
            raise ValueError("ZUKO_AUTH: keys are kept in the store of submissions, and ZUKO_STORE is none")
        if self.auth is Auth.KEYS and self.tenant_header is not None:
            raise ValueError(
                "ZUKO_TENANT_HEADER: with ZUKO_AUTH=keys the key says which tenant it is; unset one of them"
            )
        sent = self.code_limit_bytes + self.input_limit_bytes
        if not sent <= self.body_limit_bytes <= self.bodies_limit_bytes:
            raise ValueError(
                f"ZUKO_BODY_LIMIT_BYTES: {self.body_limit_bytes} is not between ZUKO_CODE_LIMIT_BYTES and "
                f"ZUKO_INPUT_LIMIT_BYTES together, {sent}, and ZUKO_BODIES_LIMIT_BYTES, {self.bodies_limit_bytes}"
            )
        if self.judge_body_limit_bytes > self.bodies_limit_bytes:
            raise ValueError(
                f"ZUKO_JUDGE_BODY_LIMIT_BYTES: {self.judge_body_limit_bytes} is more than ZUKO_BODIES_LIMIT_BYTES, "
                f"{self.bodies_limit_bytes}"
            )
        if self.memory_limit_mib > self.memory_limit_max_mib:
            raise ValueError(
                f"ZUKO_MEMORY_LIMIT_MIB: {self.memory_limit_mib} is more than ZUKO_MEMORY_LIMIT_MAX_MIB, "
                f"{self.memory_limit_max_mib}"
            )
        held = self._memory_held()
        if held > self.memory_limit_mib * MIB // 2:
            raise ValueError(
                f"ZUKO_MEMORY_LIMIT_MIB: half of {self.memory_limit_mib} is less than ZUKO_CODE_LIMIT_BYTES, "
                f"ZUKO_INPUT_LIMIT_BYTES and twice ZUKO_OUTPUT_LIMIT_BYTES together, {-(-held // MIB)} MiB"
            )
        return self

    @classmethod
    def read(cls) -> Self:
        """Return the settings of the environment.

        Wrong values end the process, with a line for each instead of the forty lines of pydantic's traceback.
        """
        try:
            return cls()
        except ValidationError as error:
            sys.stderr.write("".join(f"zuko: {line}\n" for line in cls._complaints(error)))
            raise SystemExit(2) from None

    @classmethod
    def _complaints(cls, error: ValidationError) -> Iterator[str]:
        """Yield a line for each wrong setting: its variable, its value unless that is a secret, and what it may be."""
        for found in error.errors():
            if not found["loc"]:  # about several settings: the message is from `_consistent`
                yield str(found["ctx"]["error"])
                continue
            name = str(found["loc"][0])
            field = cls.model_fields[name]
            value = f"{found['input']!r:.{_SHOWN}}" if field.repr else "its value"
            yield f"{PREFIX}{name.upper()}: {value} is not {_wanted(field)}"

    @classmethod
    def unknown(cls, environment: Mapping[str, str]) -> list[str]:
        """Return the variables that look like settings but are not, probably because they are misspelt."""
        known = {f"{PREFIX}{name}".upper() for name in cls.model_fields} | CLIENT_VARIABLES
        return sorted(name for name in environment if name.startswith(PREFIX) and name.upper() not in known)


def _is_secret(text: str) -> bool:
    """Return whether a text is a secret of Standard Webhooks."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    return text.startswith("whsec_") and 24 <= len(key) <= 64


def _wanted(field: FieldInfo) -> str:
    """Return a description of the values that a setting may have."""
    if field.annotation is bool:
        return "true or false"
    for kind in get_args(field.annotation) or (field.annotation,):
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return f"one of {', '.join(kind)}"
    bounds: dict[str, Any] = {}
    for each in field.metadata:
        bounds |= {key: getattr(each, key) for key in ("ge", "gt", "le", "pattern") if hasattr(each, key)}
    if "pattern" in bounds:
        return f"of the form {bounds['pattern']}"
    kind = "a number" if field.annotation is float else "a whole number"
    lowest = f"above {bounds['gt']}, up to" if "gt" in bounds else f"from {bounds['ge']} to"
    return f"{kind} {lowest} {bounds['le']}"
