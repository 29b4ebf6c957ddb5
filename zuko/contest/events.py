"""Judged submissions as lines of JSON: the file that `zuko score` reads.

{"team": "Ada", "problem": "A", "time_s": 754.2, "verdict": "AC"}
{"team": "Ada", "problem": "B", "time_s": 1201, "verdict": "WA", "points": 40, "groups": {"small": 40, "large": 0}}
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from zuko.contest.scoring import JudgedSubmission, Rules
from zuko.errors import ProblemError
from zuko.problem import Verdict

LINE_MAX_CHARS: Final = 100_000
EVENTS_MAX: Final = 1_000_000

_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Points = Annotated[float, Field(ge=0, le=1e15)]


class Event(BaseModel):
    """One judged submission, as a line describes it."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    team: _Name
    problem: _Name
    time_s: Annotated[float, Field(ge=0, le=1e9, description="seconds since the start of the contest")]
    verdict: Verdict
    points: _Points | None = None
    groups: dict[_Name, _Points] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_points(self) -> Self:
        if self.points is None and self.groups:
            self.points = sum(self.groups.values())
        return self

    def to_submission(self) -> JudgedSubmission:
        """Return the event as the inner type."""
        return JudgedSubmission(self.team, self.problem, self.time_s, self.verdict, self.points or 0.0, self.groups)


def read_events(lines: Iterable[str], rules: Rules, *, name: str = "events") -> Iterator[JudgedSubmission]:
    """Yield judged submissions from lines of JSON; empty lines are skipped.

    Args:
        lines: the lines, in any order.
        rules: all except ICPC need points, or groups, of each submission that counts.
        name: name of the file, for messages.

    Raises:
        ProblemError: a line is not an event; the message names the line and the field.
    """
    count = 0
    for number, line in enumerate(lines, 1):
        where = f"{name}, line {number}"
        if len(line) > LINE_MAX_CHARS:
            raise ProblemError(where, f"is longer than {LINE_MAX_CHARS} characters")
        if not line.strip():
            continue
        count += 1
        if count > EVENTS_MAX:
            raise ProblemError(where, f"there are more than {EVENTS_MAX} events")
        event = _parse(line, where)
        if rules is not Rules.ICPC and event.points is None and event.verdict not in (Verdict.CE, Verdict.JE):
            raise ProblemError(where, f"points: is missing, but the rules {rules} count points")
        yield event.to_submission()


def _parse(line: str, where: str) -> Event:
    try:
        return Event.model_validate_json(line)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        match first["type"]:
            case "missing":
                message = "is missing"
            case "extra_forbidden":
                message = "unknown field"
            case "json_invalid":
                message = f"is not valid JSON: {first['ctx']['error'].replace(' at line 1 column', ' at column')}"
            case _:
                message = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
        raise ProblemError(where, f"{field}: {message}" if field else message) from None
