"""The client against a real service with a real engine: both faces, and the commands that use it."""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests import ROOT
from tests.harness.command import zuko
from tests.harness.problem_store import write_package
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.client import (
    AsyncClient,
    AttemptBegun,
    CaseEnded,
    Client,
    ConflictError,
    MissingError,
    OutputPart,
    RefusedError,
    SubmissionEnded,
    submission,
)
from zuko.errors import ProblemError, SubmissionError
from zuko.problem import Verdict
from zuko.wire.execute import ExecuteResponse
from zuko.wire.judge import JudgeResponse

SUM: Final = "print(sum(map(int, input().split())))\n"
CASES: Final = [("1 2\n", "3\n"), ("2 2\n", "5\n")]
FOREVER: Final = "while True: pass"
Check = Callable[[Any], Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = tmp_path_factory.mktemp("client")
    env = {"ZUKO_STORE": f"sqlite:///{place}/store.db", "ZUKO_PROBLEM_CACHE": str(place / "cache")}
    with Server({**env, "ZUKO_CONCURRENCY": "2", "ZUKO_READY_SANDBOXES": "1"}) as server:
        yield server.wait_ready()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.url) as client:
        yield client


def with_async(server: Server, use: Callable[[AsyncClient], Any]) -> Any:
    async def run() -> Any:
        async with AsyncClient(server.url) as client:
            return await use(client)

    return asyncio.run(run())


def test_a_program_is_run(server: Server, client: Client) -> None:
    code = "import sys; print(sys.argv[1], open('a/b.txt').read(), sys.stdin.buffer.read())"
    options: dict[str, Any] = {"args": ["x"], "files": {"a/b.txt": "y"}, "input_data": b"\xff", "time_limit_ms": 2000}
    found = client.run("python", code, **options)
    assert (found.status, found.stdout) == ("OK", "x y b'\\xff'\n")
    assert with_async(server, lambda zuko: zuko.run("python", code, **options)).stdout == found.stdout
    limits = client.languages().limits
    with pytest.raises(RefusedError, match=str(limits.timeout_max_s)) as raised:
        client.run("python", "", timeout=limits.timeout_max_s + 1)
    assert (raised.value.field, raised.value.reason) == ("timeout", "out_of_bounds")


def test_outputs_come_while_the_program_runs(server: Server, client: Client) -> None:
    code = "import time\nfor i in range(2): print(i, flush=True); time.sleep(0.5)"
    seen = []
    for event in client.run_events("python", code):
        seen.append((time.monotonic(), event))
    assert [event.data for _, event in seen if isinstance(event, OutputPart)] == ["0\n", "1\n"]
    assert seen[-1][0] - seen[0][0] > 0.7
    assert isinstance(seen[-1][1], ExecuteResponse)
    assert seen[-1][1].stdout == "0\n1\n"
    (unknown,) = client.run_events("cobol-85", "x")
    assert isinstance(unknown, ExecuteResponse)
    assert unknown.reason == "unsupported_language"

    async def leave(zuko: AsyncClient) -> None:
        events = zuko.run_events("python", f"print(1, flush=True)\n{FOREVER}", timeout=20)
        assert await anext(events) == OutputPart("stdout", "1\n")
        await events.aclose()

    with_async(server, leave)
    wait_for(lambda: server.client.get("/readyz").json()["sandboxes_busy"] == 0, 5, "the sandbox to be idle")


def test_cases_come_as_they_end(server: Server, client: Client) -> None:
    *cases, judgement = client.judge_events("python", SUM, cases=CASES, workers=1)
    assert [case.verdict for case in cases] == [Verdict.AC, Verdict.WA]
    assert isinstance(judgement, JudgeResponse)
    assert judgement.verdict is Verdict.WA
    seen: list[Any] = []
    judged = with_async(server, lambda zuko: zuko.judge("python", SUM, cases=CASES, on_case=seen.append))
    assert judged.verdict is Verdict.WA
    assert len(seen) == 2


def test_a_judging_that_is_left_ends(server: Server, client: Client) -> None:
    """The program would run for 20 s more."""
    code = f"if input() == '2':\n    {FOREVER}\nprint(1)"
    options: dict[str, Any] = {"cases": [("1", "1"), ("2", "1")], "workers": 1, "time_limit_ms": 9000}
    events = client.judge_events("python", code, wall_time_limit_ms=20_000, **options)
    assert next(events).verdict is Verdict.AC
    events.close()  # type: ignore[attr-defined]  # it is a generator
    wait_for(lambda: server.client.get("/readyz").json()["sandboxes_busy"] == 0, 5, "the sandbox to be idle")


def test_submissions(server: Server, client: Client) -> None:
    submissions = client.submissions
    stored = submissions.submit("python", SUM, cases=CASES, labels={"by": "client"}, key="once")
    assert submissions.submit("python", SUM, cases=CASES, labels={"by": "client"}, key="once").id == stored.id
    with pytest.raises(ConflictError, match="was used for another"):
        submissions.submit("python", "print()", key="once")
    events = list(submissions.follow(stored.id))
    assert [type(event) for event in events] == [AttemptBegun, CaseEnded, CaseEnded, SubmissionEnded]
    assert [event.id for event in events if event.id > "1.1"] == ["1.2", "1.end"]
    (last,) = submissions.follow(stored.id, after="1.2")
    assert isinstance(last, SubmissionEnded)
    assert last.submission.result is not None
    assert last.submission.result["verdict"] == "WA"
    assert submissions.rejudge(stored.id) == [stored.id]
    assert submissions.wait(stored.id).attempt == 2
    assert [attempt.number for attempt in submissions.attempts(stored.id)] == [1, 2]
    assert submissions.rejudge_all(labels={"by": "client"}, states=["done"]) == [stored.id]
    submissions.wait(stored.id)
    assert [each.id for each in submissions.list(labels={"by": "client"})] == [stored.id]
    submissions.remove(stored.id)
    with pytest.raises(MissingError, match="no submission"):
        submissions.get(stored.id)


def test_a_batch_is_waited_for_and_one_is_cancelled(server: Server) -> None:
    async def use(zuko: AsyncClient) -> list[str]:
        batch = [submission("python", f"print({number})") for number in range(3)]
        stored = await zuko.submissions.submit_batch([*batch, submission("python", FOREVER, timeout=20)])
        await zuko.submissions.cancel(stored[3].id)
        ended = await asyncio.gather(*(zuko.submissions.wait(each.id) for each in stored))
        assert [each.id async for each in zuko.submissions.list(limit=2)] == [each.id for each in stored[:1:-1]]
        return [each.state if each.result is None else each.result["stdout"] for each in ended]

    assert with_async(server, use) == ["0\n", "1\n", "2\n", "cancelled"]


def test_problems(server: Server, client: Client, tmp_path: Path) -> None:
    package = write_package(tmp_path / "sums", {"secret/1": ("1 2\n", "3\n")})
    pushed = client.problems.push(package)
    assert (pushed.problem.name, pushed.problem.version, pushed.is_new) == ("sums", 1, True)
    again = with_async(server, lambda zuko: zuko.problems.push(package, "sums"))
    assert (again.problem.version, again.is_new) == (1, False)
    assert client.problems.verify("sums").ok is True
    assert client.judge("python", SUM, problem="sums").verdict is Verdict.AC
    assert [each.name for each in client.problems.list()] == ["sums"]
    assert [each.version for each in client.problems.versions("sums")] == [1]
    client.problems.delete("sums")
    with pytest.raises(MissingError):
        client.problems.get("sums@1")
    with pytest.raises(ProblemError, match="cannot be read"):
        client.problems.push(tmp_path / "none", "sums")
    with pytest.raises(SubmissionError, match="is not a name"):
        client.problems.push(package, "Sums")


def test_run_remote(server: Server, tmp_path: Path) -> None:
    """As `zuko run`: the same bytes, the same exit code, and files."""
    program = tmp_path / "p.py"
    program.write_text(
        "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read() + b'\\xfe')\n"
        "print(sys.argv[1], file=sys.stderr)\nopen('out.bin', 'wb').write(b'\\xfd')\nsys.exit(3)\n"
    )
    remote = ("--remote", server.url)
    result = zuko("run", program, *remote, "-a", "*.bin", "--artifact-dir", tmp_path / "got", "--", "x", given=b"\xff")
    assert (result.returncode, result.stdout) == (3, b"\xff\xfe")
    assert result.stderr.startswith(b"x\nRUNTIME_ERROR  ")
    assert (tmp_path / "got" / "out.bin").read_bytes() == b"\xfd"
    program.write_text("print(1)\n")
    assert json.loads(zuko("run", program, *remote, "--json").stdout)["stdout"] == "1\n"
    refused = zuko("run", program, *remote, "--time-limit", 999_999)
    assert (refused.returncode, b"--time-limit must be from 1 to" in refused.stderr) == (2, True)
    away = zuko("run", program, "--remote", "http://127.0.0.1:1")
    assert (away.returncode, b"no service answers" in away.stderr) == (75, True)
    assert zuko("run", program, "--remote", "nowhere").stderr.startswith(b"zuko: --remote: 'nowhere' is not the URL")


def test_judge_remote(server: Server, client: Client, tmp_path: Path) -> None:
    package = write_package(tmp_path / "adding", {"secret/1": ("1 2\n", "3\n"), "secret/2": ("2 3\n", "6\n")})
    client.problems.push(package)
    solution = tmp_path / "sum.py"
    solution.write_text(SUM)
    remote = ("--remote", server.url)
    result = zuko("judge", "adding", solution, *remote)
    words = [line.split()[:2] for line in result.stdout.decode().splitlines()]
    assert result.returncode == 1, result.stderr
    assert ["secret/1", "AC"] in words
    assert ["secret/2", "WA"] in words
    assert ["WA", "Wrong"] in words
    assert json.loads(zuko("judge", "adding", solution, *remote, "--json").stdout)["verdict"] == "WA"
    missing = zuko("judge", "none", solution, *remote)
    assert (missing.returncode, b"no problem 'none'" in missing.stderr) == (2, True)


def test_the_programs_of_the_how_to_run(server: Server) -> None:
    """Each is a program of its own, as it stands there."""
    text = (ROOT / "docs" / "how-to" / "use-from-python.md").read_text()
    programs = re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    script = "\n".join(f"exec({program.replace('http://127.0.0.1:8000', server.url)!r}, {{}})" for program in programs)
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    assert len(programs) == 8
    printed = result.stdout.splitlines()
    assert printed[0].startswith("OK Hello Zuko")
    assert "timeout out_of_bounds timeout must be from 1 to 20 s" in result.stdout
    assert printed[-6:] == ["AC", "AC", "AC", "1 AC", "done", "['0\\n', '1\\n', '4\\n']"]


def test_the_reward_of_the_how_to(server: Server) -> None:
    """Two right answers of a problem, by a checker as the data set has them."""
    page = (ROOT / "docs" / "how-to" / "score-data-sets.md").read_text()
    (block,) = re.findall(r"^```python\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    defined: dict[str, Any] = {}
    exec(block, defined)
    checker = (
        "import sys\n"
        "n, output = int(open(sys.argv[1]).read()), open(sys.argv[3]).read().split()\n"
        "expected = open(sys.argv[2]).read().split()\n"
        "print(int(len(output) == 2 and sum(map(int, output)) == n == sum(map(int, expected))))\n"
    )
    tests = [{"input": f"{n}\n", "output": f"0 {n}\n"} for n in (5, 6, 7)]
    row = {"official_tests": tests, "time_limit": 1.0, "memory_limit": 256.0, "generated_checker": checker}
    plain = {**row, "generated_checker": None}
    with Client(server.url) as zuko:
        odd = "n = int(input()); print(1, n - 1 if n % 2 else 0)"
        assert defined["reward"](zuko, row, "print(1, int(input()) - 1)", "python") == 1
        assert defined["reward"](zuko, row, odd, "python") == 0
        assert defined["reward"](zuko, row, odd, "python", partial=True) == pytest.approx(2 / 3)
        assert defined["reward"](zuko, plain, "print(1, int(input()) - 1)", "python") == 0
        assert defined["reward"](zuko, plain, "int main() {", "cpp") == -0.1
        with pytest.raises(RuntimeError, match="the checker"):
            defined["reward"](zuko, {**row, "generated_checker": "1 / 0"}, "print(1)", "python")
