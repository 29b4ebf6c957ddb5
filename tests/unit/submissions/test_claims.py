"""A package's own submissions as stored ones: what is sent, and what holds of the results."""

from pathlib import Path

import pytest

from tests.harness.problem_store import write_package
from zuko.package import read_package
from zuko.problem import CaseResult, GroupResult, Judgement, Problem, ProblemLimits, Verdict
from zuko.settings import Settings
from zuko.submissions.claims import Claimant, contradictions, judgement_of, read_claims, warnings
from zuko.submissions.model import ProblemRef
from zuko.wire.judge import JudgeRequest, JudgeResponse

SUMS = ProblemRef("sums", 3)
SECOND = Problem("sums", (), ProblemLimits(1000, 3000, 1 << 28))


def claims(package: Path, **settings: int) -> tuple[dict[str, Claimant], dict[str, JudgeRequest]]:
    found, requests = read_claims(read_package(package), SUMS, Settings(**settings))
    assert found.problem.cases == ()
    return {claimant.path: claimant for claimant in found.submissions}, requests


def judged(*cases: tuple[Verdict, int]) -> Judgement:
    results = tuple(
        CaseResult(f"secret/{number}", "secret", verdict, "" if verdict is Verdict.AC else "a token differs", ms, ms, 1)
        for number, (verdict, ms) in enumerate(((verdict, ms * 1_000_000) for verdict, ms in cases), 1)
    )
    worst = next((case for case in results if case.verdict is not Verdict.AC), None)
    return Judgement(worst.verdict if worst else Verdict.AC, worst.reason if worst else "", None, None, results)


def test_a_submission_is_sent_with_all_cases(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    more = package / "submissions/wrong_answer/many"
    more.mkdir(parents=True)
    (more / "main.py").write_text("import other\n")
    (more / "other.py").write_text("print(4)\n")
    found, requests = claims(package)
    assert list(found) == list(requests) == ["accepted/add.py", "wrong_answer/many"]
    request = requests["wrong_answer/many"]
    assert (request.language, request.code, request.problem) == ("python", "import other\n", "sums@3")
    assert [(file.name, file.content) for file in request.files] == [("other.py", "print(4)\n")]
    assert request.stop_at_failure is False
    assert found["accepted/add.py"].language == "python"
    assert found["accepted/add.py"].reason == ""


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("old.py2", b"print 3", "not supported"),
        ("latin.py", b"# caf\xe9\n", "is not UTF-8"),
        ("large.py", b"#" * 2000, "code is larger than 1024 bytes"),
    ],
)
def test_one_that_cannot_be_sent_says_why(tmp_path: Path, name: str, content: bytes, text: str) -> None:
    package = write_package(tmp_path)
    (package / "submissions/accepted" / name).write_bytes(content)
    found, requests = claims(package, code_limit_bytes=1024)
    assert text in found[f"accepted/{name}"].reason
    assert list(requests) == ["accepted/add.py"]


def test_one_that_the_package_does_not_allow_is_judged(tmp_path: Path) -> None:
    yaml = "problem_format_version: 2025-09\nname: S\nuuid: 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed\nlanguages: [cpp]\n"
    found, requests = claims(write_package(tmp_path, yaml=yaml, time_limit=""))
    claimant = found["accepted/add.py"]
    assert list(requests) == ["accepted/add.py"]
    assert contradictions(claimant, judged((Verdict.AC, 1))) == ("it is in Python; problem.yaml, languages: cpp",)


def test_claims_are_compared(tmp_path: Path) -> None:
    claimant = claims(write_package(tmp_path))[0]["accepted/add.py"]
    assert contradictions(claimant, judged((Verdict.AC, 1), (Verdict.AC, 1))) == ()
    (sentence,) = contradictions(claimant, judged((Verdict.AC, 1), (Verdict.WA, 1)))
    assert sentence == "accepted: secret/2 is WA, expected AC (a token differs)"
    assert warnings(claimant, judged((Verdict.AC, 400)), SECOND) == ()
    assert warnings(claimant, judged((Verdict.AC, 600)), SECOND) == ("it needs 60% of the time limit, more than 50%",)


def test_a_response_has_all_that_claims_are_about() -> None:
    cases = (
        CaseResult("a", None, Verdict.AC, "", 1_000_000, 2_000_000, 1 << 20, points=2.0, message="well done"),
        CaseResult("b", "g", Verdict.WA, "a token differs", None, 1_000_000, None, diff="line 1", borderline=True),
    )
    groups = (GroupResult("g", Verdict.WA, 0.0, 5.0), GroupResult("h", None, 0.0, None))
    whole = Judgement(Verdict.WA, "a token differs", 2.0, 7.0, cases, groups, ("c",), "b", "warning: x")
    response = JudgeResponse.from_judgement(whole, compiled=True).model_dump(mode="json")
    assert judgement_of(response) == whole
    unscored = Judgement(Verdict.CE, "it does not compile", None, None, skipped=("c",))
    assert judgement_of(JudgeResponse.from_judgement(unscored, compiled=True).model_dump(mode="json")) == unscored
