"""Ids sort by their time, and each is another."""

import time
import uuid

from zuko.submissions.model import State, new_id


def test_an_id_is_a_uuid_of_version_7_with_its_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    assert len(set(ids)) == 1000
    for each in map(uuid.UUID, ids):
        assert (each.version, each.variant) == (7, uuid.RFC_4122)
        assert before <= each.int >> 80 <= after


def test_a_final_state_is_one_that_nothing_leaves_by_itself() -> None:
    assert {state for state in State if not state.is_final} == {State.QUEUED, State.RUNNING}
