"""The documents, read: their pages, tables and blocks of code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests import ROOT

README: Final = ROOT / "README.md"
DOCS: Final = ROOT / "docs"
JUDGING: Final = DOCS / "reference" / "judging.md"
JUDGE_HOW_TO: Final = DOCS / "how-to" / "judge-a-submission.md"
API: Final = DOCS / "reference" / "api.md"
CLI: Final = DOCS / "reference" / "cli.md"
SETTINGS: Final = DOCS / "reference" / "settings.md"
PROTOCOL: Final = DOCS / "reference" / "protocol.md"
SANDBOX: Final = DOCS / "reference" / "sandbox.md"
CHANGELOG: Final = ROOT / "CHANGELOG.md"
PAGES: Final = [README, CHANGELOG, *sorted(DOCS.rglob("*.md"))]

# Served beside the API and not part of its description.
PAGES_OF_THE_API: Final = {("GET", "/"), ("GET", "/docs"), ("GET", "/openapi.json")}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def without_blocks(text: str) -> str:
    return re.sub(r"^( *)```.*?^\1```", "", text, flags=re.DOTALL | re.MULTILINE)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def tables(path: Path) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Yield each table of a page: its heading and its rows, with cells stripped."""
    lines = without_blocks(path.read_text()).splitlines()
    for at, line in enumerate(lines):
        if re.fullmatch(r"\|( --- \|)+", line):
            rows = []
            for row in lines[at + 1 :]:
                if not row.startswith("|"):
                    break
                rows.append(cells(row))
            heading = cells(lines[at - 1])
            assert all(len(row) == len(heading) for row in rows), f"{name(path)}: {heading}: a row of another length"
            yield heading, rows


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def table(path: Path, *heading: str) -> list[list[str]]:
    """Return the rows of the one table, or of all tables, whose heading begins so."""
    found = [rows for head, rows in tables(path) if tuple(head[: len(heading)]) == heading]
    assert found, f"{name(path)} has no table {heading}"
    return [row for rows in found for row in rows]


def coded(cell: str) -> list[str]:
    """Return the text in code marks."""
    return re.findall(r"`([^`]+)`", cell)


def names_in(rows: list[list[str]]) -> set[str]:
    """Return the subjects of the rows: the code in their first cells."""
    return {each for row in rows for each in coded(row[0])}
