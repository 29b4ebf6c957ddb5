"""Packages of Polygon (Codeforces): `problem.xml`, checkers and validators with testlib.h, `tests/01` and `tests/01.a`.

Only full packages can be judged: others have generators instead of the tests that those make.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from zuko.errors import ProblemError
from zuko.package.expectations import ANY, Expectation
from zuko.package.files import PackageFiles
from zuko.package.programs import read_program
from zuko.package.submissions import SUBMISSIONS_MAX, PackageSubmission
from zuko.package.validators import InputValidator
from zuko.problem import (
    INPUT_MAX_BYTES,
    Aggregation,
    Convention,
    CustomChecker,
    Program,
    TestCase,
    TestGroup,
    Verdict,
)
from zuko.types import CASES_MAX, SourceFile

PROBLEM_XML: Final = "problem.xml"
VERSION: Final = "polygon"
VALID: Final = 0  # the exit code of a validator with testlib.h
_MAX_BYTES: Final = 4 << 20
_TESTSET: Final = "tests"
_AC, _WA, _TLE, _MLE, _RTE = Verdict.AC, Verdict.WA, Verdict.TLE, Verdict.MLE, Verdict.RTE
# Polygon ends at the first test that is not accepted: a tag is about that one.
_WHOLE: Final = {
    "wrong-answer": {_WA},
    "presentation-error": {_WA},
    "time-limit-exceeded": {_TLE},
    "time-limit-exceeded-or-accepted": {_TLE, _AC},
    "time-limit-exceeded-or-memory-limit-exceeded": {_TLE, _MLE},
    "memory-limit-exceeded": {_MLE},
    "failed": {_RTE, _MLE},
    "rejected": set(ANY) - {_AC} | {_MLE},
}
_TIME_LIMITS: Final = {"time-limit-exceeded": "upper"}


class Polygon:
    """The content of a package.

    Raises:
        ProblemError: something in it is wrong or not supported.
    """

    def __init__(self, files: PackageFiles) -> None:
        self._files = files
        root = _parse(files)
        self.name = root.get("short-name") or files.name
        names = root.findall("names/name")
        english = next((each for each in names if each.get("language") == "english"), names[0] if names else None)
        self.title = (None if english is None else english.get("value")) or self.name
        judging = _one(root, "judging")
        for key in ("input-file", "output-file"):
            if judging.get(key):
                raise ProblemError(PROBLEM_XML, f"{key}: submissions that read or write files are not supported")
        self._testset = _testset(judging)
        self.time_limit_ms = self._number("time-limit", 1, 3_600_000)
        self.memory_bytes = self._number("memory-limit", 1 << 20, 1 << 40)
        self._headers = tuple(self._read_headers(root))
        self._tests = self._testset.findall("tests/test")
        self.scored = any(test.get("points") for test in self._tests)
        self.groups = tuple(self._read_groups()) if self.scored else ()
        self.cases = tuple(self._read_cases())
        self.checker = CustomChecker(self._source(_one(root, "assets/checker")), convention=Convention.TESTLIB)
        interactor = root.find("assets/interactor")
        self.interactor = (
            None if interactor is None else CustomChecker(self._source(interactor), convention=Convention.TESTLIB)
        )
        self.submissions = tuple(self._read_submissions(root))
        self.input_validators = tuple(self._read_validators(root))

    def _number(self, key: str, least: int, most: int) -> int:
        text = (self._testset.findtext(key) or "").strip()
        if not (text.isascii() and text.isdecimal() and least <= int(text[:20]) <= most):
            raise ProblemError(PROBLEM_XML, f"{key}: must be a number from {least} to {most}, not {text[:40]!r}")
        return int(text)

    def _read_headers(self, root: ET.Element) -> Iterator[SourceFile]:
        """Yield testlib.h and other headers, which every program of the package may include."""
        for each in root.findall("files/resources/file"):
            path = each.get("path") or ""
            if path.endswith(".h") and self._files.is_file(path):
                yield SourceFile(PurePosixPath(path).name, self._files.read(path))

    def _read_groups(self) -> Iterator[TestGroup]:
        declared = {each.get("name"): each for each in self._testset.findall("groups/group")}
        for name in dict.fromkeys(test.get("group") for test in self._tests):
            if name is None:
                continue
            group = declared.get(name)
            whole = group is not None and group.get("points-policy") == "complete-group"
            own = [float(test.get("points") or 0) for test in self._tests if test.get("group") == name]
            dependencies = () if group is None else group.findall("dependencies/dependency")
            yield TestGroup(
                name,
                aggregation=Aggregation.PASS_FAIL if whole else Aggregation.SUM,
                points=sum(own),
                stop_at_failure=whole,
                requires=tuple(each.get("group") or "" for each in dependencies),
            )

    def _read_cases(self) -> Iterator[TestCase]:
        if len(self._tests) > CASES_MAX:
            raise ProblemError(PROBLEM_XML, f"has more than {CASES_MAX} tests")
        for number, test in enumerate(self._tests, 1):
            given, answer = (self._path(pattern, number) for pattern in ("input", "answer"))
            yield TestCase(
                name=given,
                input=self._read_test(given, INPUT_MAX_BYTES),
                answer=self._read_test(answer, INPUT_MAX_BYTES),
                points=_points(test, number) if self.scored else 0.0,
                group=test.get("group") if self.scored else None,
            )

    def _path(self, kind: str, number: int) -> str:
        pattern = (self._testset.findtext(f"{kind}-path-pattern") or "").strip()
        try:
            return pattern % number
        except (TypeError, ValueError):
            raise ProblemError(PROBLEM_XML, f"{kind}-path-pattern: must be a pattern such as tests/%02d") from None

    def _read_test(self, path: str, limit_bytes: int) -> bytes:
        if not self._files.is_file(path):
            raise ProblemError(path, "is missing: build a full package, which has the tests that generators make")
        return _lines(self._files.read(path, limit_bytes))

    def _source(self, element: ET.Element) -> Program:
        """Read the program of an element, with the package's headers if it is in C++."""
        path = _one(element, "source").get("path") or ""
        program = read_program(self._files, path)
        if program.language not in {"cpp", "c"}:
            return program
        own = {file.name for file in program.files}
        return Program(program.language, (*program.files, *(file for file in self._headers if file.name not in own)))

    def _read_submissions(self, root: ET.Element) -> Iterator[PackageSubmission]:
        solutions = root.findall("assets/solutions/solution")
        if len(solutions) > SUBMISSIONS_MAX:
            raise ProblemError(PROBLEM_XML, f"has more than {SUBMISSIONS_MAX} solutions")
        for each in solutions:
            path = _one(each, "source").get("path") or ""
            claims = _claims(each.get("tag") or "")
            try:
                yield PackageSubmission(path, self._source(each), "", claims)
            except ProblemError as error:
                yield PackageSubmission(path, None, str(error), claims)

    def _read_validators(self, root: ET.Element) -> Iterator[InputValidator]:
        for each in root.findall("assets/validators/validator"):
            path = _one(each, "source").get("path") or ""
            try:
                yield InputValidator(path, self._source(each), "", VALID)
            except ProblemError as error:
                yield InputValidator(path, None, str(error), VALID)


def _lines(content: bytes) -> bytes:
    """Return a test with the line ends of Unix, if all of its own are those of Windows, where Polygon judges.

    Programs read it as text there, and validators of the package ask for line ends of the system that they run on.
    """
    pairs = content.count(b"\r\n")
    is_windows = pairs > 0 and content.count(b"\n") == pairs == content.count(b"\r")
    return content.replace(b"\r\n", b"\n") if is_windows else content


def _parse(files: PackageFiles) -> ET.Element:
    try:
        text = files.read(PROBLEM_XML, _MAX_BYTES).decode("utf-8-sig")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:  # entities could expand a few lines to gigabytes
            raise ProblemError(PROBLEM_XML, "document types and entities are not supported")
        root = ET.fromstring(text)  # noqa: S314 - see above
    except UnicodeDecodeError as error:
        raise ProblemError(PROBLEM_XML, f"is not valid UTF-8 at byte {error.start}") from None
    except (ET.ParseError, ValueError) as error:
        raise ProblemError(PROBLEM_XML, f"is not valid XML: {error}") from None
    if root.tag != "problem":
        raise ProblemError(PROBLEM_XML, f"begins with <{root.tag[:40]}>, not with <problem>")
    return root


def _one(element: ET.Element, path: str) -> ET.Element:
    found = element.find(path)
    if found is None:
        raise ProblemError(PROBLEM_XML, f"<{element.tag}> has no <{path}>")
    return found


def _testset(judging: ET.Element) -> ET.Element:
    for each in judging.findall("testset"):
        if each.get("name") == _TESTSET:
            return each
    raise ProblemError(PROBLEM_XML, f"has no testset {_TESTSET!r}")


def _points(test: ET.Element, number: int) -> float:
    text = test.get("points") or "0"
    try:
        points = float(text)
    except ValueError:
        points = -1.0
    if not 0 <= points <= 1e9:
        raise ProblemError(
            PROBLEM_XML, f"test {number}: points must be a number that is not negative, not {text[:40]!r}"
        )
    return points


def _claims(tag: str) -> tuple[Expectation, ...]:
    if tag in {"main", "accepted"}:
        return (Expectation(tag, frozenset({_AC}), time_limit="lower"),)
    results = frozenset(_WHOLE.get(tag, ()))
    if not results:
        return ()
    return (Expectation(tag, results, results, whole=True, time_limit="upper" if tag in _TIME_LIMITS else None),)
