"""The submissions that a request is about: filters of lists and of judging again, and the problem that they name."""

import re
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from zuko.api.errors import RefusedError
from zuko.execution.admission import admit_language
from zuko.submissions.model import PAGE_MAX, Filter, Kind, ProblemRef, State, StoredSubmission
from zuko.submissions.store import Store
from zuko.wire.submissions import LABELS_MAX, RejudgeRequest, StateName

PAGE: Final = 50
_PROBLEM: Final = re.compile(r"([^@]{1,200})(?:@([1-9][0-9]{0,8}))?")


class ListQuery(BaseModel):
    """The submissions of a list: those that fit every parameter that is given."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[list[StateName], Field(max_length=len(State), description="one of these; repeatable")] = []
    kind: Literal["execute", "judge"] | None = None
    language: Annotated[str | None, Field(description="a language's name, or an alias")] = None
    problem: Annotated[str | None, Field(description="a stored problem: name, or name@version")] = None
    label: Annotated[
        list[str], Field(max_length=LABELS_MAX, description="`name=value`: with this label; repeatable")
    ] = []
    created_from: Annotated[AwareDatetime | None, Field(description="at that time, or later; RFC 3339")] = None
    created_before: AwareDatetime | None = None
    webhook_state: Literal["waiting", "due", "delivered", "undelivered"] | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="submissions of a page")] = PAGE
    cursor: Annotated[str | None, Field(max_length=500, description="`next` of the page before")] = None

    def to_filter(self) -> Filter:
        """Return the inner type.

        Raises:
            RefusedError: a label or a problem is not one.
            UnknownLanguageError: no language has that name.
        """
        name, version = _problem(self.problem, "query")
        return Filter(
            states=frozenset(map(State, self.state)) or None,
            kind=None if self.kind is None else Kind(self.kind),
            language=None if self.language is None else admit_language(self.language).name,
            problem=name,
            problem_version=version,
            labels=tuple(map(_label, self.label)),
            created_from=None if self.created_from is None else self.created_from.timestamp(),
            created_before=None if self.created_before is None else self.created_before.timestamp(),
            webhook_state=self.webhook_state,
        )


def rejudge_filter(wanted: RejudgeRequest) -> Filter:
    """Return the submissions that are to be judged again.

    Raises:
        RefusedError: the problem is not a name, or a version to judge by is given without it.
        UnknownLanguageError: no language has that name.
    """
    name, version = _problem(wanted.problem, "body")
    if name is None and wanted.judge_by is not None:
        message = "judge_by needs `problem`: versions are of one problem"
        raise RefusedError(422, "body", "judge_by", message=message, kind="out_of_bounds")
    return Filter(
        states=frozenset(map(State, wanted.states)),
        language=None if wanted.language is None else admit_language(wanted.language).name,
        problem=name,
        problem_version=version,
        labels=tuple(sorted(wanted.labels.items())),
        created_from=None if wanted.created_from is None else wanted.created_from.timestamp(),
        created_before=None if wanted.created_before is None else wanted.created_before.timestamp(),
    )


def version_to_judge_by(store: Store, tenant: str, name: str, version: int | None) -> ProblemRef | None:
    """Return the version of a problem that submissions are judged by again; None: each one's own.

    A problem that was deleted has no newest version: what was judged by it keeps its own, and fails with that reason.

    Raises:
        RefusedError: it does not have the version that was asked for.
    """
    found = store.get_problem(tenant, name, version)
    if found is not None:
        return found.ref
    if version is None:
        return None
    raise RefusedError(404, "judge_by", message=f"{name!r} has no version {version}", kind="not_found")


def missing(submission_id: str) -> RefusedError:
    """Return the error of an id that no submission of the tenant has."""
    return RefusedError(404, "path", "id", message=f"there is no submission {submission_id[:64]!r}", kind="not_found")


def not_ended(stored: StoredSubmission, action: str) -> RefusedError:
    """Return the error of a request that needs the end of a submission."""
    message = f"the submission is {stored.state}: only one that has ended can be {action}"
    return RefusedError(409, "path", "id", message=message, kind="not_ended")


def _label(sent: str) -> tuple[str, str]:
    name, equals, value = sent.partition("=")
    if not equals or not name:
        raise RefusedError(422, "query", "label", message=f"{sent[:64]!r} is not name=value", kind="out_of_bounds")
    return name, value


def _problem(sent: str | None, place: str) -> tuple[str | None, int | None]:
    if sent is None:
        return None, None
    found = _PROBLEM.fullmatch(sent)
    if found is None:
        message = f"{sent[:64]!r} is not a name, or name@version"
        raise RefusedError(422, place, "problem", message=message, kind="out_of_bounds")
    name, version = found.groups()
    return name, None if version is None else int(version)
