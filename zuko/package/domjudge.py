"""DOMjudge's additions to packages: `domjudge-problem.ini`, `submissions.json`, and tags in submissions.

A submission may say in a comment what DOMjudge is to make of it: `@EXPECTED_RESULTS@: CORRECT, WRONG-ANSWER`. The claim
is about the whole, which is the first case that is not accepted.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from zuko.errors import ProblemError
from zuko.package.expectations import Expectation
from zuko.package.files import PackageFiles
from zuko.problem import Verdict
from zuko.types import SourceFile

INI: Final = "domjudge-problem.ini"
SUBMISSIONS_JSON: Final = "submissions.json"
_INI_MAX_BYTES: Final = 64 << 10
_LINE: Final = re.compile(r"\s*([A-Za-z_-]+)\s*=\s*(.*?)\s*")
_TAG: Final = re.compile(rb"@EXPECTED_RESULTS@: *([^\r\n]*)")
_ANY_PATH: Final = "submissions/"

# Results by their names in DOMjudge, with those of folders.
_RESULTS: Final[Mapping[str, Verdict]] = {
    "CORRECT": Verdict.AC,
    "ACCEPTED": Verdict.AC,
    "WRONG-ANSWER": Verdict.WA,
    "NO-OUTPUT": Verdict.WA,
    "TIMELIMIT": Verdict.TLE,
    "TIME-LIMIT-EXCEEDED": Verdict.TLE,
    "RUN-ERROR": Verdict.RTE,
    "RUN-TIME-ERROR": Verdict.RTE,
    "MEMORY-LIMIT": Verdict.MLE,
    "OUTPUT-LIMIT": Verdict.OLE,
    "COMPILER-ERROR": Verdict.CE,
}


@dataclass(frozen=True, slots=True)
class Ini:
    """The settings of domjudge-problem.ini that judging depends on."""

    name: str | None = None
    time_limit: str | None = None  # seconds
    special: str | None = None  # the key of a program that the package does not contain


NO_INI: Final = Ini()


def read_ini(files: PackageFiles) -> Ini:
    """Read the settings; the file may be missing."""
    if not files.is_file(INI):
        return NO_INI
    text = files.read(INI, _INI_MAX_BYTES).decode(errors="replace").removeprefix("\ufeff")
    found = (_LINE.fullmatch(line) for line in text.splitlines())
    values = {match[1].lower(): match[2].strip("\"'") for match in found if match}
    special = next((key for key in ("special_compare", "special_run") if values.get(key)), None)
    return Ini(values.get("name") or None, values.get("timelimit") or None, special)


def read_entry_points(files: PackageFiles, notes: list[str]) -> Mapping[str, str]:
    """Return the entry points of submissions.json, by the path below submissions/."""
    if not files.is_file(SUBMISSIONS_JSON):
        return {}
    try:
        root = json.loads(files.read(SUBMISSIONS_JSON, _INI_MAX_BYTES))
    except (ValueError, RecursionError):
        notes.append(f"{SUBMISSIONS_JSON}: is not valid JSON, and is ignored")
        return {}
    entries = root.items() if isinstance(root, dict) else ()
    return {
        path.removeprefix(_ANY_PATH).rstrip("/"): details["entry_point"]
        for path, details in entries
        if isinstance(details, dict) and isinstance(details.get("entry_point"), str)
    }


def tagged(program: Iterable[SourceFile], path: str) -> Expectation | None:
    """Return the claim of the tag in a submission; None: there is none, or none that can be checked.

    Raises:
        ProblemError: there is more than one.
    """
    tags = [tag for file in program for tag in _TAG.findall(file.content)]
    if len(tags) > 1:
        raise ProblemError(path, "has more than one @EXPECTED_RESULTS@")
    names = (
        [name.strip().upper().replace("_", "-") for name in tags[0].decode(errors="replace").split(",")] if tags else []
    )
    results = frozenset(_RESULTS[name] for name in names if name in _RESULTS)
    return Expectation("@EXPECTED_RESULTS@", results, results, whole=True) if results else None
