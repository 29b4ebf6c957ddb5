"""The state of an image, from its label. Pure."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from zuko.languages.table import Language

CONTEXT_LABEL: Final = "zuko.context"
_BY_HAND: Final = "unknown"  # default of the Dockerfiles' argument CONTEXT_HASH


class State(StrEnum):
    """The state of an image, compared with the files of this installation."""

    UP_TO_DATE = "up to date"
    OUT_OF_DATE = "out of date"
    BY_HAND = "built by hand"  # by `docker build`, which records no files: perhaps it is up to date
    MISSING = "missing"


def state_of(label: str | None, digest: str) -> State:
    """Return the state of an image whose label is this, "" if it has none; None: the image is missing."""
    if label is None:
        return State.MISSING
    if label == digest:
        return State.UP_TO_DATE
    return State.BY_HAND if label == _BY_HAND else State.OUT_OF_DATE


def images_of(languages: Iterable[Language]) -> tuple[str, ...]:
    """Return the images of some languages, each once."""
    return tuple(dict.fromkeys(language.image for language in languages))


def in_build_order(images: Iterable[str], languages: Iterable[Language]) -> list[str]:
    """Return images in the order in which they are best built: with a compiler first, as those take longest."""
    compiled = {language.image for language in languages if language.compiler}
    return sorted(images, key=lambda image: image not in compiled)
