"""The claims of Judge0's façade, for every store: its submissions are stored ones, with metadata and labels."""

from tests.harness.judge0 import UNKNOWN, Judge0
from zuko.submissions.store import Store

_ADMIN = {"X-Auth-User": "root"}


def a_judge0_submission_is_stored_listed_and_deleted(store: Store) -> None:
    """Submit with a large expected output, which is a part, and two runs, which are two submissions of ours."""
    judge0 = Judge0(store)
    expected = "1\n" + " \n" * 4000
    token = judge0.submit(expected_output=expected, number_of_runs=2, stdin="x" * 4000)
    assert judge0.shown(token)["status"]["id"] == 1
    judge0.finish()
    judge0.finish()
    again = Judge0(store)  # another process
    ended = again.shown(token, "?fields=status_id,stdout,expected_output,stdin")
    assert ended == {"status_id": 3, "stdout": "1\n", "expected_output": expected, "stdin": "x" * 4000}
    listed = again.call("GET", "/submissions?fields=token", headers=_ADMIN).json()
    assert listed["submissions"] == [{"token": token}]
    assert listed["meta"]["total_count"] == 1
    batch = again.call("GET", f"/submissions/batch?tokens={UNKNOWN},{token}&fields=status_id").json()
    assert batch == {"submissions": [None, {"status_id": 3}]}
    assert again.call("DELETE", f"/submissions/{token}", headers=_ADMIN).status_code == 200
    assert again.call("GET", f"/submissions/{token}").status_code == 404
