"""Submissions of Judge0 clients in the store. Each function blocks, and is called in a thread.

A submission of several runs is as many of ours, of which the first has the token; the ids of the others follow from it.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import batched
from typing import Any, Final

from pydantic import ValidationError

from zuko.api.compat.judge0.asked import Asked, InvalidError
from zuko.api.compat.judge0.callback_hosts import webhook_of
from zuko.api.compat.judge0.request import FACADE, to_request
from zuko.api.compat.judge0.view import View
from zuko.api.service import Service
from zuko.api.submitting import Sender, submit
from zuko.errors import SubmissionError
from zuko.execution.admission import admit_request
from zuko.execution.submission import Submission
from zuko.settings import Settings
from zuko.submissions.model import (
    BATCH_MAX,
    PAGE_MAX,
    Filter,
    Kind,
    NewSubmission,
    StoredSubmission,
    new_id,
)
from zuko.submissions.parts import divide, fetch, join
from zuko.submissions.store import Store
from zuko.submissions.storing import Prepared
from zuko.submissions.worker import Offer
from zuko.wire.execute import ExecuteRequest

_FIRST: Final = (("facade", "judge0"),)  # labels of a submission's first run, which stands for it
_OTHERS: Final = (("facade", "judge0-run"),)
LISTED: Final = Filter(labels=_FIRST)
LISTED_MAX: Final = 10_000  # submissions that a list counts
# Judge0's names of our fields.
_NAMES: Final = {
    "language": "language_id",
    "code": "source_code",
    "input_data": "stdin",
    "files": "additional_files",
    "args": "command_line_arguments",
    "compile_options": "compiler_options",
    "time_limit_ms": "cpu_time_limit",
    "wall_time_limit_ms": "wall_time_limit",
    "memory_limit_kb": "memory_limit",
    "stack_limit_kb": "stack_limit",
    "file_size_limit_kb": "max_file_size",
    "process_limit": "max_processes_and_or_threads",
}


@dataclass(frozen=True)
class Ready:
    """A submission that was admitted, and is not stored yet."""

    token: str  # of the submission, and the id of its first run
    asked: Asked
    request: dict[str, Any]
    program: Submission
    sender: Sender

    @cached_property
    def prepared(self) -> tuple[Prepared, ...]:
        """Itself as it is stored, one for each run."""
        asked, language = self.asked, self.program.language.name
        request, parts = divide(self.request)
        first = NewSubmission(
            id=self.token,
            tenant=self.sender.tenant,
            kind=Kind.EXECUTE,
            language=language,
            needs=(language,),
            request=request,
            fingerprint="",
            labels=_FIRST,
            webhook=None if asked.callback_url is None else webhook_of(self.token, asked.callback_url),
            trace=self.sender.trace,
        )
        others = run_ids(self.token, int(asked.numbers["number_of_runs"]))[1:]
        runs = (first, *(replace(first, id=each, labels=_OTHERS) for each in others))
        return tuple(Prepared(each, parts) for each in runs)


def admit(asked: Asked, settings: Settings, sender: Sender) -> Ready:
    """Admit a submission, and give it a token.

    Raises:
        InvalidError: fields are wrong.
    """
    request = to_request(asked, settings)
    # Without what is only kept, which was checked: as any JSON it would take longer than all the rest.
    program = {name: value for name, value in request.items() if name != "metadata"}
    try:
        admitted = admit_request(ExecuteRequest.model_validate(program), settings)
    except SubmissionError as error:
        raise InvalidError(errors_of(error)) from error
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise InvalidError({_NAMES.get(str(each["loc"][0]), "base"): [each["msg"]] for each in found}) from error
    return Ready(_new_token(), asked, request, admitted, sender)


def _new_token() -> str:
    """Return an id in the form of a UUID of version 4, as Judge0's are: the official SDK takes no other."""
    found = new_id()
    return f"{found[:14]}4{found[15:]}"


def errors_of(error: SubmissionError) -> dict[str, list[str]]:
    """Return an error of admission in Judge0's form."""
    return {_NAMES.get(error.field, error.field): [str(error)]}


def run_ids(token: str, runs: int) -> list[str]:
    """Return the ids of the runs of a submission, that of the token first."""
    first = uuid.UUID(token).int
    return [str(uuid.UUID(int=first ^ number)) for number in range(runs)]


def keep(store: Store, ready: Sequence[Ready], service: Service, offer: Offer | None = None) -> None:
    """Store submissions, up to BATCH_MAX runs all or none.

    Raises:
        QueueFullError: the queue has no place.
        StorageFullError: the tenant has no room for them.
        StoreError: the store does not answer.
    """
    settings = service.executor.settings
    for chunk in batched((each for one in ready for each in one.prepared), BATCH_MAX):
        submit(store, chunk, settings, service.quota, offer if len(chunk) == 1 else None)


def find(store: Store, tenant: str, token: str, *, by_signal: bool) -> View | None:
    """Return the submission of a token; None: the tenant has none.

    Raises:
        LostPartError: a part of the submission is lost.
        StoreError: the store does not answer.
    """
    try:
        token = str(uuid.UUID(token))
    except ValueError:
        return None
    found = store.get_request(tenant, token)
    if found is None:
        return None
    new, stored = found
    if new.labels != _FIRST:
        return None
    request = join(new.request, partial(fetch, store.get_part))
    runs = [stored]
    if (number := request["metadata"][FACADE]["number_of_runs"]) > 1:
        others = (store.get(tenant, each) for each in run_ids(token, number)[1:])
        runs += [each for each in others if each is not None]
    return View(token, request, runs, by_signal=by_signal)


def remove(store: Store, tenant: str, view: View) -> None:
    """Remove a submission that has ended; runs that have not are cancelled, and removed by their age."""
    for stored in view.runs:
        if not store.remove(tenant, stored.id):
            store.cancel(tenant, stored.id)


def listed(store: Store, tenant: str) -> list[StoredSubmission]:
    """Return the newest submissions, without results; at most LISTED_MAX."""
    return list(_listed(store, tenant))


def _listed(store: Store, tenant: str) -> Iterator[StoredSubmission]:
    cursor, count = None, 0
    while True:
        page = store.list(tenant, LISTED, limit=PAGE_MAX, cursor=cursor)
        yield from page.submissions
        count += len(page.submissions)
        cursor = page.next
        if cursor is None or count >= LISTED_MAX:
            return
