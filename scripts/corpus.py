"""Reads and verifies every problem package of a folder of public repositories, and prints a table.

    python -m scripts.corpus FOLDER                what is read, and what is refused, with its reason
    python -m scripts.corpus FOLDER --verify       `zuko verify` on each package, too: claims that hold, and that do not
    python -m scripts.corpus FOLDER --verify --only NAME --timeout 600
    python -m scripts.corpus FOLDER --verify --cheap --minutes 30    first what is judged fast, then what time allows

Each directory of FOLDER is a repository. Nothing of it is kept or changed. A file that git lists and that is not there
(a snapshot may lack large ones) is not the package's fault: such packages are counted apart, and so are templates. A
claim that does not hold where test data is missing, or where generators would make it, is counted apart, too.
"""

import argparse
import json
import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from zuko.errors import ProblemError
from zuko.package import read_package

_MARKERS: Final = ("problem.yaml", "domjudge-problem.ini", "problem.xml")
_REASON_MAX: Final = 110


@dataclass(slots=True)
class Row:
    """A package."""

    repository: str
    path: str
    state: str  # read, no data, lacks files, template, refused
    reason: str = ""
    notes: int = 0
    results: Counter[str] = field(default_factory=Counter)
    contradictions: list[str] = field(default_factory=list)
    lacks: str = ""  # of its test data
    cost_ms: float = 0.0  # what judging would take if every submission used half of the limit on every case


def packages(root: Path) -> Iterator[Path]:
    """Yield the directories of packages, outermost first."""
    found = {path.parent for marker in _MARKERS for path in root.rglob(marker) if ".git" not in path.parts}
    yield from sorted(found)


def missing_files(repository: Path) -> list[str]:
    """Return the paths that the newest commit has and that are not there."""
    command = ["git", "-C", str(repository), "ls-tree", "-r", "-z", "--name-only", "HEAD"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\0")[:-1] if listed.returncode == 0 else []
    return [name for name in names if not (repository / name).is_symlink() and not (repository / name).exists()]


def read(repository: Path, package: Path, missing: list[str]) -> Row:
    """Read a package."""
    path = str(package.relative_to(repository))
    row = Row(repository.name, path, "read")
    try:
        found = read_package(package, needs_cases=False)
    except ProblemError as error:
        row.state, row.reason = "refused", str(error)
    else:
        row.notes = len(found.notes)
        programs = sum(each.program is not None for each in found.submissions)
        row.cost_ms = programs * len(found.problem.cases) * found.problem.limits.cpu_time_ms / 2
        if not found.problem.cases:
            row.state = "no data"
        elif all(case.name.startswith("sample/") for case in found.problem.cases):
            row.lacks = "samples only"
    data = f"{path}/data/".removeprefix("./")
    gone = sum(name.startswith(data) for name in missing)
    if gone and row.state == "read":
        row.lacks = f"without {gone} files"
    elif gone:
        row.state = "lacks files"
    elif row.state == "refused" and _is_template(package):
        row.state = "template"
    return row


def _is_template(package: Path) -> bool:
    """Return whether a package has places to be filled in, as BAPCtools' have, instead of values."""
    path = package / "problem.yaml"
    return path.is_file() and "{%" in path.read_text(errors="replace")


def verify(row: Row, package: Path, timeout_s: float) -> None:
    """Run `zuko verify` and add its results to the row."""
    command = [sys.executable, "-m", "zuko", "verify", "--json", str(package)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as error:
        row.results["stopped"] += 1
        output = error.stdout or b""
        lines = (output if isinstance(output, str) else output.decode(errors="replace")).splitlines()
    else:
        lines = done.stdout.splitlines()
        if done.returncode not in {0, 1, 3}:
            row.results["failed"] += 1
            row.contradictions.append(done.stderr.strip()[:300])
    for line in lines:
        try:
            _count(row, json.loads(line))
        except ValueError:  # cut by the timeout
            continue


def _count(row: Row, result: dict[str, Any]) -> None:
    kind = "as claimed" if result["ok"] else "not run" if result["ok"] is None else "NOT as claimed"
    if result["ok"] and result.get("expected") == "-":
        kind = "no claim"
    if kind == "NOT as claimed" and (result.get("judgement") or {}).get("verdict") == "JE":
        kind = "judge error"
    if kind == "NOT as claimed" and row.lacks:
        kind = "lacks data"
    row.results[kind] += 1
    if kind in {"NOT as claimed", "judge error"}:
        said = "; ".join(result.get("unmet") or []) or result.get("message") or str(result.get("faults"))[:200]
        row.contradictions.append(f"{result.get('submission') or result.get('validator')}: {said}")


def main(arguments: list[str]) -> int:
    """Print the table; the exit code is 1 if a package is refused or a claim does not hold."""
    parser = argparse.ArgumentParser(description="Read and verify the problem packages of public repositories.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verify", action="store_true", help="also run `zuko verify`")
    parser.add_argument("--only", default="", help="packages whose path contains this")
    parser.add_argument("--timeout", type=float, default=900, metavar="S", help="of each package's verification")
    parser.add_argument("--cheap", action="store_true", help="verify first what is judged fast")
    parser.add_argument("--minutes", type=float, default=math.inf, metavar="M", help="begin no verification after that")
    given = parser.parse_args(arguments)
    rows: list[tuple[Row, Path]] = []
    for repository in sorted(each for each in given.folder.iterdir() if each.is_dir()):
        missing = missing_files(repository)
        for package in packages(repository):
            if given.only in str(package):
                rows.append((read(repository, package, missing), package))
                if not given.verify or rows[-1][0].state != "read":
                    _print(rows[-1][0])
    wanted = [(row, package) for row, package in rows if given.verify and row.state == "read"]
    if given.cheap:
        wanted.sort(key=lambda each: (bool(each[0].lacks), each[0].cost_ms))
    end = time.monotonic() + 60 * given.minutes
    for row, package in wanted:
        if time.monotonic() < end:
            verify(row, package, given.timeout)
            _print(row)
    _print_sums([row for row, _ in rows])
    return int(any(row.state == "refused" or row.results["NOT as claimed"] for row, _ in rows))


def _print(row: Row) -> None:
    results = ", ".join(f"{count} {kind}" for kind, count in sorted(row.results.items()))
    lacks = f" ({row.lacks})" if row.lacks else ""
    print(f"{row.state:12}{row.repository}/{row.path}{lacks}  {results or row.reason[:_REASON_MAX]}", flush=True)
    for sentence in row.contradictions:
        print(f"            {sentence}"[:400], flush=True)


_STATES: Final = ("read", "no data", "template", "lacks files", "refused")
_RESULTS: Final = (
    "as claimed",
    "NOT as claimed",
    "lacks data",
    "judge error",
    "no claim",
    "not run",
    "stopped",
    "failed",
)


def _print_sums(rows: list[Row]) -> None:
    heads = "".join(f"{head:>16}" for head in (*_STATES, *_RESULTS))
    print(f"\n{'repository':40}{'packages':>9}{heads}")
    for name in sorted({row.repository for row in rows}):
        _print_sum(name, [row for row in rows if row.repository == name])
    _print_sum("all", rows)


def _print_sum(name: str, rows: list[Row]) -> None:
    states = Counter(row.state for row in rows)
    results = sum((row.results for row in rows), Counter[str]())
    counts = "".join(
        f"{count:16}" for count in (*(states[key] for key in _STATES), *(results[key] for key in _RESULTS))
    )
    print(f"{name:40}{len(rows):9}{counts}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
