"""Some of a package's submissions and cases, to be verified without the others. Pure, except for `located`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from zuko.errors import ProblemError
from zuko.package.domjudge import INI
from zuko.package.expectations import ANY, Expectation
from zuko.package.metadata import PROBLEM_YAML
from zuko.package.read import Package

_PARTS: Final = ("submissions", "data")
_SUFFIXES: Final = (".in", ".ans", ".yaml", ".files")  # of a case's files, which name the case on a command line


@dataclass(frozen=True, slots=True)
class Selection:
    """The submissions and cases that are asked for. Without patterns and paths: all of them."""

    submissions: tuple[re.Pattern[str], ...] = ()  # searched in paths below submissions/
    cases: tuple[re.Pattern[str], ...] = ()  # searched in names of cases
    paths: tuple[str, ...] = ()  # in the package: "submissions/accepted/a.py", "data/secret/group1"


def located(paths: Iterable[Path]) -> Mapping[Path, tuple[str, ...]]:
    """Return the packages of paths, in their order, each with the paths within it that were given.

    A path of a package itself, or outside of any package, comes without a path within it.
    """
    found: dict[Path, tuple[str, ...]] = {}
    for path in paths:
        package, inner = _located(path)
        found[package] = (*found.get(package, ()), *inner)
    return found


def _located(path: Path) -> tuple[Path, tuple[str, ...]]:
    whole = path.resolve()
    for parent in whole.parents:
        inner = whole.relative_to(parent).as_posix()
        is_part = inner.partition("/")[0] in _PARTS and path.exists()
        if is_part and any((parent / name).is_file() for name in (PROBLEM_YAML, INI)):
            return parent, (inner,)
    return path, ()


def select(package: Package, selection: Selection) -> Package:
    """Return a package with the chosen submissions and cases only.

    Of a claim, only what is about every case remains if cases are left out.

    Raises:
        ProblemError: nothing matches.
    """
    own = [path.removeprefix("submissions/") for path in selection.paths if path.startswith("submissions")]
    data = [_case_name(path) for path in selection.paths if path.startswith("data")]
    submissions = _chosen({each.path: each for each in package.submissions}, selection.submissions, own, "submissions")
    cases = _chosen({each.name: each for each in package.problem.cases}, selection.cases, data, "data")
    if len(cases) < len(package.problem.cases):
        submissions = [
            replace(each, expectations=tuple(_of_each_case(claim) for claim in each.expectations if not claim.whole))
            for each in submissions
        ]
    problem = replace(package.problem, cases=tuple(cases))
    return replace(package, problem=problem, submissions=tuple(submissions))


def _chosen[T](
    items: Mapping[str, T], patterns: Sequence[re.Pattern[str]], paths: Sequence[str], where: str
) -> list[T]:
    if not patterns and not paths:
        return list(items.values())
    found = [
        item
        for name, item in items.items()
        if any(pattern.search(name) for pattern in patterns)
        or any(path in ("", where) or name == path or name.startswith(f"{path}/") for path in paths)
    ]
    if not found:
        given = ", ".join([*(pattern.pattern for pattern in patterns), *paths])
        raise ProblemError(where, f"nothing matches {given}"[:200])
    return found


def _case_name(path: str) -> str:
    name = path.removeprefix("data/")
    return next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), name)


def _of_each_case(claim: Expectation) -> Expectation:
    return replace(claim, required=ANY, score=None, partial=False, message="")
