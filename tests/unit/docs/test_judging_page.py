"""docs/reference/judging.md says what judging does: fields, limits, conventions of checkers."""

from tests.harness.pages import JUDGING, coded, table
from zuko.judge import custom
from zuko.problem import Convention, Verdict


def test_conventions_are_documented() -> None:
    """Every file that a checker is given or may leave, and what its exit codes mean."""
    rows = {coded(row[0])[0]: row for row in table(JUDGING, "convention", "called with")}
    assert rows.keys() == set(Convention)
    documented = {word for row in rows.values() for cell in row for each in coded(cell) for word in each.split()}
    assert custom.JUDGE_FILES - documented == {"teammessage.txt"}, "which is taken and not shown"
    for convention, meanings in (("kattis", custom._KATTIS), ("testlib", custom._TESTLIB)):
        _, _, right, wrong, besides = rows[convention]
        told_codes = {int(code): Verdict.AC for code in right.split(", ")}
        told_codes |= {int(code): Verdict.WA for code in wrong.split(", ")}
        if convention == "testlib":
            assert besides.startswith("7: right, with the points")
            told_codes[7] = Verdict.AC
        assert told_codes == meanings
