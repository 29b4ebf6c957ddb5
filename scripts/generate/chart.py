"""Draw the chart of the README from a table of docs/reference/benchmarks.md, for a light and a dark page."""

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
_BAR: Final = 13
_TOP: Final = 74  # where the first row begins
_LABELS: Final = 176  # width of the names
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
DARK: Final = Theme(text="#f0f6fc", quiet="#9198a1", ours="#2dd4bf", others="#57606a", line="#3d444d")


@dataclass(frozen=True)
class _Panel:
    """A set of bars, on a scale from 0."""

    left: int
    width: int
    most: float  # value at the right end
    title: str
    better: str

    def x(self, value: float) -> float:
        return self.left + self.width * value / self.most


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
    """Return the chart as SVG: a bar for each system and figure, with its value, and a line where the bare one is."""
    latency = _Panel(_LABELS, 330, 20.0, "median latency", "times the bare interpreter's; less is better")
    rate = _Panel(_LABELS + 330 + 90, 200, 1.0, "rate at 2 to 8 clients", "share of the bare one's; more is better")
    height = _TOP + _ROW * len(shown) + 16
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
        lines += _frame(panel, height, theme)
    for number, system in enumerate(shown):
        lines += _row(system, _TOP + _ROW * number, (latency, rate), theme)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _frame(panel: _Panel, height: int, theme: Theme) -> Iterator[str]:
    yield (
        f'<text x="{panel.left}" y="46" fill="{theme.text}" font-weight="600">{panel.title}</text>'
        f'<text x="{panel.left}" y="62" fill="{theme.quiet}" font-size="11">{panel.better}</text>'
    )
    for x, colour, dashes in ((panel.left, theme.line, ""), (panel.x(1.0), theme.quiet, _DASHED)):
        yield f'<line x1="{x:g}" y1="{_TOP - 4}" x2="{x:g}" y2="{height - 10}" stroke="{colour}"{dashes}/>'


def _row(system: System, top: int, panels: tuple[_Panel, _Panel], theme: Theme) -> Iterator[str]:
    weight = ' font-weight="600"' if system.ours else ""
    colour = theme.ours if system.ours else theme.others
    base = top + _ROW / 2 + 4.5
    yield f'<text x="0" y="{base:g}" fill="{theme.text}"{weight}>{escape(system.name)}</text>'
    for panel, value, shown in zip(
        panels,
        (system.latency, system.rate),
        (f"{system.latency:g}", f"{system.rate:.2f}"),
        strict=True,
    ):
        end = panel.x(value)
        yield (
            f'<rect x="{panel.left}" y="{top + (_ROW - _BAR) / 2:g}" width="{end - panel.left:.1f}" height="{_BAR}"'
            f' rx="2" fill="{colour}"/>'
        )
        # Past the dashed line of the bare interpreter, if the value would stand on it.
        beside = max(end, panel.x(1.0)) if abs(end - panel.x(1.0)) < 40 else end
        yield f'<text x="{beside + 6:.1f}" y="{base:g}" fill="{theme.text}"{weight}>{shown}</text>'
