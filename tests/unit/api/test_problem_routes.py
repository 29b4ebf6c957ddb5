"""The routes of stored problems over a file of SQLite: each test is the worker."""

import asyncio
import io
import tarfile
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.harness.problem_store import write_package
from tests.harness.route_claims.problems import (
    PROBLEMS,
    api,
    begin,
    claims,
    error,
    look,
    package,
    packed,
    result,
    with_a_problem,
)
from tests.harness.stored import StoredApi
from zuko.api import package_body
from zuko.problem import Verdict
from zuko.submissions.model import State
from zuko.submissions.sqlite import SqliteStore


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
        is_read, go_on = asyncio.Event(), asyncio.Event()

        async def held() -> AsyncIterator[bytes]:
            yield content[:1]
            is_read.set()
            await go_on.wait()
            yield content[1:]

        first = asyncio.ensure_future(stored.send("PUT", f"{PROBLEMS}/a", content=held()))
        await is_read.wait()
        second = await stored.send("PUT", f"{PROBLEMS}/b", content=content)
        go_on.set()
        return [await first, second]

    first, second = asyncio.run(both())
    assert first.status_code == 201
    assert (second.status_code, second.json()["reason"]) == (503, "no_capacity")
    assert stored.call("PUT", f"{PROBLEMS}/b", content=content).status_code == 201


# --- verification ---------------------------------------------------------------------------------------------------


@pytest.fixture
def verified(store: SqliteStore, tmp_path: Path) -> StoredApi:
    return with_a_problem(store, tmp_path)


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
