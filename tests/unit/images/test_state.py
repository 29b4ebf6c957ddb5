"""The state of an image follows from its label."""

import pytest

from zuko.images.state import State, images_of, in_build_order, state_of
from zuko.languages.table import CPP, CPP23, LANGUAGES, PYTHON, C


@pytest.mark.parametrize(
    ("label", "state"),
    [
        ("0123456789abcdef", State.UP_TO_DATE),
        ("fedcba9876543210", State.OUT_OF_DATE),
        ("", State.OUT_OF_DATE),
        ("unknown", State.BY_HAND),
        (None, State.MISSING),
    ],
)
def test_state(label: str | None, state: State) -> None:
    assert state_of(label, "0123456789abcdef") is state


def test_each_image_once() -> None:
    assert images_of((C, PYTHON, CPP, CPP23)) == ("zuko-cpp:14", "zuko-python:3.12")


def test_images_with_a_compiler_come_first() -> None:
    """Otherwise the last one of several at a time would be one that takes long, and the others have ended."""
    images = in_build_order(images_of(LANGUAGES.values()), LANGUAGES.values())
    assert images == [
        *("zuko-cpp:14", "zuko-java:21", "zuko-java:25", "zuko-go:1.24", "zuko-rust:1"),
        *("zuko-python:3.12", "zuko-javascript:20", "zuko-pypy:3.11"),
    ]
