"""The times of stored submissions, as answers have them."""

from hypothesis import example, given
from hypothesis.strategies import floats

from zuko.submissions.documents import moment


@given(time_s=floats(0, 4_000_000_000))
@example(time_s=1796119952.0000489)  # times a million it is rounded up, to a whole number
def test_a_time_that_is_shown_is_never_later(time_s: float) -> None:
    """So a list of those from that time on has what it is of, and one of those before has not."""
    shown = moment(time_s)
    assert shown is not None
    assert time_s - 2e-6 < shown.timestamp() <= time_s


def test_no_time() -> None:
    assert moment(None) is None
