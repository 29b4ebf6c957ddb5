"""The state of an image follows from its label."""

import pytest

from zuko.images.state import State, images_of, in_build_order, state_of
from zuko.languages.rows.gcc import CPP, CPP23, C
from zuko.languages.rows.python import PYTHON
from zuko.languages.table import LANGUAGES


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
    images = images_of(LANGUAGES.values())
    ordered = in_build_order(images, LANGUAGES.values())
    compiled = {language.image for language in LANGUAGES.values() if language.compiler}
    assert [image for image in images if image in compiled] == ordered[: len(compiled)]  # in the order of the table
    assert [image for image in images if image not in compiled] == ordered[len(compiled) :]
