"""How many submissions are claimed ahead: by the times of the last runs."""

import pytest

from zuko.submissions.ahead import AHEAD_MAX, Pace


@pytest.mark.parametrize(
    ("runs_s", "slots", "ahead"),
    [
        ([], 1, 0),
        ([0.01] * 7, 1, 0),  # too few are known
        ([0.01] * 8, 1, 5),
        ([0.01] * 8, 2, 10),
        ([0.01] * 8, 64, AHEAD_MAX),
        ([0.0] * 8, 1, AHEAD_MAX),
        ([0.09] * 8, 1, 1),  # a free slot begins at once
        ([0.01] * 7 + [0.2], 1, 0),
        ([0.01] * 4 + [0.2] + [0.01] * 7, 1, 0),
        ([0.2] + [0.01] * 8, 1, 5),  # it was long ago
    ],
)
def test_as_many_as_are_done_soon(runs_s: list[float], slots: int, ahead: int) -> None:
    pace = Pace()
    for run_s in runs_s:
        pace.note(run_s)
    assert pace.ahead(slots) == ahead
