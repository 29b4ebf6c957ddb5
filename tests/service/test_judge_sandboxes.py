"""The sandboxes of a judging: how many there are at a time, that they end, and what becomes of cases when one dies."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any, Final

import pytest

import docker
from tests.harness.judging import ECHO, busy, echo, events, judge, running, verdicts
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL, OWNER_LABEL, Engine
from zuko.errors import EngineError
from zuko.execution.blocking import BlockingExecutor
from zuko.execution.command import CommandExecutor
from zuko.execution.deadline import Deadline
from zuko.execution.submission import JudgeJob
from zuko.judge.judging import Judging
from zuko.languages.table import PYTHON
from zuko.pool.lease import Lease
from zuko.problem import CaseResult, Judgement, Problem, ProblemLimits, TestCase, Verdict
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import SourceFile

MIB: Final = 1 << 20
CASES: Final = 12
ACCEPT: Final = "import sys; sys.exit(42)"
# The audit finds the connection, so that no other run has this sandbox.
SPOIL: Final = """
import socket
server = socket.create_server(("127.0.0.1", 41001))
client = socket.create_connection(server.getsockname()[:2])
accepted, _ = server.accept()
client.close()
accepted.close()
"""


@contextmanager
def created(server: Server, client: docker.DockerClient) -> Iterator[list[str]]:
    """Record the containers that a server creates during the block."""
    found: list[str] = []
    since = time.time()
    yield found
    filters = {"type": "container", "event": "create", "label": LABEL}
    # Fractions of a second, which the engine takes and the stubs do not know.
    for event in client.api.events(since=since, until=time.time(), filters=filters, decode=True):  # type: ignore[call-overload]
        if f"/{server.process.pid}/" in event["Actor"]["Attributes"][OWNER_LABEL]:
            found.append(event["Actor"]["ID"])


def descriptors(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


@pytest.mark.parametrize("role", ["checker", "interactor"])
def test_what_does_not_compile_is_compiled_once(
    own_server: Callable[..., Server], docker_client: docker.DockerClient, role: str
) -> None:
    """Every case gets its error, and it has one sandbox in all, which is gone after the response."""
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1")
    program = {"language": "cpp", "code": "int main() { return x; }"}
    with created(server, docker_client) as containers:
        response = judge(server, ECHO, echo(*["a"] * CASES), **{role: program})
    assert verdicts(response) == ["JE"] * CASES
    for case in response["cases"]:
        assert case["message"].startswith(f"{role}: the compiler rejected the program")
        assert "was not declared" in case["message"]
    assert len(containers) <= 2, "the compiler's, and the next one for Python"
    wait_for(lambda: len(server.containers(docker_client)) <= 2, 5, "the compiler's sandbox to go")


def test_replaced_sandboxes_end(own_server: Callable[..., Server], docker_client: docker.DockerClient) -> None:
    """Neither a submission nor a checker that spoils its sandbox each time makes them pile up."""
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1")
    open_ones: list[int] = []
    there: list[int] = []
    checker = {"language": "python", "code": SPOIL + ACCEPT}
    for name, data, _ in events(server, code=SPOIL, cases=echo(*["a"] * CASES), checker=checker):
        if name == "judgement":
            assert verdicts(data) == ["AC"] * CASES
        else:
            open_ones.append(descriptors(server))
            there.append(len(server.containers(docker_client)))
    # The first few open what stays: connections to the engine, and those that a new sandbox needs meanwhile.
    assert max(open_ones[4:]) <= max(open_ones[:4]) + 3, open_ones
    assert max(there[4:]) <= max(there[:4]) + 2, there


def test_a_checker_s_sandbox_that_hangs_is_removed(impatient: Server, docker_client: docker.DockerClient) -> None:
    """End of file does not end one that is frozen: the engine has to, and the case is checked in another one."""
    checker = {"language": "python", "code": f"import time; time.sleep(1); {ACCEPT}"}
    with ThreadPoolExecutor(1) as clients:
        asked = clients.submit(judge, impatient, "", [{"output": ""}], checker=checker, time_limit_ms=900)
        wait_for(lambda: running(impatient, docker_client), 10, "the checker to run")
        (frozen,) = running(impatient, docker_client)
        docker_client.api.pause(frozen)
        response = asked.result()
    assert response["verdict"] == "AC", response["message"]
    wait_for(lambda: frozen not in impatient.containers(docker_client), 5, "the frozen one to go")


@pytest.mark.alone
def test_who_waits_does_not_wait_for_repeated_runs(own_server: Callable[..., Server]) -> None:
    """A borrowed sandbox is given back after the run that goes on, and the owner repeats the case's."""
    server = own_server(ZUKO_CONCURRENCY="2", ZUKO_PIN_CORES="false")
    wait_for(lambda: server.client.get("/readyz").json()["sandboxes_ready"] >= 2, 30, "one to be borrowed")
    # Without the interpreter's own end, which takes 4 to 40 ms: nearer to the limit than where runs are not repeated.
    code = "import os, time\nwhile time.process_time() < 1.02: pass\nos._exit(0)"
    limits = {"time_limit_ms": 1000, "wall_time_limit_ms": 10_000}
    with ThreadPoolExecutor(2) as clients:
        asked = clients.submit(judge, server, code, [{"output": ""}] * 2, **limits)
        wait_for(lambda: busy(server) == 2, 10, "both cases to run")
        start = time.monotonic()
        assert clients.submit(server.execute, "print(1)").result()["stdout"] == "1\n"
        waited_s = time.monotonic() - start
        response = asked.result()
    assert waited_s < 2.5, "one run, not four"
    assert [len(case["attempts"]) for case in response["cases"]] == [4, 4]
    assert verdicts(response) == ["TLE", "TLE"]


# --- a command's sandboxes, where a test can look into them -------------------------------------------------------


class Unsteady(Engine):
    """The engine, but that it does not change the memory of some containers."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: set[str] = set()

    def limit_memory(self, container_id: str, memory_bytes: int) -> None:
        if container_id in self.refused:
            raise EngineError("the Docker host refused to change a memory limit")
        super().limit_memory(container_id, memory_bytes)


@pytest.fixture
def unsteady() -> Iterator[tuple[BlockingExecutor, Unsteady]]:
    engine = Unsteady()
    with closing(engine), BlockingExecutor(CommandExecutor(Settings(), engine, workers=2)) as executor:
        yield executor, engine


class Watched(Judging):
    """A judging that passes its first sandbox, and the spare, to the test before it begins."""

    def __init__(self, cases: int, code: bytes, shown: Callable[[Sandbox, Callable[[], Any]], None]) -> None:
        super().__init__(JudgeJob(PYTHON, (SourceFile("main.py", code),), problem(cases), workers=2), Settings())
        self._shown = shown

    def work(self, lease: Lease, deadline: Deadline, on_result: Callable[[CaseResult], None]) -> Judgement:
        self._shown(lease.sandbox, lease.try_borrow)
        return super().work(lease, deadline, on_result)


def problem(cases: int) -> Problem:
    return Problem(
        "many",
        tuple(TestCase(str(number), b"", b"1\n") for number in range(cases)),
        ProblemLimits(cpu_time_ms=2000, wall_time_ms=10_000, memory_bytes=64 * MIB),
    )


def spare(executor: BlockingExecutor) -> Sandbox:
    """Return the sandbox that is started in addition to the reserved one."""
    (spare,) = executor.executor._source._spares  # type: ignore[attr-defined]
    sandbox: Sandbox = spare.result(30)
    return sandbox


def test_one_bad_sandbox_costs_no_case(unsteady: tuple[BlockingExecutor, Unsteady]) -> None:
    """A sandbox that cannot load the program is given back, and another one gets its case."""
    executor, engine = unsteady

    def refuse(*_: object) -> None:
        engine.refused.add(spare(executor).container_id)

    judgement = executor.judge(Watched(8, b"import time; time.sleep(0.1); print(1)", lambda *_: refuse()))
    assert judgement.verdict is Verdict.AC, judgement.reason
    assert len(judgement.cases) == 8


def test_a_sandbox_that_is_refused_is_replaced(unsteady: tuple[BlockingExecutor, Unsteady]) -> None:
    """The owner's own: by another one, once."""
    executor, engine = unsteady
    judging = Watched(2, b"print(1)", lambda sandbox, _: engine.refused.add(sandbox.container_id))
    assert executor.judge(judging).verdict is Verdict.AC


def test_a_dead_spare_is_not_lent(
    unsteady: tuple[BlockingExecutor, Unsteady], docker_client: docker.DockerClient
) -> None:
    executor, _ = unsteady
    borrowed = []

    def kill(_: Sandbox, try_borrow: Callable[[], Any]) -> None:
        dead = spare(executor)
        docker_client.api.kill(dead.container_id)
        wait_for(dead.has_ended, 5, "it to end")
        borrowed.append(try_borrow())

    assert executor.judge(Watched(2, b"print(1)", kill)).verdict is Verdict.AC
    assert borrowed == [None]
