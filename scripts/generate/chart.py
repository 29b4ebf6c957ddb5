"""Draw the chart of the README from a table of docs/reference/benchmarks.md, for a light and a dark page."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from scripts.generate.markdown import rows_below

HEADING: Final = "## Beside other systems"
ALT: Final = "Median latency and rate of a Python hello-world in Zuko and in other systems, beside the bare interpreter"

_WIDTH: Final = 860
_ROW: Final = 24  # height of a row, px
_STEM: Final = 4
_DOT: Final = 5  # radius
_TOP: Final = 74  # where the first row begins
_LABELS: Final = 190  # width of the names
_AXIS: Final = 28  # height of the scale below the rows
_DASHED: Final = ' stroke-dasharray="3 3"'
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class System:
    """A row of the table: its figures relative to the bare interpreter in the same run."""

    name: str
    latency: float  # median / median of the bare interpreter
    rate: float  # rate / rate of the bare interpreter, the lowest of 2, 4 and 8 clients

    @property
    def ours(self) -> bool:
        """True for Zuko."""
        return self.name.startswith("Zuko")


@dataclass(frozen=True)
class Theme:
    """The colours of a page."""

    text: str
    quiet: str
    ours: str
    others: str
    line: str


LIGHT: Final = Theme(text="#1f2328", quiet="#59636e", ours="#0f766e", others="#afb8c1", line="#d1d9e0")
DARK: Final = Theme(text="#f0f6fc", quiet="#9198a1", ours="#2dd4bf", others="#768390", line="#3d444d")


@dataclass(frozen=True)
class _Panel:
    """A set of dots on a scale, each at the end of a line from `origin`."""

    left: int
    width: int
    least: float  # value at the left end
    most: float  # value at the right end
    origin: float
    ticks: tuple[float, ...]
    title: str
    better: str
    is_logarithmic: bool = False

    def x(self, value: float) -> float:
        least, most, at = map(math.log if self.is_logarithmic else float, (self.least, self.most, value))
        return self.left + self.width * (at - least) / (most - least)


def systems(page: str) -> list[System]:
    """Read the table of the page; of a range the lower end counts for rates."""
    found = [
        System(name.replace("`", ""), _number(latency), _number(rate))
        for name, latency, _, rate, *_ in rows_below(page, HEADING)
    ]
    return sorted(found, key=lambda system: not system.ours)  # ours first, the others as they stand there


def _number(cell: str) -> float:
    match = re.match(r"\d+(\.\d+)?", cell)
    if match is None:
        raise ValueError(f"{HEADING}: {cell!r} does not begin with a number")
    return float(match[0])


def draw(shown: list[System], theme: Theme) -> str:
    """Return the chart as SVG: a dot for each system and figure, with its value, and a line where the bare one is.

    Latencies differ by a factor of twenty, so their scale is logarithmic, and their lines begin at the bare
    interpreter's: as long as the factor between the two.
    """
    latency = _Panel(
        left=_LABELS,
        width=330,
        least=0.75,
        most=max(20.0, *(system.latency for system in shown)) * 1.1,
        origin=1.0,
        ticks=(1, 2, 5, 10, 20),
        title="median latency",
        better="times the bare interpreter's, logarithmic; less is better",
        is_logarithmic=True,
    )
    rate = _Panel(
        left=_LABELS + 330 + 80,
        width=200,
        least=0.0,
        most=1.0,
        origin=0.0,
        ticks=(0, 0.5, 1),
        title="rate at 2 to 8 clients",
        better="share of the bare one's; more is better",
    )
    bottom = _TOP + _ROW * len(shown)
    height = bottom + _AXIS
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        f' role="img" font-family="{_FONT}" font-size="13">',
        f"<title>{escape(ALT)}</title>",
        f'<text x="0" y="18" fill="{theme.text}" font-size="15" font-weight="600">'
        "A Python hello-world that reads its input, on 2 cores</text>",
        f'<line x1="{_WIDTH - 124}" y1="13" x2="{_WIDTH - 104}" y2="13" stroke="{theme.quiet}"{_DASHED}/>',
        f'<text x="{_WIDTH - 98}" y="17" fill="{theme.quiet}" font-size="11">bare interpreter</text>',
    ]
    for panel in (latency, rate):
        lines += _frame(panel, bottom, theme)
    for number, system in enumerate(shown):
        lines += _row(system, _TOP + _ROW * number, (latency, rate), theme)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _frame(panel: _Panel, bottom: int, theme: Theme) -> Iterator[str]:
    yield (
        f'<text x="{panel.left}" y="46" fill="{theme.text}" font-weight="600">{panel.title}</text>'
        f'<text x="{panel.left}" y="62" fill="{theme.quiet}" font-size="11">{panel.better}</text>'
    )
    for tick in panel.ticks:
        x = panel.x(tick)
        colour, dashes = (theme.quiet, _DASHED) if tick == 1 else (theme.line, "")
        yield f'<line x1="{x:.1f}" y1="{_TOP - 4}" x2="{x:.1f}" y2="{bottom + 4}" stroke="{colour}"{dashes}/>'
        yield (
            f'<text x="{x:.1f}" y="{bottom + 19}" fill="{theme.quiet}" font-size="11" text-anchor="middle">'
            f"{tick:g}</text>"
        )


def _row(system: System, top: int, panels: tuple[_Panel, _Panel], theme: Theme) -> Iterator[str]:
    weight = ' font-weight="600"' if system.ours else ""
    colour = theme.ours if system.ours else theme.others
    middle = top + _ROW / 2
    base = middle + 4.5
    yield f'<text x="0" y="{base:g}" fill="{theme.text}"{weight}>{escape(system.name)}</text>'
    for panel, value, shown in zip(
        panels,
        (system.latency, system.rate),
        (f"{system.latency:g}", f"{system.rate:.2f}"),
        strict=True,
    ):
        start, end = panel.x(panel.origin), panel.x(value)
        yield (
            f'<line x1="{start:.1f}" y1="{middle:g}" x2="{end:.1f}" y2="{middle:g}" stroke="{colour}"'
            f' stroke-width="{_STEM}"/>'
            f'<circle cx="{end:.1f}" cy="{middle:g}" r="{_DOT}" fill="{colour}"/>'
        )
        # Past the dashed line of the bare interpreter, if the value would stand on it.
        bare = panel.x(1.0)
        beside = bare if -40 < end - bare < 0 else end
        yield f'<text x="{beside + _DOT + 5:.1f}" y="{base:g}" fill="{theme.text}"{weight}>{shown}</text>'
