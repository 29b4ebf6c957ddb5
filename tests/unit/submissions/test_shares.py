"""Fair shares of places among tenants."""

import pytest

from zuko.submissions.shares import shares


@pytest.mark.parametrize(
    ("waiting", "busy", "limit", "given"),
    [
        ({}, {}, 8, {}),
        ({"a": 100}, {}, 8, {"a": 4}),
        ({"": 100}, {}, 8, {"": 8}),  # all are one
        ({"a": 100, "b": 1}, {}, 8, {"a": 4, "b": 1}),
        ({"a": 100, "b": 100}, {"a": 3}, 3, {"b": 3}),
        ({"a": 100, "b": 100}, {"a": 3}, 8, {"a": 1, "b": 4}),
        ({"a": 100, "b": 2}, {"a": 4}, 4, {"b": 2}),
        ({"a": 0, "b": 2}, {}, 1, {"b": 1}),
        ({"a": 2}, {}, 0, {}),
    ],
)
def test_shares(waiting: dict[str, int], busy: dict[str, int], limit: int, given: dict[str, int]) -> None:
    assert shares(waiting, busy, limit, 4) == given


def test_of_many_tenants_each_is_the_first_at_times() -> None:
    waiting = dict.fromkeys("abcdefgh", 1)
    assert {tenant for _ in range(200) for tenant in shares(waiting, {}, 1, 4)} == set(waiting)
