"""The prose of the documents has the words of other projects, as the prose of the code has."""

import re
from pathlib import Path

import pytest

from tests.harness.pages import PAGES, name, without_blocks
from tests.unit.test_english import _INSTEAD, _ODD


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_words(path: Path) -> None:
    # "There is no list" is English, in a sentence that goes on as well.
    prose = re.sub(r"(`+).+?\1|\b[Tt]here (is|are) no\b", "", without_blocks(path.read_text()))
    found = [f"{word!r}: {_INSTEAD[word.lower()]}" for word in _ODD.findall(prose)]
    assert not found, f"{name(path)}: {found}"
