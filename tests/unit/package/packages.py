"""Small problem packages that tests change, and how they are read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from zuko.package import Package, read_package

LEGACY: Final = {
    "problem.yaml": "name: Legacy\n",
    "data/secret/1.in": "1\n",
    "data/secret/1.ans": "1\n",
    "submissions/accepted/a.py": "print(input())\n",
}
MODERN: Final = {**LEGACY, "problem.yaml": "problem_format_version: 2025-09\nname: Modern\nuuid: u\n"}
SCORING: Final = {
    **MODERN,
    "problem.yaml": "problem_format_version: 2025-09\ntype: scoring\nname: Scoring\nuuid: u\n",
}
GROUPED: Final = {
    "problem.yaml": SCORING["problem.yaml"],
    **{f"data/secret/{group}/{case}": "1\n" for group in "ab" for case in ("1.in", "1.ans", "2.in", "2.ans")},
    "data/secret/a/test_group.yaml": "max_score: 40\n",
    "data/secret/b/test_group.yaml": "max_score: 60\nscore_aggregation: sum\n",
    "submissions/accepted/a.py": "print(input())\n",
}


def build(root: Path, contents: Mapping[str, str | bytes | None]) -> Path:
    """Write a package of these files; None: leave the file out."""
    package = root / "package"
    for path, content in contents.items():
        if content is not None:
            (package / path).parent.mkdir(parents=True, exist_ok=True)
            (package / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return package


def read(root: Path, contents: Mapping[str, str | bytes | None]) -> Package:
    return read_package(build(root, contents))
