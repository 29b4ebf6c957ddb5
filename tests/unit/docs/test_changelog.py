"""The changelog keeps to Keep a Changelog, and no entry stands in it twice."""

import re
from collections import Counter
from typing import Final

import pytest

from tests import ROOT
from zuko import __version__

KINDS: Final = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]  # in this order

TEXT: Final = (ROOT / "CHANGELOG.md").read_text()
RELEASES: Final[dict[str, str]] = dict(
    re.findall(r"^## \[([^]]+)\](?: - \d{4}-\d\d-\d\d)?\n(.*?)(?=^## |\Z)", TEXT, flags=re.DOTALL | re.MULTILINE)
)


def entries(text: str) -> list[str]:
    return re.findall(r"^- (.+)$", text, flags=re.MULTILINE)


def test_releases_are_in_order() -> None:
    """The newest first, below what is not released; the version of the code is one of them."""
    headings = re.findall(r"^## (.+)$", TEXT, flags=re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:])
    versions = [tuple(map(int, release.split("."))) for release in list(RELEASES)[1:]]
    assert versions == sorted(set(versions), reverse=True)
    dates = [heading.rpartition(" ")[2] for heading in headings[1:]]
    assert dates == sorted(dates, reverse=True)
    assert __version__ in RELEASES


@pytest.mark.parametrize("release", RELEASES)
def test_headings_of_a_release(release: str) -> None:
    """Each heading appears at most once, in the order of Keep a Changelog, and has entries."""
    kinds = re.findall(r"^### (.+)$", RELEASES[release], flags=re.MULTILINE)
    assert kinds == [kind for kind in KINDS if kind in kinds], f"{release}: {kinds}"
    sections = re.split(r"^### .+\n", RELEASES[release], flags=re.MULTILINE)
    assert not sections[0].strip(), f"{release}: text above the first heading"
    assert all(entries(section) for section in sections[1:])


def test_no_entry_stands_twice() -> None:
    """No entry appears twice, in one release or in two, whatever its punctuation."""
    counted = Counter(re.sub(r"\W+", " ", entry).casefold().strip() for entry in entries(TEXT))
    assert [entry for entry, times in counted.items() if times > 1] == []
