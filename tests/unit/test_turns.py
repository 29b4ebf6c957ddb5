"""The order of tests, and which of them no other process may part."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.harness.turns import is_one_row, order


def item(path: str, name: str, *, alone: bool = False, long_s: int = 0) -> Any:
    marks = {"alone": alone or None, "long": SimpleNamespace(args=(long_s,)) if long_s else None}
    return SimpleNamespace(path=Path(path), name=name, get_closest_marker=marks.get)


def test_modules_that_are_mostly_alone_come_last() -> None:
    """The longest come first, and others keep the order in which they were found."""
    items = [
        item("a", "1", alone=True),
        item("a", "2", alone=True),
        item("a", "3"),
        item("b", "4"),
        item("c", "5", alone=True),
        item("d", "6"),
        item("d", "7"),
        item("d", "8", alone=True),
        item("e", "9", long_s=30),
        item("f", "0", long_s=60),
    ]
    order(items)
    assert "".join(each.name for each in items) == "0946781235"


def test_rows_that_are_one() -> None:
    """The rows of one test are one unit, and all tests that run alone are one."""
    row, after = item("a", "1"), item("a", "2")
    first, second = item("a", "3", alone=True), item("b", "4", alone=True)
    assert is_one_row(first, second)
    assert not is_one_row(first, row)
    assert not is_one_row(row, first)
    assert not is_one_row(row, None)
    assert not is_one_row(row, after)  # of two functions
    row.originalname = after.originalname = "test"
    assert is_one_row(row, after)
