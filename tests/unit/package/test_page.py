"""The page of `zuko verify --html`."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Final

from zuko.judge.inputs import InputFault
from zuko.package.page import Findings, to_html
from zuko.package.submissions import PackageSubmission
from zuko.package.verify import TimeLimit, Tried, Verified
from zuko.problem import CaseResult, Judgement, Verdict

HOSTILE: Final = "<script>x</script>\"'&\u202e\n"
MS: Final = 1_000_000


def case(name: str, verdict: Verdict, cpu_ms: float | None, wall_ms: float = 0) -> CaseResult:
    cpu_time_ns = None if cpu_ms is None else round(cpu_ms * MS)
    return CaseResult(name, None, verdict, HOSTILE, cpu_time_ns, round(wall_ms * MS), 1 << 20)


def verified(*cases: CaseResult, unmet: tuple[str, ...] = ()) -> Verified:
    """Return a submission that was judged like this."""
    verdict = next((each.verdict for each in cases if each.verdict is not Verdict.AC), Verdict.AC)
    submission = PackageSubmission(f"accepted/{HOSTILE}", None, "", ())
    return Verified(submission, None, Judgement(verdict, HOSTILE, None, None, cases), 1000, unmet, (HOSTILE,))


class Tags(HTMLParser):
    """The tags of a page, and whether each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "line"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_names_and_messages_are_text() -> None:
    """Whatever a package, a checker or a compiler has written."""
    fault = InputFault(HOSTILE, HOSTILE)
    page = to_html(
        [
            Findings(
                HOSTILE,
                TimeLimit(1000, HOSTILE),
                tried=(Tried(HOSTILE, 1, (fault,)), Tried(HOSTILE, 0, reason=HOSTILE)),
                verified=(verified(case(HOSTILE, Verdict.WA, 3), unmet=(HOSTILE,)),),
            )
        ]
    )
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert "\u202e" not in page
    assert "default-src 'none'" in page


def test_times_are_drawn_against_the_limit() -> None:
    """At the limit a dot is on the line; one that waited is at its wall time, an unknown time is not drawn."""
    cases = (
        case("none", Verdict.AC, 0),
        case("half", Verdict.AC, 500),
        case("at", Verdict.AC, 1000),
        case("waits", Verdict.TLE, 5, 1500),
        case("long", Verdict.TLE, 9000, 9000),
        case("unknown", Verdict.AC, None),
    )
    page = to_html([Findings("x", None, verified=(verified(*cases),))])
    found = re.findall(r'<circle class="(\w+)" cx="([\d.]+)".*?<title>(\w+): (\d+)%', page)
    line = re.search(r'class="limit" x1="(\d+)"', page)
    assert line
    assert [(name, kind, share) for kind, _, name, share in found] == [
        ("none", "good", "0"),
        ("half", "good", "50"),
        ("at", "good", "100"),
        ("waits", "bad", "150"),
        ("long", "bad", "900"),
    ]
    places = [float(at) for _, at, _, _ in found]
    assert places == sorted(places)
    assert places[2] == float(line[1])


def test_the_matrix_has_every_case_once() -> None:
    """Cases that a submission was not run on are empty."""
    one = verified(case("1", Verdict.AC, 1), case("2", Verdict.WA, 1))
    other = verified(case("1", Verdict.JE, 1))
    refused = replace(one, judgement=None)
    page = to_html([Findings("x", None, verified=(one, other, refused))])
    matrix = page[page.index('class="matrix"') :]
    assert re.findall(r'<td(?: class="(\w+)" title="[^"]*")?>(.?)</td>', matrix) == [
        ("good", "·"),
        ("bad", "W"),
        ("odd", "J"),
        ("", ""),
    ]
    assert '<span class="good">2 as claimed</span>, <span class="odd">1 not run</span>' in page
