"""Markdown: the tables of the pages, read and written, and marks of code."""

import re
from collections.abc import Sequence


def rows_below(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table below a heading, without its own heading, cells stripped.

    Raises:
        ValueError: there is no such heading, or no table below it.
    """
    _, found, rest = page.partition(f"\n{heading}\n")
    match = re.search(r"^\|( --- \|)+\n((?:\|.*\n)+)", rest, flags=re.MULTILINE)
    if not found or match is None:
        raise ValueError(f"no table below {heading!r}")
    return [cells(row) for row in match[2].splitlines()]


def cells(row: str) -> list[str]:
    """Return the cells of a row, stripped."""
    return [cell.strip() for cell in row.strip().removeprefix("|").removesuffix("|").split("|")]


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as the pages have it: one space beside each bar, nothing aligned."""
    lines = (heading, ["---"] * len(heading), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).replace("|  |", "| |")


def code(text: str) -> str:
    """Return text in code marks."""
    return f"`{text}`"
