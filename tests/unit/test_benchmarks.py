"""The tables of the benchmarks, and the page that describes them."""

import re

from benchmarks.table import Table, percentile
from tests import ROOT


def test_a_table_is_aligned_and_says_which_aims_are_met() -> None:
    table = Table("sizes", ("", "KiB", "aim"))
    table.rows.append(("one", "7", table.aim("under 8", True)))
    table.rows.append(("another", "12", table.aim("under 8", False)))
    assert str(table).splitlines() == [
        "sizes",
        "-----",
        "         KiB               aim",
        "one        7      under 8: met",
        "another   12  under 8: NOT MET",
    ]
    assert table.aims_met == [True, False]


def test_a_percentile_is_a_measured_value() -> None:
    assert [percentile([5, 1, 4, 2, 3], percent) for percent in (0, 50, 99, 100)] == [1, 3, 5, 5]


def test_every_benchmark_is_documented() -> None:
    """The names of `--only` stand in the page's list, and its headings are of the modules' tables."""
    main = (ROOT / "benchmarks" / "__main__.py").read_text()
    names = re.findall(r'^    "(\w+)": \w+\.run,$', main, flags=re.MULTILINE)
    page = (ROOT / "docs" / "reference" / "benchmarks.md").read_text()
    (listed,) = re.findall(r"--only .*\| some: (.+) \|$", page, flags=re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", listed)) == sorted(names)
