"""Blocks of the pages that repeat code. They stand between two comments:

    <!-- generated: settings of requests -->
    ...
    <!-- end -->

A block is written from the code. In a table, the cells that a person writes (`KEPT`) are taken from the page as it is,
by the first cell of their row and the heading of their column, so a page says what the code cannot. A row that moves to
another block of the page keeps them. A new row has `…` there until it is written.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.generate.markdown import cells, table

UNWRITTEN: Final = "…"

_BLOCK: Final = re.compile(r"^<!-- generated: (.+?) -->\n(.*?)^<!-- end -->$", flags=re.DOTALL | re.MULTILINE)


class Kept:
    """The mark of a cell that a person writes."""


KEPT: Final = Kept()
Row = tuple[str | Kept, ...]


@dataclass(frozen=True)
class Table:
    """A table: each row begins with the cell that names it."""

    heading: tuple[str, ...]
    rows: tuple[Row, ...]

    def write(self, present: str, page: str) -> str:
        """Return it as Markdown, with the written cells of the present one, or else of the page's other blocks."""
        written = _cells_by_row(page) | _cells_by_row(present)
        return table(
            self.heading,
            [
                [
                    written.get((str(row[0]), column), UNWRITTEN) if isinstance(cell, Kept) else cell
                    for column, cell in zip(self.heading, row, strict=True)
                ]
                for row in self.rows
            ],
        )


def _cells_by_row(text: str) -> dict[tuple[str, str], str]:
    """Return the cells of all tables, by the first cell of their row and the heading of their column."""
    found: dict[tuple[str, str], str] = {}
    columns: list[str] = []
    for line, following in itertools.pairwise([*text.splitlines(), ""]):
        if not line.startswith("|"):
            continue
        if following.startswith("| ---"):
            columns = cells(line)
        elif not line.startswith("| ---"):
            name, *others = cells(line)
            found |= {(name, column): cell for column, cell in zip(columns[1:], others, strict=False)}
    return found


Block = Table | str
Blocks = Mapping[str, Callable[[], Block]]


def write(page: str, blocks: Blocks) -> str:
    """Return a page with each of its blocks written from the code.

    Raises:
        KeyError: a block that is not in `blocks`.
    """

    generated = "\n".join(present for _, present in _BLOCK.findall(page))

    def replace(match: re.Match[str]) -> str:
        name, present = match.groups()
        block = blocks[name]()
        text = block.write(present, generated) if isinstance(block, Table) else block
        return f"<!-- generated: {name} -->\n\n{text}\n<!-- end -->"

    return _BLOCK.sub(replace, page)


def unwritten(page: str) -> list[str]:
    """Return the rows whose text is still to be written."""
    return [line for _, block in _BLOCK.findall(page) for line in block.splitlines() if UNWRITTEN in cells(line)[1:]]


def names(pages: Iterable[Path]) -> list[str]:
    """Return the names of all blocks in the pages."""
    return [name for page in pages for name, _ in _BLOCK.findall(page.read_text())]
