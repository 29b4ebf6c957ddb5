"""Generated parts of the documents are up to date: generating them again changes nothing."""

import re
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest

from scripts.generate import __main__ as generate
from scripts.generate import chart, pages, tables, terminal
from tests import ROOT
from zuko.languages.table import LANGUAGES
from zuko.settings import Settings

README: Final = (ROOT / "README.md").read_text()
BENCHMARKS: Final = (ROOT / "docs" / "reference" / "benchmarks.md").read_text()


def test_generating_changes_nothing() -> None:
    stale = [str(path.relative_to(ROOT)) for path in generate.stale()]
    assert not stale, f"not up to date: {', '.join(stale)}; run python -m scripts.generate"


def test_every_row_is_explained() -> None:
    for page in generate.PAGES:
        assert not pages.unwritten(page.read_text()), page.name


def test_every_block_stands_somewhere() -> None:
    assert sorted(pages.names(generate.PAGES)) == sorted(generate.BLOCKS)


def test_written_cells_are_kept() -> None:
    """Cells are kept by the first cell of their row, wherever it is; a new row gets a mark."""
    block = pages.Table(("name", "unit", "meaning"), (("b", "s", pages.KEPT), ("c", "ms", pages.KEPT)))
    page = "x\n<!-- generated: t -->\n\n| name | meaning |\n| --- | --- |\n| a | of a |\n| b | of b |\n\n<!-- end -->\n"
    written = pages.write(page, {"t": lambda: block})
    assert written.splitlines()[3:7] == [
        "| name | unit | meaning |",
        "| --- | --- | --- |",
        "| b | s | of b |",
        "| c | ms | … |",
    ]
    assert pages.write(written, {"t": lambda: block}) == written
    assert pages.unwritten(written) == ["| c | ms | … |"]


def test_moved_rows_keep_their_cells() -> None:
    """A row that has moved from another block of the page keeps its cells, if its new block has none of that name."""
    one = pages.Table(("name", "meaning"), (("a", pages.KEPT),))
    two = pages.Table(("name", "meaning"), (("b", pages.KEPT), ("c", pages.KEPT)))
    head = "| name | meaning |\n| --- | --- |\n"
    page = f"<!-- generated: one -->\n{head}| a | 1 |\n| b | 2 |\n<!-- end -->\n"
    page += f"<!-- generated: two -->\n{head}| c | 3 |\n<!-- end -->\n"
    written = pages.write(page, {"one": lambda: one, "two": lambda: two})
    assert re.findall(r"^\| [abc] .*", written, flags=re.MULTILINE) == ["| a | 1 |", "| b | 2 |", "| c | 3 |"]


def test_every_setting_has_one_section() -> None:
    rows = [row[0] for section in tables.SECTIONS for row in tables.settings(section).rows]
    assert sorted(map(str, rows)) == sorted(f"`ZUKO_{name.upper()}`" for name in Settings.model_fields)


def test_figures_of_zuko_are_the_measured_ones() -> None:
    """The rows that the chart shows beside other systems are those of the run that is printed on the same page."""
    for row in (row for row in chart.systems(BENCHMARKS) if row.ours):
        name = re.escape(row.name)
        (ratio,) = re.findall(rf"^{name} +(\d+\.\d+) ", BENCHMARKS, flags=re.MULTILINE)
        rates = re.findall(rf"^{name} +(\d+)  +(\d+\.\d+) ", BENCHMARKS, flags=re.MULTILINE)
        assert [clients for clients, _ in rates] == ["1", "2", "4", "8"]
        assert (row.latency, row.rate) == (float(ratio), min(float(rate) for clients, rate in rates if clients != "1"))


@pytest.mark.parametrize("path", sorted(generate.IMAGES.glob("*.svg")), ids=lambda path: path.name)
def test_pictures_load_nothing(path: Path) -> None:
    """Pictures are XML, and refer to no address except the one of SVG itself."""
    text = path.read_text()
    ElementTree.fromstring(text)
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("alt", [chart.ALT, terminal.ALT])
def test_pictures_say_what_they_show(alt: str) -> None:
    assert f'alt="{alt}"' in README


def test_progress_is_not_recorded() -> None:
    """A recording has only the text that stays on a terminal, without a spinner or a cursor."""
    printed = "time\r\n\x1b[?25l* a\r\x1b[2Kline \x1b[32mok\x1b[0m\r\n* b\r\n\x1b[?25h\r\x1b[1A\x1b[2K\r\nend\r\n"
    assert terminal._stays(printed) == ["time", "line \x1b[32mok\x1b[0m", "", "end"]


def test_readme_is_short() -> None:
    assert len(re.sub(r"^```.*", "", README, flags=re.MULTILINE).split()) <= 800


def test_readme_counts_languages() -> None:
    """The number in the README is that of the table, rounded down to tens; versions of a language count once."""
    (number,) = re.findall(r"More than (\d+) languages", README)
    families = {re.sub(r"\d*$", "", language.family) for language in LANGUAGES.values()}
    assert int(number) == (len(families) - 1) // 10 * 10
