"""A worker is killed while it works: nothing is lost. `tests/stress/test_crash.py` does so for minutes."""

from pathlib import Path

import docker
from tests.harness.containers import orphans
from tests.harness.crash.field import Field, check_one_result
from tests.harness.crash.worker_process import NOOP
from tests.harness.store_claims.values import new_submission, submit_all
from tests.harness.waiting import wait_for
from zuko.submissions.model import FailureReason, State
from zuko.submissions.parts import divide


def test_what_a_killed_worker_had_is_done_by_another(tmp_path: Path, docker_client: docker.DockerClient) -> None:
    codes = [(NOOP, f"sleep 0.4 {number}") for number in range(24)]
    codes += [("python", f"import time; time.sleep(0.3); print({number}, end='')") for number in range(4)]
    many = [
        new_submission(language=language, needs=(language,), request=divide({"language": "python", "code": code})[0])
        for language, code in codes
    ]
    with Field(f"sqlite:///{tmp_path / 'submissions.db'}", tmp_path, lease_s=1.5) as field:
        workers = [field.worker(NOOP, 4), field.worker("real", 1)]
        wait_for(lambda: sum(bool(each.languages) for each in field.store.workers()) == len(workers), 60, "workers")
        submit_all(field.store, many)
        wait_for(lambda: field.attempts_at_work().keys() >= {each.pid for each in workers}, 60, "claims of both")
        for worker in workers:
            field.kill(worker)
        field.worker(NOOP, 4)
        field.worker("real", 1)
        field.wait_until_done([each.id for each in many], 60)
        for each in many[:24]:
            check_one_result(field, each)
        assert any(len(field.store.attempts("", each.id) or ()) > 1 for each in many)
    wait_for(lambda: not orphans(docker_client), 15, "every sandbox of a killed worker to end")


def test_what_a_killed_worker_had_claimed_ahead_is_done_once(tmp_path: Path) -> None:
    """It was given to no sandbox, and still is a loss: no one else knows that."""
    many = [
        new_submission(
            language=NOOP,
            needs=(NOOP,),
            request=divide({"language": "python", "code": f"sleep 0.01 {number}"})[0],
        )
        for number in range(400)
    ]
    with Field(f"sqlite:///{tmp_path / 'submissions.db'}", tmp_path, lease_s=1.5) as field:
        submit_all(field.store, many)
        worker = field.worker(NOOP, 1)
        wait_for(lambda: field.store.depth().running >= 4, 60, "claims ahead of one slot", field.tail)
        field.kill(worker)
        had = field.store.depth().running
        assert had >= 2
        field.worker(NOOP, 2)
        field.wait_until_done([each.id for each in many], 60)
        attempts = [field.store.attempts("", each.id) or [] for each in many]
        for each in many:
            check_one_result(field, each)
        # Those that another one gives back, as it has no slot for what was lost before, count nothing.
        lost = [[attempt.reason for attempt in each].count(FailureReason.WORKER_LOST) for each in attempts]
        assert sum(lost) == had
        assert max(lost) == 1
        assert {attempt.state for each in attempts for attempt in each[:-1]} == {State.QUEUED}
