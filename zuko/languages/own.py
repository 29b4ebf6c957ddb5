"""A site's own languages: one of ours with libraries of the site's in its image, as `python-course` of `python`. Pure.

The name decides everything: that of the language, a hyphen, and the site's word. `zuko images build` makes the image
(zuko/images/own.py) and labels it; a service finds it by the label. So nothing else has to be configured.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from typing import Final

from zuko.languages.language import Language
from zuko.languages.table import LANGUAGES

LABEL: Final = "zuko.own"  # of an image: the name of our language that it is made from
FORM: Final = "LANGUAGE-WORD, the word of lowercase letters, digits and hyphens"

_NAME: Final = re.compile(r"([a-z0-9]{1,20})-([a-z0-9]+(?:-[a-z0-9]+)*)")
_NAME_MAX: Final = 64  # characters


class Libraries(StrEnum):
    """The form in which a language takes libraries."""

    REQUIREMENTS = "requirements"  # a file of pip's, with hashes
    PACKAGES = "packages"  # npm's package.json, with package-lock.json beside it
    HEADERS = "headers"  # a directory


TAKES: Final = {
    "python": Libraries.REQUIREMENTS,
    "javascript": Libraries.PACKAGES,
    **dict.fromkeys(("c", "cpp", "cpp17", "cpp23"), Libraries.HEADERS),
}


def own_language(name: str) -> Language | None:
    """Return the language of a site that would have a name; None: the name is not of that form, or is one of ours."""
    found = _NAME.fullmatch(name)
    if found is None or len(name) > _NAME_MAX or found[1] not in TAKES:
        return None
    if name in LANGUAGES:
        return LANGUAGES[name] if LANGUAGES[name].base else None
    base = LANGUAGES[found[1]]
    tag = base.image.rpartition(":")[2]
    return replace(
        base,
        name=name,
        title=f"{base.title}, {found[2]}",
        image=f"zuko-{name}:{tag}",
        base=base.name,
        aliases=(),
        code="",
    )


def add_own(images: Iterable[str], prefix: str | None) -> None:
    """Add the languages of a Docker host's images that have the label.

    Args:
        images: their names.
        prefix: what stands before the names of our images.
    """
    for image in images:
        language = own_language(image.removeprefix(prefix or "").removeprefix("zuko-").partition(":")[0])
        if language is not None and image == (prefix or "") + language.image:
            LANGUAGES.add(language)
