"""A run of the tests is about the languages that it names, and misses none of them."""

import pytest

from tests.harness.tested import USUAL, choose
from zuko.languages.table import LANGUAGES


def test_the_usual_languages_are_of_images_that_exist() -> None:
    assert {each.image.removeprefix("zuko-").partition(":")[0] for each in choose("")} == USUAL


def test_all_are_all_and_some_are_some() -> None:
    assert choose("all") == tuple(LANGUAGES.values())
    assert [each.name for each in choose("js,c++,java25")] == ["cpp", "java@25", "javascript"]


def test_a_language_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown language 'intercal'"):
        choose("python,intercal")
