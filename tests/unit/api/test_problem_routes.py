"""The routes of stored problems over a file of SQLite: each test is the worker."""

import asyncio
import io
import tarfile
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.harness.problem_store import write_package
from tests.harness.stored import StoredApi
from zuko.api import package_body
from zuko.problem import CaseResult, Judgement, Verdict
from zuko.submissions.claims import SUBMISSION
from zuko.submissions.model import Claim, State
from zuko.submissions.sqlite import SqliteStore
from zuko.wire.judge import JudgeResponse
from zuko.wire.problems import ProblemResponse, VerificationResponse

PROBLEMS: Final = "/api/v1/problems"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "submissions.db")
    store.open()
    yield store
    store.close()


def api(store: SqliteStore, tmp_path: Path, **settings: Any) -> StoredApi:
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


def test_a_problem_and_its_versions(store: SqliteStore, tmp_path: Path) -> None:
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


def test_an_error_names_its_place(store: SqliteStore, tmp_path: Path) -> None:
    sums = package(tmp_path / "sums")
    (sums / "data/secret/1.ans").unlink()
    response = api(store, tmp_path).call("PUT", f"{PROBLEMS}/sums", content=packed(sums))
    assert error(response) == (422, ["body", "data/secret/1.ans"], "problem")
    assert response.json()["detail"][0]["msg"].startswith("data/secret/1.ans: ")


async def slowly(content: bytes, pause_s: float) -> AsyncIterator[bytes]:
    for at in range(0, len(content), 100):
        yield content[at : at + 100]
        await asyncio.sleep(pause_s)


def test_a_body_that_takes_too_long(store: SqliteStore, tmp_path: Path) -> None:
    stored = api(store, tmp_path, package_timeout_s=0.1)
    response = stored.call("PUT", f"{PROBLEMS}/sums", content=slowly(b"\0" * 1000, 0.05))
    assert error(response) == (408, ["body"], "body_too_slow")
    assert response.headers["connection"] == "close"


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large(store: SqliteStore, tmp_path: Path, *, declared: bool) -> None:
    content = b"\0" * 2000
    response = api(store, tmp_path, package_limit_bytes=1500).call(
        "PUT", f"{PROBLEMS}/sums", content=content if declared else slowly(content, 0)
    )
    assert error(response) == (413, ["body"], "body_too_large")


def test_packages_do_not_count_among_bodies_in_memory(store: SqliteStore, tmp_path: Path) -> None:
    sums = package(tmp_path / "sums")
    (sums / "attachments").mkdir()
    (sums / "attachments/noise").write_bytes(bytes((at * at) % 251 for at in range(200_000)))
    limits = {"body_limit_bytes": 80_000, "judge_body_limit_bytes": 80_000, "bodies_limit_bytes": 80_000}
    sizes = {"code_limit_bytes": 10_000, "input_limit_bytes": 10_000}
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.add(sums, "sums")
    response = api(store, tmp_path, **limits, **sizes).call("PUT", f"{PROBLEMS}/sums", content=content.getvalue())
    assert response.status_code == 201, response.text


def test_too_many_at_a_time(store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_body, "UPLOADS_MAX", 1)
    stored = api(store, tmp_path)
    content = packed(package(tmp_path / "sums"))

    async def both() -> list[httpx2.Response]:
        first = asyncio.ensure_future(stored.send("PUT", f"{PROBLEMS}/a", content=slowly(content, 0.05)))
        await asyncio.sleep(0.1)
        second = await stored.send("PUT", f"{PROBLEMS}/b", content=content)
        return [await first, second]

    first, second = asyncio.run(both())
    assert first.status_code == 201
    assert (second.status_code, second.json()["reason"]) == (503, "no_capacity")
    assert stored.call("PUT", f"{PROBLEMS}/b", content=content).status_code == 201


# --- judging by a problem -------------------------------------------------------------------------------------------


def test_a_submission_has_the_version_of_its_time(store: SqliteStore, tmp_path: Path) -> None:
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


# --- verification ---------------------------------------------------------------------------------------------------


def result(verdict: Verdict, time_ms: float = 10) -> str:
    reason = "" if verdict is Verdict.AC else "a token differs"
    case = CaseResult("secret/1", None, verdict, reason, round(time_ms * 1e6), 1, 1 << 20)
    return JudgeResponse.from_judgement(
        Judgement(verdict, reason, None, None, (case,)), compiled=False
    ).model_dump_json()


def begin(stored: StoredApi) -> VerificationResponse:
    response = stored.call("POST", f"{PROBLEMS}/sums/verify")
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
    return found


@pytest.fixture
def verified(store: SqliteStore, tmp_path: Path) -> StoredApi:
    stored = api(store, tmp_path)
    assert stored.call("PUT", f"{PROBLEMS}/sums", content=packed(package(tmp_path / "sums"))).status_code == 201
    return stored


def test_a_verification_is_what_its_submissions_are(verified: StoredApi) -> None:
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


def test_what_has_no_result(verified: StoredApi) -> None:
    begun = begin(verified)
    claimed = claims(verified)
    hold = claimed["accepted/add.py"].hold
    verified.store.finish(hold, State.FAILED, reason="refused", message="its limits are too high here")
    verified.call("DELETE", f"/{claimed['wrong_answer/four.py'].hold.id}")
    verified.store.finish(claimed["wrong_answer/four.py"].hold, State.CANCELLED)
    done = look(verified, begun)
    assert (done.state, done.ok) == ("done", None)
    assert [each.message for each in done.submissions] == ["its limits are too high here", "cancelled"]
    assert verified.call("DELETE", f"/{hold.id}").status_code == 204
    assert look(verified, begun).submissions[0].message == "its submission was removed"


def test_waiting_for_a_verification(verified: StoredApi) -> None:
    begun = begin(verified)
    assert look(verified, begun, wait=0.05).state == "running"
    claimed = claims(verified)

    def finish() -> None:
        for path, verdict in (("accepted/add.py", Verdict.AC), ("wrong_answer/four.py", Verdict.WA)):
            verified.store.finish(claimed[path].hold, State.DONE, result=result(verdict))

    later = threading.Timer(0.3, finish)
    later.start()
    assert look(verified, begun, wait=30).state == "done"
    later.join()


def test_verifications_that_do_not_exist(verified: StoredApi) -> None:
    begun = begin(verified)
    for path in (f"{PROBLEMS}/other/verifications/{begun.id}", f"{PROBLEMS}/sums/verifications/other"):
        assert error(verified.call("GET", path)) == (404, ["path", "id"], "not_found")
    verified.call("DELETE", f"{PROBLEMS}/sums")
    assert error(verified.call("GET", begun.url)) == (404, ["path", "name"], "not_found")


def test_a_verification_waits_behind_other_submissions(verified: StoredApi) -> None:
    begin(verified)
    submission_id = verified.submit({"language": "python", "code": "print(3)", "problem": "sums"})
    assert verified.claim().hold.id == submission_id


def test_a_problem_without_a_submission_that_can_be_run(store: SqliteStore, tmp_path: Path) -> None:
    stored = api(store, tmp_path)
    sums = write_package(tmp_path / "sums")
    (sums / "submissions/accepted/add.py").rename(sums / "submissions/accepted/add.py2")
    stored.call("PUT", f"{PROBLEMS}/sums", content=packed(sums))
    assert error(stored.call("POST", f"{PROBLEMS}/sums/verify"))[:2] == (422, ["body", "problem"])
