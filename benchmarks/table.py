"""Tables of plain text, and statistics for them."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Table:
    """One table: the first column is aligned left, the others right."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    aims_met: list[bool] = field(default_factory=list)

    def aim(self, claim: str, met: bool) -> str:
        """Return a cell with an aim and whether it is met."""
        self.aims_met.append(met)
        return f"{claim}: {'met' if met else 'NOT MET'}"

    def __str__(self) -> str:
        cells = [self.columns, *self.rows]
        widths = [max(len(row[column]) for row in cells) for column in range(len(self.columns))]
        lines = [self.title, "-" * len(self.title)]
        lines += ["  ".join(_aligned(row, widths)).rstrip() for row in cells]
        lines += [f"  {note}" for note in self.notes]
        return "\n".join(lines)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = (
        cell.ljust(width) if column == 0 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return [first, *others]


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile without interpolation: a value that was measured."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]


def variation(values: Sequence[float]) -> float:
    """Return the coefficient of variation, %."""
    return statistics.stdev(values) / statistics.mean(values) * 100
