"""Standings as one self-contained HTML page: no script, no font, no network, and a policy that enforces it.

Results are shown by sign and by colour, in print, too. The colours are Okabe and Ito's, made for colour-blind people.
"""

from typing import Final

from zuko.contest.html import page, safe_text
from zuko.contest.scoreboard import points_text, totals
from zuko.contest.scoring import Cell, Row, Rules, Standings

_TITLES: Final = {
    Rules.ICPC: "ICPC rules: most solved, least penalty",
    Rules.IOI: "IOI rules: the best of each subtask",
    Rules.POINTS: "Points of the best submission to each problem",
    Rules.POINTS_LAST: "Points of the last submission to each problem",
}

_STYLE: Final = """
:root { --ink: #14202b; --soft: #5b6b7a; --line: #dce3ea; --page: #f4f6f9; --row: #fff; --head: #14202b;
  --group: #b9c5d1; --none: #b6c1cb; --sum: #f9fafc; --solved: #0072b2; --first: #00476f; --partial: #bfe0f3;
  --rejected: #fbe0d1; --on-rejected: #7a2e00; --pending: #f5e663; }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #e4eaf0; --soft: #9aa9b7; --line: #323d48;
  --page: #12171d; --row: #1a2129; --head: #0a0e12; --group: #5b6b7a; --none: #5b6b7a; --sum: #161c23;
  --partial: #17405a; --rejected: #47230f; --on-rejected: #ffb48a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.35 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; padding: 1.1rem 1.5rem .8rem; }
h1 { margin: 0; font-size: 1.9rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
header p { margin: 0; color: var(--soft); }
.frozen { background: var(--pending); color: #14202b; padding: .15rem .7rem; border-radius: 1rem; font-weight: 600; }
main { padding: 0 1.5rem; }
table { border-collapse: separate; border-spacing: 0; width: 100%; background: var(--row); border-radius: .6rem;
  box-shadow: 0 1px 3px #14202b22; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .5rem; border-bottom: 1px solid var(--line); text-align: center; }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr.next > * { border-top: 2px solid var(--group); }
thead th { position: sticky; top: 0; z-index: 2; background: var(--head); color: #fff; font-weight: 600;
  max-width: 8rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
thead th:first-child { border-top-left-radius: .6rem; }
thead th:last-child { border-top-right-radius: .6rem; }
.rank { width: 3.5rem; font-size: 1.1rem; font-weight: 700; color: var(--soft); }
thead .rank { color: #fff; font-size: inherit; }
.team { text-align: left; font-size: 1.1rem; font-weight: 600; max-width: 22rem; width: 22rem; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.total { font-size: 1.25rem; font-weight: 700; width: 4.5rem; }
.minor { color: var(--soft); font-weight: 500; font-size: 1.05rem; }
thead .total, thead .minor, thead .team { font-size: inherit; font-weight: 600; color: #fff; }
.cell { min-width: 4.6rem; padding: .25rem; height: 3.4rem; }
.box { display: block; border-radius: .4rem; padding: .22rem .25rem; min-height: 2.9rem; line-height: 1.2;
  white-space: nowrap; }
.box b { display: block; font-size: 1.1rem; }
.box small { display: block; font-size: .8rem; min-height: 1em; }
.solved .box { background: var(--solved); color: #fff; }
.first .box { background: var(--first); color: #fff; box-shadow: inset 0 0 0 3px #f0c000; }
.partial .box { background: var(--partial); color: var(--ink); }
.rejected .box { background: var(--rejected); color: var(--on-rejected); }
.pending .box { background: repeating-linear-gradient(135deg, var(--pending) 0 9px, #eed94a 9px 18px); color: #14202b; }
.none { color: var(--none); }
footer { display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; padding: .9rem 1.5rem 1.5rem; color: var(--soft);
  font-size: .9rem; align-items: center; }
footer .box { display: inline-block; min-height: 0; padding: .1rem .55rem; font-weight: 700; margin-right: .4rem; }
.sum > * { color: var(--soft); font-size: .9rem; background: var(--sum); }
.sum .team { font-size: .9rem; font-weight: 500; }
@media (max-width: 60rem) { main { padding: 0; overflow-x: auto; } table { border-radius: 0; }
  .team { position: sticky; left: 0; background: var(--row); max-width: 11rem; width: 11rem; z-index: 1; }
  thead .team { background: var(--head); z-index: 3; } }
@media print { @page { size: landscape; margin: 10mm; } body { background: #fff; font-size: 11px; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } main { padding: 0; }
  table { box-shadow: none; } thead { display: table-header-group; } tr { break-inside: avoid; }
  thead th { position: static; } header, footer { padding-left: 0; padding-right: 0; } }
"""


def to_html(standings: Standings, title: str = "Scoreboard") -> str:
    """Return the page, as text to be written in UTF-8.

    Args:
        standings: the standings to show.
        title: the contest's name; like the teams' names it may contain anything.
    """
    frozen = ""
    if standings.freeze_s is not None:
        frozen = f'<p class="frozen">Frozen since minute {standings.freeze_s / 60:.0f}</p>'
    body = f"""\
<header><h1>{safe_text(title)}</h1><p>{_TITLES[standings.rules]}</p>{frozen}</header>
<main>
<table>
<thead><tr>{_head(standings)}</tr></thead>
<tbody>
{_body(standings)}</tbody>
</table>
</main>
<footer>{_legend(standings)}</footer>
"""
    return page(title, _STYLE, body)


def _head(standings: Standings) -> str:
    names = ("Solved", "Penalty") if standings.rules is Rules.ICPC else ("Points",)
    sums = "".join(f'<th scope="col" class="{_total_class(i)}">{name}</th>' for i, name in enumerate(names))
    problems = "".join(
        f'<th scope="col" title="{safe_text(each)}">{safe_text(each)}</th>' for each in standings.problems
    )
    return f'<th scope="col" class="rank">#</th><th scope="col" class="team">Team</th>{sums}{problems}'


def _body(standings: Standings) -> str:
    rows, before = [], None
    for row in standings.rows:
        rows.append(_row(row, standings.rules, begins=before is not None and _group(row, standings.rules) != before))
        before = _group(row, standings.rules)
    return "".join(rows) + (_summary(standings) if standings.rows else "")


def _group(row: Row, rules: Rules) -> int:
    """Return the group of a row, for a line between groups: teams that solved the same number of problems."""
    return row.solved if rules is Rules.ICPC else 0


def _row(row: Row, rules: Rules, *, begins: bool) -> str:
    name = safe_text(row.team)
    sums = "".join(f'<td class="{_total_class(i)}">{text}</td>' for i, text in enumerate(totals(row, rules)))
    cells = "".join(_cell(cell, rules) for cell in row.cells)
    return (
        f'<tr{" class=next" if begins else ""}><td class="rank">{row.rank}</td>'
        f'<th scope="row" class="team" title="{name}"><bdi>{name}</bdi></th>{sums}{cells}</tr>\n'
    )


def _cell(cell: Cell, rules: Rules) -> str:
    if not cell.attempts and not cell.pending:
        return '<td class="cell none">·</td>'
    kind, sign, below = _icpc(cell) if rules is Rules.ICPC else _points(cell)
    if cell.pending:
        known = f"{sign} " if cell.attempts else ""
        kind, sign, below = "pending", f"{known}?", f"{cell.pending} pending"
    return f'<td class="cell {kind}"><span class="box"><b>{sign}</b><small>{below}</small></span></td>'


def _icpc(cell: Cell) -> tuple[str, str, str]:
    tries = f"{cell.attempts} {'try' if cell.attempts == 1 else 'tries'}"
    if cell.solved:
        return ("first", f"★ {cell.time_min}", tries) if cell.first else ("solved", f"✓ {cell.time_min}", tries)
    return "rejected", f"−{cell.attempts}", tries  # noqa: RUF001 - a minus sign, as wide as a plus


def _points(cell: Cell) -> tuple[str, str, str]:
    tries = f"{cell.attempts} {'try' if cell.attempts == 1 else 'tries'}"
    points = points_text(cell.points)
    if cell.solved:
        return "first" if cell.first else "solved", f"{'★' if cell.first else '✓'} {points}", tries
    return "partial" if cell.points else "rejected", points, tries


def _summary(standings: Standings) -> str:
    columns = range(len(standings.problems))
    cells = []
    for column in columns:
        each = [row.cells[column] for row in standings.rows]
        solved, tried = sum(cell.solved for cell in each), sum(bool(cell.attempts or cell.pending) for cell in each)
        cells.append(f"<td>{solved} / {tried}</td>")
    sums = "<td></td>" * (2 if standings.rules is Rules.ICPC else 1)
    return f'<tr class="sum"><td></td><th scope="row" class="team">solved / tried</th>{sums}{"".join(cells)}</tr>\n'


def _legend(standings: Standings) -> str:
    icpc = standings.rules is Rules.ICPC
    signs = [("first", "★", "first to solve"), ("solved", "✓", "solved in this minute" if icpc else "accepted")]
    if not icpc:
        signs.append(("partial", "40", "part of the points"))
    signs.append(("rejected", "−2" if icpc else "0", "rejected" if icpc else "no points"))  # noqa: RUF001
    if standings.freeze_s is not None:
        signs.append(("pending", "?", "sent since the freeze"))
    return "".join(f'<span class="{kind}"><span class="box">{sign}</span>{text}</span>' for kind, sign, text in signs)


def _total_class(index: int) -> str:
    return "minor" if index else "total"
