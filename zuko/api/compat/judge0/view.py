"""A stored submission as Judge0 shows it: the fields that a client asks for, as text or in base64. Pure."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from pydantic_core import from_json

from zuko.api.compat.judge0.archive import pack
from zuko.api.compat.judge0.languages import language_of_id
from zuko.api.compat.judge0.options import FLAGS
from zuko.api.compat.judge0.request import FACADE
from zuko.api.compat.judge0.statuses import (
    ACCEPTED,
    IN_QUEUE,
    INTERNAL_ERROR,
    PROCESSING,
    STATUSES,
    Verdict,
    judged,
)
from zuko.submissions.documents import moment
from zuko.submissions.model import State, StoredSubmission
from zuko.types import Status

type _Value = bytes | str | int | float | bool | dict[str, Any] | None

_DEFAULT: Final = ("stdout", "time", "memory", "stderr", "token", "compile_output", "message", "status")
NOT_TEXT: Final = (
    "some attributes for this submission cannot be converted to UTF-8, use base64_encoded=true query parameter"
)
_SECONDS: Final = ("cpu_time_limit", "cpu_extra_time", "wall_time_limit")
_WHOLE: Final = ("memory_limit", "stack_limit", "max_processes_and_or_threads", "max_file_size", "number_of_runs")
FILES: Final = "post_execution_filesystem"  # of the hosted 1.14
_PLAIN: Final = ("compiler_options", "command_line_arguments", "additional_files", "callback_url")


class FieldsError(Exception):
    """Fields that do not exist; the text names them."""


class NotTextError(Exception):
    """A field that is not UTF-8, in a submission that is to be shown as text."""


@dataclass(frozen=True)
class View:
    """A submission with all its runs."""

    token: str
    request: Mapping[str, Any]  # as `to_request` made it
    runs: Sequence[StoredSubmission]  # one for each of `number_of_runs`, in their order
    by_signal: bool = False  # see `judged`

    @property
    def asked(self) -> Mapping[str, Any]:
        """The fields of the request in Judge0's terms."""
        return _asked(self.request)

    @cached_property
    def verdict(self) -> Verdict:
        """The status and all that comes with it: of the first run that is not accepted, or of the last one.

        Times and memory are the means of the runs up to that one.
        """
        verdicts = self._verdicts
        last = verdicts[-1]
        if len(verdicts) == 1 or last.status_id in (IN_QUEUE, PROCESSING):
            return last
        return Verdict(
            last.status_id,
            stdout=last.stdout,
            stderr=last.stderr,
            compile_output=last.compile_output,
            message=last.message,
            exit_code=last.exit_code,
            exit_signal=last.exit_signal,
            time_s=_mean([each.time_s for each in verdicts]),
            wall_time_s=_mean([each.wall_time_s for each in verdicts]),
            memory_kb=None if (mean := _mean([each.memory_kb for each in verdicts])) is None else round(mean),
        )

    @cached_property
    def _verdicts(self) -> list[Verdict]:
        """The verdicts of the runs that count."""
        verdicts: list[Verdict] = []
        for stored in self.runs:
            verdicts.append(_verdict_of(stored, self.request, by_signal=self.by_signal))
            if verdicts[-1].status_id != ACCEPTED:
                break
        return verdicts

    @property
    def has_ended(self) -> bool:
        """True if nothing more happens to it by itself."""
        return self.verdict.status_id not in (IN_QUEUE, PROCESSING)

    def show(self, fields: Sequence[str], *, encoded: bool) -> dict[str, Any]:
        """Return the fields as JSON's values.

        Args:
            fields: from `read_fields`.
            encoded: texts are in base64.

        Raises:
            NotTextError: a text is not UTF-8, and is to be shown as it is.
        """
        return {name: _shown(FIELDS[name](self), encoded=encoded) for name in fields}

    def finished_at(self) -> str | None:
        """Return when the last of its runs ended; None: it has not ended."""
        ends = [stored.ended_at for stored in self.runs if stored.ended_at is not None]
        return _moment(max(ends)) if self.has_ended and ends else None

    def stdin(self) -> bytes | None:
        """Return the standard input; None: none was sent."""
        if not self.asked["stdin"]:
            return None
        text: str = self.request.get("input_data", "")
        return base64.b64decode(text) if self.request.get("input_encoding") == "base64" else text.encode()

    def expected_output(self) -> bytes | None:
        """Return the expected output; None: it is not compared."""
        return _expected(self.request)

    def files(self) -> str | None:
        """Return the program's directory as its last run left it, a zip in base64; None: that was not kept.

        It has the source, the files of the request, and what of the program's own files was returned.
        """
        stored = self.runs[len(self._verdicts) - 1]
        if "artifacts" not in self.request or stored.state is not State.DONE or stored.result is None:
            return None
        result = from_json(stored.result)
        if result["status"] == Status.ERROR:
            return None
        found = language_of_id(self.asked["language_id"])
        source_name = "main" if found is None else found.language.source_name
        files = {source_name: str(self.request["code"]).encode()}
        for file in (*self.request.get("files", ()), *result.get("artifacts", ())):
            files[file["name"]] = base64.b64decode(file["content"])
        return base64.b64encode(pack(files)).decode()

    def status(self) -> dict[str, Any]:
        """Return the status with its description."""
        status_id = self.verdict.status_id
        return {"id": status_id, "description": STATUSES[status_id]}

    def language(self) -> dict[str, Any]:
        """Return the language with its name."""
        number = self.asked["language_id"]
        found = language_of_id(number)
        return {"id": number, "name": self.request["language"] if found is None else found.name}


def _verdict_of(run: StoredSubmission, request: Mapping[str, Any], *, by_signal: bool) -> Verdict:
    """Return the verdict on a run.

    Args:
        run: as the store has it.
        request: of the submission, as `to_request` made it.
        by_signal: see `judged`.
    """
    match run.state:
        case State.QUEUED:
            return Verdict(IN_QUEUE)
        case State.RUNNING:
            return Verdict(PROCESSING)
    if run.state is not State.DONE or run.result is None:
        message = run.message or "the submission was cancelled"
        return Verdict(INTERNAL_ERROR, message=message.encode(errors="replace"))
    return judged(
        from_json(run.result),
        expected=_expected(request),
        cpu_time_limit_s=_asked(request)["cpu_time_limit"],
        by_signal=by_signal,
    )


def _asked(request: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = request["metadata"][FACADE]
    return found


def _expected(request: Mapping[str, Any]) -> bytes | None:
    expected = _asked(request).get("expected_output")
    return None if expected is None else base64.b64decode(expected)


def _kept(name: str) -> Callable[[View], _Value]:
    return lambda view: view.asked.get(name)


def _of_verdict(name: str) -> Callable[[View], _Value]:
    def get(view: View) -> _Value:
        value: _Value = getattr(view.verdict, name)
        return value

    return get


def _seconds(get: Callable[[View], _Value]) -> Callable[[View], _Value]:
    def shown(view: View) -> str | None:
        value = get(view)
        return f"{round(value, 3)}" if isinstance(value, (int, float)) else None

    return shown


FIELDS: Final[Mapping[str, Callable[[View], _Value]]] = {
    "token": lambda view: view.token,
    "source_code": lambda view: str(view.request["code"]).encode(),
    "language_id": _kept("language_id"),
    "language": View.language,
    "stdin": View.stdin,
    "expected_output": View.expected_output,
    **{name: _of_verdict(name) for name in ("stdout", "stderr", "compile_output", "message")},
    "status_id": _of_verdict("status_id"),
    "status": View.status,
    "exit_code": _of_verdict("exit_code"),
    "exit_signal": _of_verdict("exit_signal"),
    "time": _seconds(_of_verdict("time_s")),
    "wall_time": _seconds(_of_verdict("wall_time_s")),
    "memory": _of_verdict("memory_kb"),
    "created_at": lambda view: _moment(view.runs[0].created_at),
    "finished_at": View.finished_at,
    **{name: _seconds(_kept(name)) for name in _SECONDS},
    **{name: _kept(name) for name in (*_WHOLE, *FLAGS, *_PLAIN)},
    FILES: View.files,
}


def read_fields(text: str | None) -> tuple[str, ...]:
    """Return the names in a list of fields, each once.

    Args:
        text: separated by commas; "*": all; None or "": the usual ones.

    Raises:
        FieldsError: some do not exist.
    """
    if not text:
        return _DEFAULT
    names = tuple(dict.fromkeys(name.strip() for name in text[:2000].split(",")))
    if "*" in names:
        return tuple(FIELDS)
    if unknown := [name for name in names if name not in FIELDS]:
        raise FieldsError(f"invalid fields: [{', '.join(unknown)[:200]}]")
    return names


def _shown(value: _Value, *, encoded: bool) -> Any:
    if not isinstance(value, bytes):
        return value
    if encoded:
        return base64.b64encode(value).decode()
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise NotTextError(NOT_TEXT) from error


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _moment(time_s: float) -> str:
    at = moment(time_s)
    return "" if at is None else f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
