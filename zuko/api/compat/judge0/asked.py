"""A submission as a Judge0 client sends it: cast as Judge0 casts, and checked with Judge0's words.

What Judge0 does not know is left out, a number may be a string, and null stands for the default.
"""

import base64
import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from zuko.api.compat.judge0.archive import ArchiveError, unpack
from zuko.api.compat.judge0.callback_hosts import is_allowed
from zuko.api.compat.judge0.languages import Numbered, language_of_id
from zuko.api.compat.judge0.options import FLAGS, TEXT_MAX, ZIP_KB_MAX, Limit
from zuko.api.compat.reading import decode_base64, read_whole
from zuko.languages.table import Language
from zuko.settings import Settings
from zuko.types import SourceFile

_BLANK: Final = "can't be blank"
_FALSE: Final = frozenset((False, 0, "0", "f", "F", "false", "FALSE", "False", "off", "OFF"))
_DROPPED: Final = str.maketrans("", "", "$&;<>|`\n")  # from words that Judge0 gives to a shell
_CALLBACK_MAX: Final = 2000  # characters


class InvalidError(Exception):
    """A submission that is refused; `errors` has messages by the names of the fields."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(str(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Asked:
    """A submission that was checked, except for what admission checks."""

    language: Numbered
    source_code: bytes
    stdin: bytes | None
    expected_output: bytes | None
    compiler_options: str | None
    arguments: str | None
    numbers: dict[str, float]  # every limit, by Judge0's name
    named: frozenset[str]  # limits that the client has set
    flags: dict[str, bool]
    additional_files: str | None  # base64
    files: tuple[SourceFile, ...]
    callback_url: str | None
    keeps_files: bool  # that the program leaves

    @property
    def row(self) -> Language:
        """The language of ours."""
        return self.language.language


@dataclass(slots=True)
class _Reader:
    """Reads the fields of a submission, and collects what is wrong."""

    sent: Mapping[str, Any]
    encoded: bool  # texts are in base64
    errors: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, name: str, message: str) -> None:
        """Record what is wrong with a field."""
        self.errors.setdefault(name, []).append(message)

    def text(self, name: str) -> str | None:
        """Return a text as it was sent; None: absent."""
        value = self.sent.get(name)
        if value is None or isinstance(value, (dict, list)):
            return None
        return value if isinstance(value, str) else str(value)

    def content(self, name: str) -> bytes | None:
        """Return the bytes of a text, which may be in base64."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return decode_base64(text) if self.encoded else text.encode()
        except UnicodeEncodeError:
            self.refuse(name, "is not valid Unicode")
        except ValueError:
            self.refuse(name, "is not valid base64")
        return None

    def words(self, name: str) -> str | None:
        """Return options or arguments; "" is as absent."""
        text = self.text(name)
        if text and len(text) > TEXT_MAX:
            self.refuse(name, f"is too long (maximum is {TEXT_MAX} characters)")
        return text or None

    def number(self, name: str, limit: Limit) -> float:
        """Return a limit that was sent, within its bounds."""
        try:
            number = float(self.sent[name])
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            self.refuse(name, "is not a number")
            return limit.default
        if number < limit.least:
            self.refuse(name, f"must be greater than or equal to {limit.least}")
        elif number > limit.most:
            self.refuse(name, f"must be less than or equal to {limit.most}")
        return int(number) if limit.is_whole else number

    def flag(self, name: str) -> bool:
        """Return a switch."""
        value = self.sent.get(name)
        if value is None or value == "" or isinstance(value, (dict, list)):
            return False
        return value not in _FALSE


def read(
    sent: object, settings: Settings, limits: Mapping[str, Limit], *, encoded: bool, keeps_files: bool = False
) -> Asked:
    """Return a submission.

    Args:
        sent: the object of the request's body.
        settings: bounds, and what is allowed.
        limits: from `limits_of`.
        encoded: whether texts are in base64.
        keeps_files: whether the client is to get the files that the program leaves; the settings may want it, too.

    Raises:
        InvalidError: fields are wrong; all of them are named.
    """
    reader = _Reader(sent if isinstance(sent, dict) else {}, encoded)
    language = _language(reader)
    source_code = reader.content("source_code")
    if not source_code and "source_code" not in reader.errors:
        reader.refuse("source_code", _BLANK)
    options = reader.words("compiler_options")
    if options and language is not None and language.language.compiler is None:
        reader.refuse("compiler_options", "setting compiler options is only allowed for compiled languages")
    named = frozenset(name for name in limits if reader.sent.get(name) not in (None, ""))
    numbers = {name: reader.number(name, limit) if name in named else limit.default for name, limit in limits.items()}
    flags = {name: reader.flag(name) for name in FLAGS}
    if flags["enable_network"]:
        reader.refuse("enable_network", "enabling network is not allowed")
    archive, files = _files(reader, settings)
    callback_url = _callback(reader, settings)
    stdin, expected_output = reader.content("stdin"), reader.content("expected_output")
    arguments = reader.words("command_line_arguments")
    if reader.errors or language is None:
        raise InvalidError(reader.errors)
    return Asked(
        language=language,
        source_code=source_code or b"",
        stdin=stdin,
        expected_output=expected_output,
        compiler_options=options,
        arguments=arguments,
        numbers=numbers,
        named=named,
        flags=flags,
        additional_files=archive,
        files=tuple(file for file in files if file.name != language.language.source_name),
        callback_url=callback_url,
        keeps_files=keeps_files or settings.judge0_keep_files,
    )


def split(words: str | None) -> list[str]:
    """Return the words of options or arguments, as a shell divides them.

    Raises:
        ValueError: a quote is not closed.
    """
    return shlex.split(words.translate(_DROPPED)) if words else []


def _language(reader: _Reader) -> Numbered | None:
    value = reader.sent.get("language_id")
    if value is None or value == "" or isinstance(value, (dict, list)):
        reader.refuse("language_id", _BLANK)
        return None
    text = str(value).strip()
    number = read_whole(text)
    found = None if number is None else language_of_id(number)
    if found is None:
        reader.refuse("language_id", f"language with id {text[:20]} doesn't exist")
    elif found.is_archived:
        reader.refuse("language_id", f"language with id {number} is archived and cannot be used anymore")
    return found


def _files(reader: _Reader, settings: Settings) -> tuple[str | None, list[SourceFile]]:
    name = "additional_files"
    text = reader.text(name)
    if not text:
        return None, []
    try:
        content = decode_base64(text)
        files = unpack(content, limit_bytes=settings.code_limit_bytes) if len(content) <= ZIP_KB_MAX * 1024 else None
    except ValueError:
        reader.refuse(name, "is not valid base64")
    except ArchiveError as error:
        reader.refuse(name, str(error))
    else:
        if files is not None:
            return base64.b64encode(content).decode(), files
        reader.refuse(name, f"is larger than {ZIP_KB_MAX} KB")
    return None, []


def _callback(reader: _Reader, settings: Settings) -> str | None:
    name = "callback_url"
    url = reader.text(name)
    if not url:
        return None
    if not settings.judge0_callback_hosts:
        reader.refuse(name, "setting callback is not allowed")
    elif len(url) > _CALLBACK_MAX or not is_allowed(url, settings.judge0_callback_hosts):
        reader.refuse(name, "calling this host is not allowed")
    return url
