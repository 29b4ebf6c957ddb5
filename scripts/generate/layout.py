"""The picture of the rooms, and the list of libraries, from the rules of tests/unit/test_layout.py."""

from typing import Final

from tests import ROOT
from tests.unit.test_layout import ORDER, OWNERS

_ABOVE: Final = ("handler/", "main.py")  # the entry points
_WIDTH: Final = 52


def layers() -> str:
    """Return the picture: a row for each rank, the highest first."""
    rows = [_ABOVE, *(sorted(room for room in row if room != "__main__") for row in reversed(ORDER))]
    lines = [" · ".join(row).center(_WIDTH).rstrip() for row in rows]
    arrow = "↓".center(_WIDTH).rstrip()
    return "\n".join(["```", *f"\n{arrow}\n".join(lines).splitlines(), "```", ""])


def libraries() -> str:
    """Return which rooms or modules may import a library."""
    owners: dict[str, list[str]] = {}
    for library, rooms in OWNERS.items():
        owners.setdefault(", ".join(f"`zuko/{_path(room)}`" for room in sorted(rooms)), []).append(f"`{library}`")
    rows = (f"| {', '.join(libraries)} | {rooms or 'nothing'} |\n" for rooms, libraries in owners.items())
    return "| library | imported by |\n| --- | --- |\n" + "".join(rows)


def _path(room: str) -> str:
    return f"{room}/" if (ROOT / "zuko" / room).is_dir() else f"{room}.py"
