"""The store in AWS, as far as it needs none of it: its URL, its clock, and values of items."""

import math
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuko.errors import StoreError
from zuko.submissions.aws.clock import SLACK, ServerClock
from zuko.submissions.aws.items import marshal, unmarshal
from zuko.submissions.aws.place import Place
from zuko.submissions.model import LEASE_S, RENEW_S

DATE = 1_800_000_000


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("aws://zuko?bucket=zuko-parts", Place("zuko", "zuko-parts", "zuko")),
        (
            "aws://zuko?bucket=zuko-parts&queue=bell&region=eu-central-1&shards=4",
            Place("zuko", "zuko-parts", "bell", "eu-central-1", 4),
        ),
    ],
)
def test_a_url_names_table_bucket_and_queue(url: str, place: Place) -> None:
    assert Place.of(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "aws://",
        "aws://zuko",
        "aws://?bucket=parts",
        "aws://zuko?bucket=",
        "aws://zuko?bucket=parts&shards=0",
        "aws://zuko?bucket=parts&shards=x",
        "aws://zuko?bucket=parts&shards=33",
        "aws://zuko?bucket=parts&tabel=x",
        "aws://zuko/path?bucket=parts",
        "sqlite:///zuko?bucket=parts",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(StoreError, match=r"^ZUKO_STORE: "):
        Place.of(url)


def clock_at(local: float) -> ServerClock:
    return ServerClock(lambda: local)


def test_a_clock_that_may_be_right_is_used_as_it_is() -> None:
    clock = clock_at(DATE + 0.9)
    assert clock.now() == DATE + 0.9
    clock.observe(formatdate(DATE, usegmt=True), sent=DATE + 0.1, received=DATE + 0.2)
    assert clock.now() == DATE + 0.9


@pytest.mark.parametrize("wrong_s", [-3600.0, -5.0, 5.0, 3600.0])
def test_a_clock_that_is_wrong_is_corrected(wrong_s: float) -> None:
    """Each response narrows what is known: after some, two processes differ by less than a second."""
    clock = clock_at(DATE + 100 + wrong_s)
    for number in range(20):
        true = DATE + number * 1.13
        clock.observe(
            formatdate(math.floor(true), usegmt=True), sent=true - 0.02 + wrong_s, received=true + 0.02 + wrong_s
        )
    assert abs(clock.now() - (DATE + 100)) < 0.2


def test_a_clock_that_is_set_is_learnt_again() -> None:
    clock = clock_at(DATE)
    clock.observe(formatdate(DATE, usegmt=True), sent=DATE + 0.1, received=DATE + 0.2)
    clock.observe(formatdate(DATE + 60, usegmt=True), sent=DATE + 0.3, received=DATE + 0.4)
    assert 59 < clock.now() - DATE < 61
    clock.observe("nonsense", sent=0, received=0)
    assert 59 < clock.now() - DATE < 61


def test_two_seconds_between_clocks_cost_no_lease() -> None:
    """A worker may miss a renewal, and another process's clock be two seconds ahead."""
    assert LEASE_S * SLACK - 2 > 2 * RENEW_S


values = st.recursive(
    st.none() | st.booleans() | st.text() | st.binary() | st.integers(-(10**15), 10**15) | st.floats(0, 1e11),
    lambda inner: st.dictionaries(st.text(), inner),
)


@given(values)
def test_values_are_read_as_they_were_written(value: object) -> None:
    assert unmarshal(marshal(value)) == value


def test_other_values_are_mistakes() -> None:
    with pytest.raises(TypeError):
        marshal(object())
