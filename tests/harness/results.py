"""Short ways to what a store has of a submission."""

import json
from typing import Any

from zuko.submissions.model import NewSubmission, State, StoredSubmission
from zuko.submissions.store import Store


def stored(store: Store, submission: NewSubmission) -> StoredSubmission:
    found = store.get(submission.tenant, submission.id)
    assert found is not None
    return found


def state(store: Store, submission: NewSubmission) -> State:
    return stored(store, submission).state


def result(store: Store, submission: NewSubmission) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stored(store, submission).result or "null")
    return found
