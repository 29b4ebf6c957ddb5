"""Standings: contests worked by hand, what holds for all of them, and how they are shown."""

import json
from html.parser import HTMLParser
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import ROOT
from zuko.contest.events import read_events
from zuko.contest.page import to_html
from zuko.contest.scoreboard import headings, safe_name, text_rows, to_json, to_text
from zuko.contest.scoring import JudgedSubmission, Row, Rules, Standings, standings
from zuko.errors import ProblemError
from zuko.problem import Verdict

AC, WA, TLE, CE, JE = Verdict.AC, Verdict.WA, Verdict.TLE, Verdict.CE, Verdict.JE
MIN = 60


def sent(text: str) -> list[JudgedSubmission]:
    """Return submissions from lines of "team problem minute verdict [points] [group=points ...]"."""
    made = []
    for line in text.strip().splitlines():
        team, problem, minute, verdict, *rest = line.split()
        groups = {name: float(points) for name, _, points in (each.partition("=") for each in rest if "=" in each)}
        points = sum(float(each) for each in rest if "=" not in each) or sum(groups.values())
        made.append(JudgedSubmission(team, problem, float(minute) * MIN, Verdict(verdict), points, groups))
    return made


def brief(table: Standings) -> list[tuple[int, str, int, int]]:
    return [(row.rank, row.team, row.solved, row.penalty_min) for row in table.rows]


def row_of(table: Standings, team: str) -> Row:
    return next(row for row in table.rows if row.team == team)


# --- ICPC ---------------------------------------------------------------------------------------------------------


def test_icpc_by_hand() -> None:
    """ada: A at 30 after two rejected (30 + 40), B at 50: 2 solved, 120. bob: A at 90, B at 20: 110, ahead of ada.

    cy: A at 10; the rejected tries at B cost nothing, for B is not solved. dan: nothing but a compile error.
    """
    table = standings(
        sent("""
            ada A 10 WA
            ada A 20 TLE
            ada A 30 AC
            ada B 50 AC
            bob B 20 AC
            bob A 90 AC
            cy A 10 AC
            cy B 40 WA
            cy B 70 WA
            dan A 5 CE
        """),
        Rules.ICPC,
    )
    assert brief(table) == [(1, "bob", 2, 110), (2, "ada", 2, 120), (3, "cy", 1, 10), (4, "dan", 0, 0)]
    assert [(cell.attempts, cell.time_min, cell.penalty_min) for cell in row_of(table, "ada").cells] == [
        (3, 30, 70),
        (1, 50, 50),
    ]
    assert row_of(table, "cy").cells[1].attempts == 2
    assert row_of(table, "dan").cells[0].attempts == 0
    firsts = {row.team: [cell.first for cell in row.cells] for row in table.rows}
    assert firsts == {"ada": [False, False], "bob": [False, True], "cy": [True, False], "dan": [False, False]}


def test_icpc_compile_and_judge_errors_cost_nothing() -> None:
    table = standings(sent("ada A 1 CE\nada A 2 JE\nada A 3 WA\nada A 10 AC"), Rules.ICPC)
    assert brief(table) == [(1, "ada", 1, 30)]


def test_icpc_what_comes_after_the_first_accepted_does_not_count() -> None:
    table = standings(sent("ada A 10 AC\nada A 20 WA\nada A 30 AC"), Rules.ICPC)
    assert brief(table) == [(1, "ada", 1, 10)]
    assert table.rows[0].cells[0].attempts == 1


def test_icpc_minutes_are_cut_not_rounded() -> None:
    submissions = [JudgedSubmission("ada", "A", 659.99, AC), JudgedSubmission("ada", "B", 660.0, AC)]
    assert brief(standings(submissions, Rules.ICPC)) == [(1, "ada", 2, 21)]


def test_icpc_ties() -> None:
    """Equal in solved and penalty: the earlier last accepted one is ahead (50 before 60). Equal in all: one rank."""
    table = standings(
        sent("""
            ada A 40 AC
            ada B 60 AC
            bob A 50 AC
            bob B 50 AC
            cy A 50 AC
            cy B 50 AC
            dan A 1 AC
        """),
        Rules.ICPC,
    )
    assert brief(table) == [(1, "bob", 2, 100), (1, "cy", 2, 100), (3, "ada", 2, 100), (4, "dan", 1, 1)]


def test_icpc_penalty_is_a_setting() -> None:
    assert brief(standings(sent("ada A 1 WA\nada A 10 AC"), Rules.ICPC, penalty_min=0)) == [(1, "ada", 1, 10)]


# --- points -------------------------------------------------------------------------------------------------------

SUBTASKS = """
    ada A 10 WA s=20 m=0 l=0
    ada A 20 WA s=0 m=30 l=0
    ada B 30 AC 100
    bob A 40 AC s=20 m=30 l=50
    bob B 50 WA 30
    cy A 50 CE
"""


def test_ioi_by_hand() -> None:
    """ada: 20 of one submission and 30 of another make 50, and 100 of B; bob: 100 and 30."""
    table = standings(sent(SUBTASKS), Rules.IOI)
    assert [(row.rank, row.team, row.points) for row in table.rows] == [(1, "ada", 150), (2, "bob", 130), (3, "cy", 0)]
    assert [cell.points for cell in row_of(table, "ada").cells] == [50, 100]
    assert [cell.time_min for cell in row_of(table, "ada").cells] == [20, 30]  # when the last subtask came
    assert [cell.solved for cell in row_of(table, "ada").cells] == [False, True]


def test_points_best_and_last() -> None:
    """Best: 20, then 30 of 50 for A. Last: the same problem ends with 10; a compile error does not count."""
    events = sent("ada A 1 WA 20\nada A 2 WA 50\nada A 3 WA 10\nada A 4 CE")
    assert standings(events, Rules.POINTS).rows[0].points == 50
    assert standings(events, Rules.POINTS_LAST).rows[0].points == 10
    assert standings(events, Rules.POINTS).rows[0].cells[0].time_min == 2
    assert standings(events, Rules.POINTS).rows[0].cells[0].attempts == 3


def test_points_ties_are_one_rank() -> None:
    """Points that are equal share a rank, even if one is a sum of thirds."""
    thirds = [JudgedSubmission("ada", name, 1, WA, 1 / 3) for name in "ABC"]
    table = standings([*thirds, JudgedSubmission("bob", "A", 9, AC, 1.0)], Rules.POINTS)
    assert [(row.rank, row.team) for row in table.rows] == [(1, "ada"), (1, "bob")]


def test_points_last_that_is_worse_is_no_first_solve() -> None:
    table = standings(sent("ada A 1 AC 100\nada A 2 WA 10"), Rules.POINTS_LAST)
    assert not table.rows[0].cells[0].first


# --- freeze -------------------------------------------------------------------------------------------------------

FROZEN = """
    ada A 30 AC
    ada B 250 AC
    bob A 40 AC
    bob B 100 WA
    bob B 240 AC
    bob B 245 CE
    bob A 260 WA
"""


def test_freeze() -> None:
    """From minute 240 all submissions are pending, compile errors too, and problems solved before stay solved."""
    table = standings(sent(FROZEN), Rules.ICPC, freeze_s=240 * MIN)
    assert brief(table) == [(1, "ada", 1, 30), (2, "bob", 1, 40)]
    assert [(cell.attempts, cell.pending) for cell in row_of(table, "bob").cells] == [(1, 0), (1, 2)]
    assert [cell.pending for cell in row_of(table, "ada").cells] == [0, 1]
    assert not any(row.cells[1].first for row in table.rows)


def test_unfreeze() -> None:
    """Without the freeze: ada 280, bob 40 + 240 + 20 = 300."""
    table = standings(sent(FROZEN), Rules.ICPC)
    assert brief(table) == [(1, "ada", 2, 280), (2, "bob", 2, 300)]
    assert all(cell.pending == 0 for row in table.rows for cell in row.cells)
    assert row_of(table, "bob").cells[1].first


def test_freeze_with_points_shows_all_as_pending() -> None:
    table = standings(sent("ada A 10 AC 100\nada A 250 WA 3"), Rules.POINTS, freeze_s=240 * MIN)
    assert (table.rows[0].points, table.rows[0].cells[0].pending) == (100, 1)


def test_teams_and_problems_without_submissions() -> None:
    table = standings(sent("ada B 1 AC"), Rules.ICPC, teams=["zoe"], problems=["C", "B"])
    assert table.problems == ("C", "B")
    assert [row.team for row in table.rows] == ["ada", "zoe"]
    assert standings([], Rules.ICPC).rows == ()


# --- what always holds --------------------------------------------------------------------------------------------

SUBMISSIONS = st.lists(
    st.builds(
        JudgedSubmission,
        team=st.sampled_from(["ada", "bob", "cy"]),
        problem=st.sampled_from(["A", "B"]),
        time_s=st.integers(0, 40).map(lambda n: n * 30.0),
        verdict=st.sampled_from([AC, WA, TLE, CE, JE]),
        points=st.integers(0, 10).map(float),
        groups=st.dictionaries(st.sampled_from(["s", "m"]), st.integers(0, 10).map(float), max_size=2),
    ),
    max_size=14,
)
RULES = st.sampled_from(Rules)
FREEZE = st.one_of(st.none(), st.integers(0, 1200).map(float))


@given(SUBMISSIONS, RULES, FREEZE, st.randoms())
def test_order_makes_no_difference(
    submissions: list[JudgedSubmission], rules: Rules, freeze_s: float | None, random: Random
) -> None:
    shuffled = list(submissions)
    random.shuffle(shuffled)
    assert standings(shuffled, rules, freeze_s=freeze_s) == standings(submissions, rules, freeze_s=freeze_s)


@given(SUBMISSIONS, RULES, FREEZE)
def test_ranks(submissions: list[JudgedSubmission], rules: Rules, freeze_s: float | None) -> None:
    """Ranks begin with 1, and each is one more than the number of rows ahead."""
    rows = standings(submissions, rules, freeze_s=freeze_s).rows
    for position, row in enumerate(rows, 1):
        assert row.rank == position or row.rank == rows[position - 2].rank
    totals = [(row.solved, -row.penalty_min) if rules is Rules.ICPC else (round(row.points, 9), 0) for row in rows]
    assert totals == sorted(totals, reverse=True)


@given(SUBMISSIONS, RULES, st.integers(0, 1200).map(float))
def test_frozen_standings_are_those_of_that_time(
    submissions: list[JudgedSubmission], rules: Rules, freeze_s: float
) -> None:
    """The standings of a freeze show only the number of later submissions, nothing about their results."""
    before = [each for each in submissions if each.time_s < freeze_s]
    names = {each.team for each in submissions}
    problems = sorted({each.problem for each in submissions})
    frozen = to_json(standings(submissions, rules, freeze_s=freeze_s))
    then = to_json(standings(before, rules, teams=sorted(names), problems=problems, freeze_s=freeze_s))
    for row in frozen["rows"]:
        for cell in row["cells"]:
            cell["pending"] = 0
    assert frozen == then


@given(SUBMISSIONS)
def test_one_more_accepted_submission_costs_nothing(submissions: list[JudgedSubmission]) -> None:
    """IOI and best points: no submission makes a total smaller."""
    for rules in (Rules.IOI, Rules.POINTS):
        totals = {row.team: row.points for row in standings(submissions, rules).rows}
        for row in standings(submissions[:-1], rules).rows:
            assert row.points <= totals[row.team] + 1e-9


# --- events -------------------------------------------------------------------------------------------------------

LINE = '{"team": "ada", "problem": "A", "time_s": 60, "verdict": "AC"}'


def test_events() -> None:
    lines = [LINE, "", '{"team":"b","problem":"A","time_s":1.5,"verdict":"WA","groups":{"s":1,"m":2.5}}']
    first, second = read_events(lines, Rules.ICPC)
    assert first == JudgedSubmission("ada", "A", 60, AC)
    assert second == JudgedSubmission("b", "A", 1.5, WA, 3.5, {"s": 1, "m": 2.5})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "events, line 2: is not valid JSON: EOF while parsing an object at column 1"),
        ("[]", "events, line 2: input should be an object"),
        (LINE.replace("60", '"60"'), "events, line 2: time_s: input should be a valid number"),
        (LINE.replace("60", "true"), "events, line 2: time_s: input should be a valid number"),
        (LINE.replace("60", "-1"), "events, line 2: time_s: input should be greater than or equal to 0"),
        (LINE.replace("60", "NaN"), "events, line 2: time_s: input should be a finite number"),
        (LINE.replace("AC", "OK"), "events, line 2: verdict: input should be 'AC', 'WA', 'TLE', 'MLE', 'OLE', 'RTE', 'CE' or 'JE'"),  # noqa: E501
        (LINE.replace("team", "user"), "events, line 2: team: is missing"),
        (LINE.replace("}", ', "score": 1}'), "events, line 2: score: unknown field"),
        (LINE.replace("}", ', "groups": {"s": -1}}'), "events, line 2: groups.s: input should be greater than or equal to 0"),  # noqa: E501
        ("x" * 200_000, "events, line 2: is longer than 100000 characters"),
    ],
)  # fmt: skip
def test_wrong_events(line: str, message: str) -> None:
    with pytest.raises(ProblemError) as caught:
        list(read_events([LINE, line], Rules.ICPC))
    assert str(caught.value) == message


def test_points_are_needed_where_they_count() -> None:
    with pytest.raises(ProblemError, match=r"^e\.jsonl, line 1: points: is missing, but the rules ioi count points$"):
        list(read_events([LINE], Rules.IOI, name="e.jsonl"))
    assert len(list(read_events([LINE.replace("AC", "CE")], Rules.IOI))) == 1


# --- the scoreboard -----------------------------------------------------------------------------------------------


def test_text() -> None:
    """Every sign of the legend: first, solved after a rejected one, rejected, pending, nothing."""
    table = standings(sent("ada A 5 AC\nbob A 9 WA\nbob A 12 AC\nbob B 13 WA\nbob B 70 AC"), Rules.ICPC, freeze_s=3600)
    assert headings(table) == ("rank", "team", "solved", "penalty", "A", "B")
    assert text_rows(table) == (("1", "ada", "1", "5", "* 5", "."), ("2", "bob", "1", "32", "+1 12", "-1 ?1"))
    assert to_text(table) == (
        "rank  team  solved  penalty      A      B\n"
        "----  ----  ------  -------  -----  -----\n"
        "   1  ada        1        5    * 5      .\n"
        "   2  bob        1       32  +1 12  -1 ?1\n"
        "frozen at minute 60: ? is pending\n"
    )


def test_text_with_points() -> None:
    table = standings(sent("ada A 5 WA 33.333\nbob A 9 WA 0"), Rules.POINTS)
    assert text_rows(table) == (("1", "ada", "33.33", "33.33"), ("2", "bob", "0", "0"))


def test_json_is_what_the_page_shows() -> None:
    """docs/reference/scoring.md shows this answer."""
    table = standings(sent("ada A 4 WA\nada A 12 AC\nbob A 250 AC"), Rules.ICPC, freeze_s=240 * MIN)
    text = (ROOT / "docs" / "reference" / "scoring.md").read_text()
    (block,) = [part.partition("```")[0] for part in text.split("```json\n")[1:] if '"rows"' in part]
    assert to_json(table) == json.loads(block)


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE teams; --",
    "\x1b[2J\x1b]0;owned\x07",
    "two\nlines",
    "\u202egnihton",
    "{{ 7 * 7 }}",
    "&amp;",
    "a" * 5000,
    "Z" + "\u0337" * 500,
)


class Page(HTMLParser):
    """A page's tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("rules", Rules)
def test_hostile_names(rules: Rules) -> None:
    """The page has the same tags and attributes as one with harmless names, and what it shows is the name."""
    submissions = [JudgedSubmission(name, "A", 60, AC, 1.0) for name in HOSTILE]
    harmless = [JudgedSubmission(f"team {n}", "A", 60, AC, 1.0) for n in range(len(HOSTILE))]
    page = Page(to_html(standings(submissions, rules, problems=['<b>"A"</b>']), "<i>Contest</i>"))
    plain = Page(to_html(standings(harmless, rules, problems=["A", "B"]), "Contest"))
    assert page.tags == plain.tags
    assert page.attributes == plain.attributes
    assert "<script>alert(1)</script>" in page.text
    text = to_text(standings(submissions, rules))
    assert len(text.splitlines()) == len(HOSTILE) + 2
    assert not set("\x1b\x07\u202e") & set(text)


def test_page_needs_nothing_else() -> None:
    page = to_html(standings(sent(FROZEN), Rules.ICPC, freeze_s=240 * MIN))
    for word in ("http:", "https:", "src=", "url(", "@import", "<script", "<link"):
        assert word not in page
    assert "default-src 'none'" in page
    assert "Frozen since minute 240" in page


def test_page_shows_every_kind_of_cell() -> None:
    events = sent("ada A 5 AC\nbob A 9 WA\nbob A 12 AC\nbob B 13 WA\nbob C 70 AC")
    page = to_html(standings(events, Rules.ICPC, freeze_s=3600))
    for kind, text in (("first", "★ 5"), ("solved", "✓ 12"), ("rejected", "−1"), ("pending", "?")):  # noqa: RUF001
        assert f'<td class="cell {kind}"><span class="box"><b>{text}</b>' in page
    assert "cell pending" not in to_html(standings(events, Rules.ICPC))
    points = to_html(standings(sent("ada A 5 WA 40\nbob A 9 WA 0"), Rules.POINTS))
    assert '<td class="cell partial"><span class="box"><b>40</b>' in points
    assert '<td class="cell rejected"><span class="box"><b>0</b>' in points


@given(st.text(max_size=60))
def test_safe_names(name: str) -> None:
    """A safe name is one line of visible characters, and making it safe again changes nothing."""
    shown = safe_name(name)
    assert len(shown.splitlines()) <= 1
    assert all(each.isprintable() or each in "\u200c\u200d" for each in shown)
    assert safe_name(shown) == shown
