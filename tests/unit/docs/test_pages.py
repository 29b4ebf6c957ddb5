"""All pages: links, anchors, the things that they name, and their style."""

import re
from pathlib import Path

import pytest

from tests import ROOT
from tests.harness.pages import DOCS, PAGES, blocks, name, names_in, table, tables, without_blocks
from zuko.engine import tls


def test_every_failure_of_tls_is_documented() -> None:
    """Failures of TLS are documented in the words of `problem`, so that a search finds them."""
    documented = names_in(table(DOCS / "how-to" / "remote-docker-host.md", "cause", "fix"))
    assert documented == set(tls.CAUSES.values())


def slug(heading: str) -> str:
    """Return the anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {slug(found) for found in re.findall(r"^#+ (.+)$", without_blocks(path.read_text()), flags=re.MULTILINE)}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    text = without_blocks(path.read_text())
    for link in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.is_relative_to(ROOT), link
        assert file.exists(), f"{name(path)} links to {link}"
        assert not anchor or anchor in anchors(file), f"{name(path)} links to {link}"


def test_every_page_is_reached() -> None:
    """docs/index.md links to every page directly."""
    links = {(DOCS / link.partition("#")[0]).resolve() for link in re.findall(r"\]\(([^)\s:]+)\)", read_index())}
    assert not [name(path) for path in PAGES if path not in links and path != DOCS / "index.md"]


def read_index() -> str:
    return (DOCS / "index.md").read_text()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_pages_are_plain(path: Path) -> None:
    """A page has one heading of the first level, no path of a home directory and no trailing blanks."""
    text = path.read_text()
    prose = without_blocks(text)
    assert len(re.findall(r"^# ", prose, flags=re.MULTILINE)) == 1
    assert not re.search(r"(?<![\w.])/(home|Users|root)/", text)
    assert not re.search(r"[ \t]+$", text, flags=re.MULTILINE)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_a_list_goes_on_after_a_block_of_code() -> None:
    """The site's Markdown wants four spaces there; with fewer, the next block of the list is shown as text."""
    assert [name(path) for path in PAGES if re.search(r"^    ```\n\n {1,3}\S", path.read_text(), re.MULTILINE)] == []


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for path in PAGES:
        text = path.read_text()
        named = set(re.findall(r"`make ([a-z-]+)", text)) | set(
            re.findall(r"^(?:[A-Z_]+=\S+ )*make ([a-z-]+)", "\n".join(blocks(text, "sh")), flags=re.MULTILINE)
        )
        assert named <= targets, f"{name(path)} names {named - targets}"


def sources() -> str:
    """Everything that prints messages, with adjacent literals joined and white space as one blank."""
    files = (path for room in ("zuko", "scripts", "docker") for path in (ROOT / room).rglob("*"))
    text = "\n".join(path.read_text() for path in files if path.suffix in {".py", ".sh", ".c"})
    return re.sub(r"\s+", " ", re.sub(r'"\s*\n\s*f?"', "", text))


def test_messages_of_troubleshooting_are_printed() -> None:
    """Messages are documented in their exact words, with placeholders; those of a shell are marked as such."""
    page = DOCS / "how-to" / "troubleshooting.md"
    rows = [row for head, rows in tables(page) if head[0] == "message" for row in rows]
    assert len(rows) > 15
    text = sources()
    for first, *_ in rows:
        for double, single in re.findall(r"``(.+?)``|`([^`]+)`", first):
            filled_in = r"…|\d[\d.]*|zuko-\w+:\S*|(?<=images build )\w+|`"
            for part in re.split(filled_in, double or single):
                assert part.strip() in text or "from your shell" in first, part
