"""Findings of verifying packages as one self-contained HTML page: no script, no font, no network.

Each submission has its times as a plot against the limit, and a row of the verdict matrix. Verdicts are shown by signs
and by colour; the colours are Okabe and Ito's, made for colour-blind people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zuko.contest.html import page, safe_text
from zuko.judge.inputs import InputFault
from zuko.judge.verdicts import seconds
from zuko.package.verify import TimeLimit, Tried, Validated, Verified, expected
from zuko.problem import CaseResult, Judgement, Verdict

_WIDTH: Final = 240  # of a plot, in its own units
_HEIGHT: Final = 22
_START: Final = 6  # where no time is
_LIMIT_AT: Final = 160  # where the time limit is; what takes much longer is at the end
_SIGNS: Final = {Verdict.AC: "·"}  # in the matrix; the others by their first letter
_LEGEND: Final = "W WA, T TLE, M MLE, O OLE, R RTE, J JE, · AC"

_STYLE: Final = """
:root { --ink: #14202b; --soft: #5b6b7a; --line: #dce3ea; --page: #f4f6f9; --row: #fff; --good: #0072b2; --bad: #b3440a;
  --odd: #7a5c00; }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #e4eaf0; --soft: #9aa9b7; --line: #323d48;
  --page: #12171d; --row: #1a2129; --good: #56b4e9; --bad: #ff9b5e; --odd: #f0e442; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem 1.5rem; background: var(--page); color: var(--ink);
  font: 15px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
h1 { margin: 0; font-size: 1.6rem; overflow-wrap: anywhere; } h2 { margin: 1.6rem 0 .3rem; font-size: 1.1rem; }
p { margin: .2rem 0; } .soft { color: var(--soft); }
main > section { margin-bottom: 2.5rem; } .wide { overflow-x: auto; }
table { border-collapse: collapse; background: var(--row); font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border: 1px solid var(--line); text-align: left; vertical-align: middle; }
thead th { color: var(--soft); font-size: .85rem; font-weight: 600; } tbody th { font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 700; } .odd { color: var(--odd); }
ul { margin: .2rem 0; padding-left: 1.2rem; font-size: .9rem; font-weight: 400; } li { white-space: pre-wrap; }
svg { display: block; width: 240px; height: 22px; } .axis { stroke: var(--line); } .limit { stroke: var(--bad); }
svg circle { fill: var(--good); fill-opacity: .55; } svg circle.bad { fill: var(--bad); }
svg circle.odd { fill: var(--odd); }
.matrix td { padding: 0; width: 1.3rem; min-width: 1.3rem; text-align: center; font-size: .8rem; }
.matrix th { white-space: nowrap; }
@media print { body { background: #fff; font-size: 11px; } tr { break-inside: avoid; } }
"""


@dataclass(frozen=True, slots=True)
class Findings:
    """The results of verifying one package."""

    name: str  # the package's short name
    limit: TimeLimit | None  # None: no submission was judged
    validated: tuple[Validated, ...] = ()
    tried: tuple[Tried, ...] = ()
    verified: tuple[Verified, ...] = ()


def to_html(packages: Sequence[Findings]) -> str:
    """Return the page, as text to be written in UTF-8."""
    title = "Verified: " + ", ".join(each.name for each in packages)
    return page(title, _STYLE, f"<main>\n{''.join(map(_section, packages))}</main>\n")


def _section(package: Findings) -> str:
    limit = package.limit
    known = "" if limit is None else f"<p>Time limit: {limit.cpu_time_ms / 1000:g} s, {safe_text(limit.source)}</p>\n"
    return (
        f"<section>\n<h1>{safe_text(package.name)}</h1>\n{known}<p>{_summary(package.verified)}</p>\n"
        f"{_validators(package)}{_submissions(package.verified)}{_matrix(package.verified)}</section>\n"
    )


def _summary(verified: Sequence[Verified]) -> str:
    wrong = sum(each.ok is False for each in verified)
    not_run = sum(each.ok is None for each in verified)
    parts = [f'<span class="good">{len(verified) - wrong - not_run} as claimed</span>']
    if wrong:
        parts.append(f'<span class="bad">{wrong} NOT as claimed</span>')
    if not_run:
        parts.append(f'<span class="odd">{not_run} not run</span>')
    return ", ".join(parts)


# --- validators -------------------------------------------------------------------------------------------------------


def _validators(package: Findings) -> str:
    rows = [
        _validator(each.validator.path, each.inputs, each.ok, [each.reason, *map(_fault, each.faults)])
        for each in package.validated
    ] + [_validator(each.path, each.cases, each.ok, [each.reason, *map(_fault, each.faults)]) for each in package.tried]
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("validator or data", "inputs", "", "faults"))
    return f"<h2>Inputs</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table>\n"


def _fault(fault: InputFault) -> str:
    return f"{fault.name}: {fault.reason}"


def _validator(path: str, inputs: int, ok: bool | None, sentences: Sequence[str]) -> str:
    return f'<tr><th scope="row">{safe_text(path)}</th><td>{inputs}</td>{_result(ok)}<td>{_list(sentences)}</td></tr>\n'


# --- submissions ------------------------------------------------------------------------------------------------------


def _submissions(verified: Sequence[Verified]) -> str:
    names = ("submission", "language", "expected", "got", "slowest", "memory", "times against the limit", "")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(map(_submission, verified))
    return (
        f'<h2>Submissions</h2>\n<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table></div>\n"
    )


def _submission(each: Verified) -> str:
    judgement, solution = each.judgement, each.solution
    sentences = [*each.unmet, *each.warnings, each.submission.reason]
    if judgement is not None and not each.ok and judgement.reason:
        sentences.append(f"{judgement.decided_by or 'the whole'}: {judgement.reason}")
    got = "-" if judgement is None else judgement.verdict.value
    if judgement is not None and judgement.points is not None:
        got += f" {judgement.points:g}"
    cells = (
        "-" if solution is None else solution.shown_language,
        expected(each.submission.expectations),
        got,
        "-" if judgement is None or judgement.cpu_time_ns is None else seconds(judgement.cpu_time_ns),
        "-" if judgement is None or judgement.peak_rss_bytes is None else f"{judgement.peak_rss_bytes / 2**20:.1f} MiB",
    )
    return (
        f'<tr><th scope="row">{safe_text(each.submission.path)}{_list(sentences)}</th>'
        + "".join(f"<td>{safe_text(cell)}</td>" for cell in cells)
        + f"<td>{'' if judgement is None else _plot(judgement, each.limit_ms)}</td>{_result(each.ok)}</tr>\n"
    )


def _result(ok: bool | None) -> str:
    kind, text = {True: ("good", "ok"), False: ("bad", "NOT ok"), None: ("odd", "not run")}[ok]
    return f'<td class="{kind}">{text}</td>'


def _plot(judgement: Judgement, limit_ms: int) -> str:
    """Return a dot for each case at its time; the line is the limit."""
    dots = []
    for case in judgement.cases:
        share = _share(case, limit_ms)
        if share is not None:
            at = min(_START + share * (_LIMIT_AT - _START), _WIDTH - 4)
            dots.append(
                f'<circle class="{_kind(case.verdict)}" cx="{at:.1f}" cy="{_HEIGHT / 2:g}" r="4">'
                f"<title>{safe_text(case.name)}: {share:.0%} of the limit</title></circle>"
            )
    middle = f"{_HEIGHT / 2:g}"
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="times of the cases against the limit">'
        f'<line class="axis" x1="{_START}" x2="{_WIDTH}" y1="{middle}" y2="{middle}"/>'
        f'<line class="limit" x1="{_LIMIT_AT}" x2="{_LIMIT_AT}" y1="1" y2="{_HEIGHT - 1}"/>{"".join(dots)}</svg>'
    )


def _share(case: CaseResult, limit_ms: int) -> float | None:
    """Return the time of a case over the limit: CPU time, or wall time of one that waited for too long."""
    limit_ns = limit_ms * 1_000_000
    if case.cpu_time_ns is None or not limit_ns:
        return None
    if case.verdict is Verdict.TLE and case.wall_time_ns is not None:
        return max(case.cpu_time_ns, case.wall_time_ns) / limit_ns
    return case.cpu_time_ns / limit_ns


# --- the matrix -------------------------------------------------------------------------------------------------------


def _matrix(verified: Sequence[Verified]) -> str:
    names = list(dict.fromkeys(case.name for each in verified if each.judgement for case in each.judgement.cases))
    if not names:
        return ""
    head = "".join(f'<th scope="col" title="{safe_text(name)}">{number}</th>' for number, name in enumerate(names, 1))
    rows = "".join(_matrix_row(each, names) for each in verified if each.judgement)
    return (
        f'<h2>Verdicts</h2>\n<p class="soft">{_LEGEND}; empty: not run. The names of cases are shown by pointing.</p>\n'
        f'<div class="wide"><table class="matrix">\n<thead><tr><th scope="col">submission</th>{head}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table></div>\n"
    )


def _matrix_row(each: Verified, names: Sequence[str]) -> str:
    found = {case.name: case for case in each.judgement.cases} if each.judgement else {}
    cells = "".join(_matrix_cell(found.get(name)) for name in names)
    return f'<tr><th scope="row">{safe_text(each.submission.path)}</th>{cells}</tr>\n'


def _matrix_cell(case: CaseResult | None) -> str:
    if case is None:
        return "<td></td>"
    sign = _SIGNS.get(case.verdict, case.verdict.value[0])
    title = f"{case.name}: {case.verdict.value}" + (f", {case.reason}" if case.reason else "")
    return f'<td class="{_kind(case.verdict)}" title="{safe_text(title)}">{sign}</td>'


def _kind(verdict: Verdict) -> str:
    return "good" if verdict is Verdict.AC else "odd" if verdict is Verdict.JE else "bad"


def _list(sentences: Sequence[str]) -> str:
    items = "".join(
        f"<li>{chr(10).join(map(safe_text, sentence.splitlines()))}</li>" for sentence in sentences if sentence
    )
    return f"<ul>{items}</ul>" if items else ""
