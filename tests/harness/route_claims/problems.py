"""The claims of the routes of stored problems, for every store: a test is the worker."""

import io
import tarfile
from pathlib import Path
from typing import Any, Final

import httpx2

from tests.harness.problem_store import write_package
from tests.harness.stored import StoredApi
from zuko.problem import CaseResult, Judgement, Verdict
from zuko.submissions.claims import SUBMISSION
from zuko.submissions.model import Claim, State
from zuko.submissions.store import Store
from zuko.wire.judge import JudgeResponse
from zuko.wire.problems import ProblemResponse, VerificationResponse

PROBLEMS: Final = "/api/v1/problems"


def api(store: Store, tmp_path: Path, **settings: Any) -> StoredApi:
    return StoredApi(store, problem_cache=str(tmp_path / "cache"), **settings)


def packed(package: Path) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        archive.add(package, package.name)
    return content.getvalue()


def package(directory: Path) -> Path:
    """Write a package with a right and a wrong submission."""
    write_package(directory)
    (directory / "submissions/wrong_answer").mkdir()
    (directory / "submissions/wrong_answer/four.py").write_text("print(4)\n")
    return directory


def error(response: httpx2.Response) -> tuple[int, list[Any], str]:
    (found,) = response.json()["detail"]
    return response.status_code, found["loc"], found["type"]


def result(verdict: Verdict, time_ms: float = 10) -> str:
    reason = "" if verdict is Verdict.AC else "a token differs"
    case = CaseResult("secret/1", None, verdict, reason, round(time_ms * 1e6), 1, 1 << 20)
    return JudgeResponse.from_judgement(
        Judgement(verdict, reason, None, None, (case,)), compiled=False
    ).model_dump_json()


TRACE = f"00-{'1' * 32}-{'2' * 16}-01"


def begin(stored: StoredApi) -> VerificationResponse:
    response = stored.call("POST", f"{PROBLEMS}/sums/verify", headers={"traceparent": TRACE})
    assert response.status_code == 202, response.text
    found = VerificationResponse.model_validate_json(response.content)
    assert response.headers["location"] == found.url
    return found


def look(stored: StoredApi, begun: VerificationResponse, **query: float) -> VerificationResponse:
    response = stored.call("GET", begun.url, params=query)
    assert response.status_code == 200, response.text
    return VerificationResponse.model_validate_json(response.content)


def claims(stored: StoredApi) -> dict[str, Claim]:
    """Claim all submissions; return them by their paths in the package."""
    found = {}
    for claim in stored.store.claim("worker", None, 10):
        submission = stored.call("GET", f"/{claim.hold.id}").json()
        found[submission["labels"][SUBMISSION]] = claim
        assert claim.trace == TRACE
    return found


def a_problem_and_its_versions(store: Store, tmp_path: Path) -> None:
    stored = api(store, tmp_path)
    content = packed(package(tmp_path / "sums"))
    made = stored.call("PUT", f"{PROBLEMS}/sums", content=content)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/api/v1/problems/sums@1"
    problem = ProblemResponse.model_validate_json(made.content)
    assert (problem.title, problem.cases, problem.submissions, problem.time_limit_ms) == ("Sums", 1, 2, 1000)
    assert problem.allowed_languages is None
    same = stored.call("PUT", f"{PROBLEMS}/sums", content=content)
    assert (same.status_code, same.json()) == (200, made.json())
    for path in ("sums", "sums@1"):
        assert stored.call("GET", f"{PROBLEMS}/{path}").json() == made.json()
    for path in ("", "/sums/versions"):
        assert stored.call("GET", f"{PROBLEMS}{path}").json() == {"problems": [made.json()]}
    for method, path in (
        ("GET", "sums@2"),
        ("GET", "other"),
        ("GET", "other/versions"),
        ("DELETE", "other"),
        ("POST", "sums@2/verify"),
    ):
        assert error(stored.call(method, f"{PROBLEMS}/{path}")) == (404, ["path", "name"], "not_found")
    for path in ("sums@0", "sums@x", "SUMS", "a" * 65):
        assert error(stored.call("GET", f"{PROBLEMS}/{path}"))[:2] == (422, ["path", "name"])
    assert stored.call("DELETE", f"{PROBLEMS}/sums").status_code == 204
    assert stored.call("GET", PROBLEMS).json() == {"problems": []}


def a_submission_has_the_version_of_its_time(store: Store, tmp_path: Path) -> None:
    stored = api(store, tmp_path)
    body = {"language": "python", "code": "print(3)", "problem": "sums"}
    assert error(stored.call("POST", json=body))[:2] == (422, ["body", "problem"])
    assert error(stored.call("POST", "/api/v1/judge", json=body))[:2] == (422, ["body", "problem"])
    sums = package(tmp_path / "sums")
    stored.call("PUT", f"{PROBLEMS}/sums", content=packed(sums))
    submission_id = stored.submit(body)
    (sums / "data/secret/1.ans").write_text("4\n")
    stored.call("PUT", f"{PROBLEMS}/sums", content=packed(sums))
    assert stored.call("GET", f"/{submission_id}").json()["problem"] == "sums@1"
    claim = stored.claim()
    assert str(claim.problem) == "sums@1"


def a_verification_is_what_its_submissions_are(verified: StoredApi) -> None:
    begun = begin(verified)
    assert (begun.state, begun.ok, begun.problem) == ("running", None, "sums@1")
    assert [(each.submission, each.state, each.ok) for each in begun.submissions] == [
        ("accepted/add.py", "queued", None),
        ("wrong_answer/four.py", "queued", None),
    ]
    claimed = claims(verified)
    verified.store.finish(claimed["accepted/add.py"].hold, State.DONE, result=result(Verdict.AC, 600))
    half = look(verified, begun)
    assert (half.state, half.ok, half.submissions[0].ok) == ("running", None, True)
    assert half.submissions[0].warnings == ["it needs 60% of the time limit, more than 50%"]
    verified.store.finish(claimed["wrong_answer/four.py"].hold, State.DONE, result=result(Verdict.WA))
    done = look(verified, begun)
    assert (done.state, done.ok) == ("done", True)
    assert [each.verdict for each in done.submissions] == [Verdict.AC, Verdict.WA]

    # Judged again, a submission counts with its new result.
    again = verified.call("POST", f"/{done.submissions[1].id}/rejudge")
    assert again.status_code == 202
    assert look(verified, begun).state == "running"
    (claim,) = claims(verified).values()
    verified.store.finish(claim.hold, State.DONE, result=result(Verdict.AC))
    wrong = look(verified, begun)
    assert (wrong.state, wrong.ok) == ("done", False)
    assert wrong.submissions[1].unmet == ["wrong_answer: no case is WA, expected at least one"]


def with_a_problem(store: Store, tmp_path: Path) -> StoredApi:
    stored = api(store, tmp_path)
    assert stored.call("PUT", f"{PROBLEMS}/sums", content=packed(package(tmp_path / "sums"))).status_code == 201
    return stored


def the_storage_of_a_tenant_is_bounded(store: Store, tmp_path: Path) -> None:
    stored = api(store, tmp_path, tenant_storage_mib=1)
    content = packed(package(tmp_path / "sums"))
    assert stored.call("PUT", f"{PROBLEMS}/sums", content=content).status_code == 201
    (tmp_path / "sums/data/secret/large.in").write_text("1 2\n" * (1 << 18))
    (tmp_path / "sums/data/secret/large.ans").write_text("3\n")
    large = stored.call("PUT", f"{PROBLEMS}/large", content=packed(tmp_path / "sums"))
    assert error(large) == (413, ["body"], "storage_full")
    assert "1 MiB (ZUKO_TENANT_STORAGE_MIB)" in large.json()["detail"][0]["msg"]
    assert stored.call("GET", f"{PROBLEMS}/large").status_code == 404
    one = {"language": "python", "code": "print(1)", "cases": [{"input": "x" * (1 << 20), "output": "1"}]}
    assert error(stored.call("POST", json=one)) == (413, ["body"], "storage_full")
    assert error(stored.call("POST", "/batch", json={"submissions": [one]})) == (413, ["body"], "storage_full")
    stored.submit()  # there is room for it
