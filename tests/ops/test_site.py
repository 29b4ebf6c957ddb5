"""The documents as a site: it is built with the locked tools, its links lead somewhere, and it loads nothing."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT

DOCS: Final = ROOT / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site with `make docs`; in strict mode a missing link or anchor is an error."""
    directory = tmp_path_factory.mktemp("site")
    (recipe,) = re.findall(r"(NO_MKDOCS_2_WARNING=1 .*) \$\(ARGS\)", (ROOT / "Makefile").read_text())
    command = f". .tools/env && {recipe.replace('$$', '$')} --site-dir {shlex.quote(str(directory))}"
    built = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return directory


def pages(site: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(site.rglob("*.html")):
        yield str(path.relative_to(site)), path.read_text()


def test_every_page_is_there(site: Path) -> None:
    expected = {str(path.relative_to(DOCS).with_suffix(".html")) for path in DOCS.rglob("*.md")}
    assert {name for name, _ in pages(site)} == expected | {"quick-start.html", "changelog.html", "404.html"}


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """The site loads no script, style, font or picture from elsewhere: it works without a network."""
    for name, text in pages(site):
        loaded = re.findall(r"<(?:script|img|source)[^>]* (?:src|srcset)=\"([^\"]+)\"", text)
        loaded += re.findall(r"<link[^>]* href=\"([^\"]+)\"", text)
        assert loaded
        assert not [each for each in loaded if re.match(r"(https?:)?//", each)], name
    for style in site.rglob("*.css"):
        assert not re.search(r"url\((https?:)?//|@import", style.read_text()), style.name


def test_pictures_and_sources_are_there(site: Path) -> None:
    for name, text in pages(site):
        if name == "404.html":
            continue
        for link in re.findall(r"(?:src|srcset|href)=\"([^\"#:]+)[\"#]", text):
            assert ((site / name).parent / link).resolve().exists(), f"{name}: {link}"


def test_every_block_of_code_is_one(site: Path) -> None:
    """Inside of lists too, where the site's Markdown wants four spaces."""
    for name, text in pages(site):
        assert "```" not in text, name
