"""Draw a recorded terminal: what `zuko verify` printed, in its colours, for a light and a dark page."""

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COMMAND: Final = ("zuko", "verify", "tests/corpus/problems/different")
RECORD: Final = Path(__file__).parent / "verify.ansi"
ALT: Final = "zuko verify: thirteen submissions of a problem, each with the verdict that its folder claims"

_COLUMNS: Final = 104


def _theme(back: str, text: str, plain: str, bright: str) -> TerminalTheme:
    """Return a theme of colours as hexadecimal numbers: black, red, green, yellow, blue, magenta, cyan, white."""
    return TerminalTheme(_rgb(back)[0], _rgb(text)[0], _rgb(plain), _rgb(bright))


def _rgb(colours: str) -> list[tuple[int, int, int]]:
    return [(red, green, blue) for red, green, blue in (bytes.fromhex(each) for each in colours.split())]


LIGHT: Final = _theme(
    "ffffff",
    "1f2328",
    "1f2328 cf222e 1a7f37 9a6700 0969da 8250df 1b7c83 6e7781",
    "d1d9e0 cf222e 1a7f37 9a6700 0969da 8250df 1b7c83 8c959f",
)
DARK: Final = _theme(
    "0d1117",
    "f0f6fc",
    "484f58 ff7b72 3fb950 d29922 58a6ff bc8cff 39c5cf b1bac4",
    "3d444d ffa198 56d364 e3b341 79c0ff d2a8ff 56d4dd ffffff",
)

# Rich's own, less the fonts that it loads from elsewhere, the window and its buttons.
_FORMAT: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {terminal_width} {terminal_height}" width="860" role="img">
<title>ALT</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<rect fill="BACKGROUND" stroke="BORDER" width="{terminal_width}" height="{terminal_height}" rx="8"/>
<g transform="translate(18, 12)" class="{unique_id}-matrix">
{backgrounds}
{matrix}
</g>
</svg>
"""


def record() -> None:
    """Run the command on a terminal of its own and keep what stays on it. Needs the images of its languages."""
    master, slave = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(_COLUMNS)}
    argv = [sys.executable, "-m", *COMMAND]
    with subprocess.Popen(argv, stdout=slave, env=env) as process:
        os.close(slave)
        printed = _read(master)
    if process.returncode:
        sys.exit(f"{' '.join(COMMAND)}: exit code {process.returncode}")
    RECORD.write_text("\n".join(_stays(printed.decode())) + "\n")


def _read(master: int) -> bytes:
    parts = []
    with open(master, "rb", buffering=0) as terminal:
        try:
            while part := terminal.read(1 << 16):
                parts.append(part)
        except OSError:  # EIO: nothing has the other end any more
            pass
    return b"".join(parts)


def _stays(printed: str) -> list[str]:
    """Return the lines that are left when the line of progress has been erased."""
    left: list[str] = []
    for line in printed.split("\r\n"):
        if "\x1b[1A" in line:  # up, and erase
            left.pop()
        left.append(re.sub(r"\x1b\[\?25[lh]|\r", "", line.rpartition("\x1b[2K")[2]))
    return left[:-1]


def draw(recorded: str, theme: TerminalTheme) -> str:
    """Return the terminal as SVG, with the command line above what it printed."""
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("$ ", "dim"), (" ".join(COMMAND), "bold")))
    console.print(Text.from_ansi(recorded))
    form = _FORMAT.replace("ALT", ALT)
    form = form.replace("BACKGROUND", theme.background_color.hex).replace("BORDER", theme.ansi_colors[8].hex)
    drawn = console.export_svg(theme=theme, code_format=form, unique_id="t")
    drawn = re.sub(r' clip-path="[^"]*"', "", drawn)  # nothing is wider than the terminal
    drawn = re.sub(r"<text [^>]*>\s*</text>", "", drawn)
    return "\n".join(line.rstrip() for line in drawn.splitlines() if line.strip()) + "\n"
