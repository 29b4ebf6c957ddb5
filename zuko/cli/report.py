"""Tables on a terminal or in a file: each line is printed as soon as it is known, in colour on a terminal.

Lines are printed once and never rewritten, so that the log of a CI has the same text. On a terminal a status line below
them shows the progress, and is removed at the end.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from zuko.cli.printable import printable_lines
from zuko.problem import Verdict

OK: Final = "green"
BAD: Final = "bold red"
ODD: Final = "yellow"
DIM: Final = "dim"

_GAP: Final = "  "
_BAR: Final = 10  # characters

VERDICTS: Final = {
    Verdict.AC: "bold green",
    Verdict.CE: "bold magenta",
    Verdict.JE: "bold white on red",
}


class Report:
    """The standard output of a command."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, emoji=False, markup=False)

    @property
    def is_terminal(self) -> bool:
        """True if standard output is a terminal."""
        return self._console.is_terminal

    def line(self, *parts: str | Text) -> None:
        """Print a line without wrapping it: a terminal wraps it itself, and a file keeps it whole.

        Characters that could control a terminal are replaced.
        """
        line = Text("").join(Text(part) if isinstance(part, str) else part for part in parts)
        line.plain = printable_lines(line.plain)
        self._console.print(line, soft_wrap=True)

    def table(self, heading: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
        """Print rows below a heading.

        Args:
            heading: of all columns.
            rows: their cells.
            right: indices of the columns that are aligned right: figures.
        """
        rows = tuple(rows)
        columns = Columns([max(map(len, column)) for column in zip(heading, *rows, strict=True)], right)
        self.line(columns.heading(*heading))
        for row in rows:
            self.line(columns.row(*row))

    @contextlib.contextmanager
    def busy(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show a status line during the block; the function that is yielded changes it."""
        if not self.is_terminal:
            yield lambda _: None
            return
        with self._console.status(Text(printable_lines(text)), refresh_per_second=4) as status:
            yield lambda changed: status.update(Text(printable_lines(changed)))


def verdict_text(verdict: Verdict | None) -> Text:
    """Return a verdict in its colour."""
    return Text("-") if verdict is None else Text(verdict, VERDICTS.get(verdict, BAD))


class Columns:
    """Rows with aligned columns.

    Args:
        widths: the widths of all columns except the last.
        right: indices of the columns that are aligned right: figures.
    """

    def __init__(self, widths: Sequence[int], right: Sequence[int] = ()) -> None:
        self._widths = widths
        self._right = right

    def row(self, *cells: str | Text) -> Text:
        """Return a row."""
        line = Text()
        for at, cell in enumerate(cells):
            text = Text(cell) if isinstance(cell, str) else cell
            room = max(self._widths[at] - text.cell_len, 0) if at < len(self._widths) else 0
            padding = " " * (room if at < len(cells) - 1 or at in self._right else 0)
            line.append(_GAP if at else "")
            line = line + Text(padding) + text if at in self._right else line + text + Text(padding)
        line.rstrip()
        return line

    def heading(self, *cells: str) -> Text:
        """Return the heading of the columns."""
        row = self.row(*cells)
        row.stylize("bold")
        return row


def share_of_limit(time_ns: int | None, limit_ms: int, *, bar: bool) -> Text:
    """Return a time as a share of its limit: "53%", with a bar before it if `bar`."""
    if time_ns is None:
        return Text("-")
    share = time_ns / (limit_ms * 1e6)
    style = OK if share <= 0.5 else ODD if share <= 1 else BAD
    figure = Text(f"{share:4.0%}" if share < 10 else ">999%")
    if not bar:
        return figure
    filled = min(round(share * _BAR), _BAR)
    return Text("━" * filled, style) + Text("━" * (_BAR - filled), "bright_black") + Text(" ") + figure
