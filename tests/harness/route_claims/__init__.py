"""The claims of the routes of stored submissions and problems, for every store: each route has one.

A module of tests has a fixture for its store, and calls `check` with each claim.
"""

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from tests.harness.route_claims import events, judge0, problems, submissions
from tests.harness.stored import StoredApi
from zuko.submissions.store import Store

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CLAIMS: Final[tuple[Callable[..., None], ...]] = (
    submissions.a_submission_is_stored_done_and_read,
    submissions.the_request_can_be_read_and_sent_again,
    submissions.the_same_key_is_the_same_submission,
    submissions.a_batch_is_stored_in_its_order_or_not_at_all,
    submissions.a_full_queue_refuses_and_names_its_bound,
    submissions.tenants_do_not_see_each_other,
    submissions.a_wait_ends_with_the_submission,
    partial(submissions.delete_cancels_then_removes, claimed=False),
    partial(submissions.delete_cancels_then_removes, claimed=True),
    submissions.rejudging_keeps_former_attempts,
    submissions.rejudging_by_a_filter,
    submissions.rejudging_keeps_to_the_bounds_of_the_queue,
    submissions.lost_attempts_are_listed,
    submissions.a_list_has_filters,
    submissions.pages_have_every_submission_once,
    submissions.a_webhook_is_seen_and_sent_again,
    submissions.the_queue_is_seen,
    submissions.a_large_input_is_stored_once,
    submissions.a_stored_problem_is_named,
    events.events_of_what_has_ended,
    events.events_come_while_it_runs,
    events.a_new_attempt_is_announced,
    events.a_submission_that_is_cancelled_in_the_queue_ends_its_stream,
    judge0.a_judge0_submission_is_stored_listed_and_deleted,
    problems.a_problem_and_its_versions,
    problems.the_storage_of_a_tenant_is_bounded,
    problems.a_submission_has_the_version_of_its_time,
    problems.a_verification_is_what_its_submissions_are,
)


def name_of(claim: Callable[..., None]) -> str:
    """Return the name of a claim."""
    return claim.func.__name__ if isinstance(claim, partial) else claim.__name__


def check(claim: Callable[..., None], store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check a claim, which gets what its arguments name."""
    given: dict[str, Callable[[], Any]] = {
        "store": lambda: store,
        "stored": lambda: StoredApi(store, webhook_secrets=SECRET),
        "verified": lambda: problems.with_a_problem(store, tmp_path),
        "tmp_path": lambda: tmp_path,
        "monkeypatch": lambda: monkeypatch,
    }
    wanted = [name for name, each in inspect.signature(claim).parameters.items() if each.default is each.empty]
    claim(**{name: given[name]() for name in wanted})
