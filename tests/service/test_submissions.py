"""Stored submissions of real servers: killed, started again, two on one file, drained; and the command line."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.harness.command import zuko
from tests.harness.preloaded import Preloaded
from tests.harness.server import Server
from tests.harness.waiting import wait_for

SUBMISSIONS: Final = "/api/v1/submissions"
ECHO: Final = {"language": "python", "code": "print(input())", "input_data": "hello"}
SLOW_CASE: Final = "import time; time.sleep(0.5); print(input())"

type Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers on one file, which end with the test."""
    servers: list[Server] = []

    def begin(**env: str) -> Server:
        server = Server({"ZUKO_STORE": f"sqlite:///{tmp_path / 'submissions.db'}", "ZUKO_CONCURRENCY": "2", **env})
        servers.append(server.__enter__())
        return server.wait_ready()

    yield begin
    for server in servers:
        server.__exit__()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Return two servers on one file; the second one does no submissions itself."""
    store = f"sqlite:///{tmp_path_factory.mktemp('pair') / 'submissions.db'}"
    env = {"ZUKO_STORE": store, "ZUKO_CONCURRENCY": "2"}
    with Server(env) as first, Server({**env, "ZUKO_WORKER_SLOTS": "0"}) as second:
        yield first.wait_ready(), second.wait_ready()


@pytest.fixture(scope="module")
def server(pair: tuple[Server, Server]) -> Server:
    """Return a server that a test does not end."""
    return pair[0]


def judged(cases: int, code: str = SLOW_CASE) -> dict[str, Any]:
    return {
        "language": "python",
        "code": code,
        "cases": [{"input": f"{number}\n", "output": f"{number}\n"} for number in range(cases)],
        "workers": 1,
    }


def submit(server: Server, body: dict[str, Any], **headers: str) -> str:
    response = server.client.post(SUBMISSIONS, json=body, headers=headers)
    assert response.status_code == 202, response.text
    submission_id: str = response.json()["id"]
    return submission_id


def ended(server: Server, submission_id: str) -> dict[str, Any]:
    """Return a submission at its end."""
    found: dict[str, Any] = {"state": "queued"}
    for _ in range(4):
        found = server.client.get(f"{SUBMISSIONS}/{submission_id}?wait=25").json()
        if found["state"] not in ("queued", "running"):
            break
    return found


def test_a_submission_outlives_a_server_that_is_killed(start: Start) -> None:
    """What waits, what runs and what has ended: one result of each, at the next server."""
    server = start()
    done = submit(server, ECHO)
    assert ended(server, done)["result"]["stdout"] == "hello\n"
    running = [submit(server, judged(4)) for _ in range(2)]
    waiting = submit(server, {**ECHO, "input_data": "later"}, **{"Idempotency-Key": "k"})
    state = f"{SUBMISSIONS}/{running[0]}"
    wait_for(lambda: server.client.get(state).json()["state"] == "running", 30, "a submission that runs")
    server.process.kill()
    server.process.wait()
    again = start()
    assert again.client.get(f"{SUBMISSIONS}/{done}").json()["result"]["stdout"] == "hello\n"
    assert submit(again, {**ECHO, "input_data": "later"}, **{"Idempotency-Key": "k"}) == waiting
    assert ended(again, waiting)["result"]["stdout"] == "later\n"
    for submission_id in running:
        found = ended(again, submission_id)
        assert (found["state"], found["result"]["verdict"]) == ("done", "AC")
    lost = again.client.get(f"{SUBMISSIONS}/{running[0]}/attempts").json()["attempts"]
    assert [each["state"] for each in lost] == ["lost", "done"]


def events(server: Server, submission_id: str, last: str | None = None, stop_after: int = 999) -> list[tuple[str, str]]:
    """Return the ids and kinds of events; close the stream after some."""
    headers = {} if last is None else {"last-event-id": last}
    found: list[tuple[str, str]] = []
    path = f"{SUBMISSIONS}/{submission_id}/events"
    with server.client.stream("GET", path, headers=headers, timeout=60) as response:
        assert response.status_code == 200
        fields: dict[str, str] = {}
        for line in response.iter_lines():
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "event" in fields:
                found.append((fields["id"], fields["event"]))
                fields = {}
                if len(found) == stop_after:
                    break
    return found


def test_a_broken_stream_goes_on_at_another_process(pair: tuple[Server, Server]) -> None:
    """It hears of the events through the file."""
    first, second = pair
    submission_id = submit(second, judged(5))
    begun = events(first, submission_id, stop_after=3)
    assert begun == [("1.0", "attempt"), ("1.1", "case"), ("1.2", "case")]
    began = time.monotonic()
    rest = events(second, submission_id, last="1.2")
    assert rest == [("1.3", "case"), ("1.4", "case"), ("1.5", "case"), ("1.end", "submission")]
    assert time.monotonic() - began < 10
    response = second.client.get(f"{SUBMISSIONS}/{submission_id}/events", headers={"last-event-id": "1.end"})
    assert response.status_code == 204


def test_events_come_when_cases_end(server: Server) -> None:
    """Not together at the end."""
    submission_id = submit(server, judged(4))
    at = []
    with server.client.stream("GET", f"{SUBMISSIONS}/{submission_id}/events", timeout=60) as response:
        at = [time.monotonic() for line in response.iter_lines() if line == "event: case"]
    assert len(at) == 4
    assert at[-1] - at[0] > 1.0


def test_waits_and_streams_end_at_a_drain(start: Start) -> None:
    """At once: the server ends when its running submission does, and not when the wait would."""
    server = start(ZUKO_DRAIN_TIMEOUT_S="20")
    submission_id = submit(server, judged(2, "import time; time.sleep(1); print(input())"))
    path = f"{SUBMISSIONS}/{submission_id}"
    wait_for(lambda: server.client.get(path).json()["state"] == "running", 20, "the submission to run")

    def wait() -> tuple[int, str, float]:
        response = httpx2.get(f"{server.url}{path}?wait=60", timeout=90)
        return response.status_code, response.json()["state"], time.monotonic()

    def follow() -> tuple[int, float]:
        response = httpx2.get(f"{server.url}{path}/events", timeout=90)
        return response.status_code, time.monotonic()

    with ThreadPoolExecutor() as pool:
        waiting, following = pool.submit(wait), pool.submit(follow)
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        signalled = time.monotonic()
        status_code, state, waited_to = waiting.result(30)
        stream_code, streamed_to = following.result(30)
    assert (status_code, state, stream_code) == (200, "running", 200)
    assert max(waited_to, streamed_to) - signalled < 1.0
    assert server.process.wait(30) in (0, -signal.SIGTERM)


def test_a_running_submission_is_cancelled(server: Server) -> None:
    submission_id = submit(server, {"language": "python", "code": "while True: pass", "timeout": 20})
    path = f"{SUBMISSIONS}/{submission_id}"
    wait_for(lambda: server.client.get(path).json()["state"] == "running", 20, "the submission to run")
    assert server.client.delete(path).status_code == 202
    began = time.monotonic()
    assert ended(server, submission_id)["state"] == "cancelled"
    assert time.monotonic() - began < 6
    assert server.client.delete(path).status_code == 204


def test_a_key_raced_at_two_processes_stores_one(pair: tuple[Server, Server]) -> None:
    barrier = threading.Barrier(10)

    def send(number: int) -> str:
        barrier.wait()
        return submit(pair[number % 2], ECHO, **{"Idempotency-Key": "k"})

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(send, range(10)))) == 1


def test_a_batch_that_comes_to_one_process_is_done_by_another(pair: tuple[Server, Server]) -> None:
    batch = {"submissions": [{**ECHO, "input_data": str(number)} for number in range(30)]}
    stored = pair[1].client.post(f"{SUBMISSIONS}/batch", json=batch).json()["submissions"]
    results = [ended(pair[1], each["id"])["result"]["stdout"] for each in stored]
    assert results == [f"{number}\n" for number in range(30)]


def test_the_event_loop_goes_on_while_submissions_are_large(server: Server) -> None:
    """Admission and storing of 30 MB are done in a thread."""
    body = json.dumps({**judged(1, "print(1)"), "cases": [{"input": "x" * 10_000_000, "output": "1\n"}] * 3})
    slowest = 0.0
    with ThreadPoolExecutor() as pool:
        sending = pool.submit(
            httpx2.post,
            f"{server.url}{SUBMISSIONS}",
            content=body,
            headers={"content-type": "application/json"},
            timeout=60,
        )
        while not sending.done():
            began = time.monotonic()
            assert server.get_status("/healthz") == 200
            slowest = max(slowest, time.monotonic() - began)
    assert sending.result().status_code == 202
    assert slowest < 1.0


# --- the command line ---------------------------------------------------------------------------------------------


def call(server: Server, *arguments: object, code: int = 0) -> str:
    """Return what `zuko submissions` prints."""
    result = zuko("submissions", *arguments, ZUKO_URL=server.url)
    assert result.returncode == code, result.stderr
    return (result.stdout if code in (0, 1) else result.stderr).decode()


def test_the_command_line_does_all_of_it(server: Server, tmp_path: Path) -> None:
    program = tmp_path / "sum.py"
    program.write_text("print(sum(map(int, input().split())))\n")
    cases = tmp_path / "cases"
    cases.mkdir()
    for number, answer in ((1, 2), (2, 4), (3, 7)):
        (cases / f"{number}.in").write_text(f"{number} {number}\n")
        (cases / f"{number}.ans").write_text(f"{answer}\n")
    limits = ("--time-limit", 3000, "--wall-time-limit", 4000, "--memory-limit", 131072, "--priority", 1)
    followed = call(server, "submit", program, "--cases", cases, *limits, "--label", "team=7", "--follow")
    lines = [line.split() for line in followed.splitlines()]
    assert sorted(line[0] for line in lines[:3]) == ["AC", "AC", "WA"]  # two are judged at a time
    assert [line[0] for line in lines[3:]] == [lines[3][0], "WA"]
    assert lines[3][1:] == ["done", "judge", "python"]
    judged_id = lines[3][0]
    run_id = call(server, "submit", program, "-i", cases / "1.in", *limits, "--key", "sum").strip()
    assert call(server, "submit", program, "-i", cases / "1.in", *limits, "--key", "sum").strip() == run_id
    assert json.loads(call(server, "wait", run_id, "--json"))["result"]["stdout"] == "2\n"
    assert "OK" in call(server, "show", run_id)
    listed = [json.loads(line)["id"] for line in call(server, "list", "--json", "-n", 2).splitlines()]
    assert listed == [run_id, judged_id]
    assert judged_id in call(server, "list", "--label", "team=7", "--state", "done", "--kind", "judge")
    assert call(server, "rejudge", judged_id).strip() == judged_id
    assert call(server, "follow", judged_id).count("WA") == 2
    assert [json.loads(line)["number"] for line in call(server, "attempts", judged_id, "--json").splitlines()] == [1, 2]
    assert call(server, "rejudge", "--label", "team=7", "--json") == f'{{"queued": ["{judged_id}"]}}\n'
    call(server, "wait", judged_id)
    assert json.loads(call(server, "queue", "--json"))["queued"] == 0
    assert "it is done" in call(server, "cancel", run_id, code=2)
    assert "no webhook" in call(server, "resend-webhook", run_id, code=2)
    call(server, "remove", run_id)
    assert "there is no submission" in call(server, "show", run_id, code=2)
    assert "no files X.in" in call(server, "submit", program, "--cases", tmp_path / "none", code=2)
    assert "give only one" in call(server, "submit", program, "--cases", cases, "--problem", "sum", code=2)
    assert "ZUKO_WEBHOOK_SECRETS" in call(server, "submit", program, "--webhook", "https://a.example/", code=2)


def test_commands_wait_for_a_server_that_restarts(start: Start, tmp_path: Path) -> None:
    """One that waits and one that follows, while the server is killed and started again on its port."""
    server = start()
    submission_id = submit(server, judged(6))
    env = {**os.environ, "ZUKO_URL": server.url}
    commands = [
        Preloaded("zuko", "submissions", each, submission_id, "--json", env=env, stdout=subprocess.PIPE, text=True)
        for each in ("wait", "follow")
    ]
    events(server, submission_id, stop_after=3)
    server.process.kill()
    server.process.wait()
    server.start()
    try:
        waited, followed = (command.communicate(timeout=90)[0] for command in commands)
    finally:
        for command in commands:
            command.kill()
    assert json.loads(waited)["state"] == "done"
    kinds = [json.loads(line) for line in followed.splitlines()]
    assert [each["id"] for each in kinds][-1] == "2.end"
    assert [each["id"] for each in kinds if each["event"] == "attempt"] == ["1.0", "2.0"]
    assert len({each["id"] for each in kinds}) == len(kinds)
