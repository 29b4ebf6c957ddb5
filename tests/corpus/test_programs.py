"""The corpus against the real thing: each program through a real server, alone, in a used sandbox, and all at once."""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

import docker
from tests.corpus.claims import Program, check, load
from tests.harness.ahead import done_ahead
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL, OWNER_LABEL
from zuko.languages.table import CPP, PYTHON

PROGRAMS = load()
NATIVE = [one for one in PROGRAMS if one.language == "cpp"]
HELLO = {"language": "python", "code": "print('Hello Zuko')", "timeout": 3}

CLIENTS = 16
PROBE_EVERY_S = 0.2
# A hello-world beside 16 clients may find all of them ahead of it, and a program of the corpus holds its place for 2 s
# at the most: 16 s on two cores, 32 s on one. What it must not do is wait much longer than its turn.
PROBE_MAX_S = 35.0
PROBE_MEDIAN_S = 10.0


def execute(client: httpx2.Client, request: dict[str, Any], patience_s: float = 120.0) -> dict[str, Any]:
    """The answer to a request; while the service says 503, asks again when it says to."""
    deadline = time.monotonic() + patience_s
    while True:
        response = client.post("/api/v1/execute", json=request)
        if response.status_code != 503 or time.monotonic() > deadline:
            assert response.status_code == 200, response.text
            return response.json()
        time.sleep(float(response.headers["Retry-After"]))  # what a client is asked to do


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest, api: httpx2.Client) -> Iterator[Callable[[Program], list[dict[str, Any]]]]:
    """One that looks for leftovers of its own kind runs twice."""

    def run(program: Program) -> list[dict[str, Any]]:
        return [execute(api, program.request) for _ in range(2 if program.kind == "leftovers" else 1)]

    with done_ahead(request, "test_program", run) as answers:
        yield answers


@pytest.mark.alone
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.id)
def test_program(answers: Callable[[Program], list[dict[str, Any]]], program: Program):
    """What the program's claim says, alone in a sandbox and on a core."""
    for answer in answers(program):
        assert check(program, answer) == []


@pytest.fixture(scope="module")
def rulings(request: pytest.FixtureRequest, api: httpx2.Client) -> Iterator[Callable[[Program], httpx2.Response]]:
    with done_ahead(
        request, "test_the_case_after_it_sees_nothing", lambda program: looked_around(api, program)
    ) as done:
        yield done


def looked_around(api: httpx2.Client, program: Program) -> httpx2.Response:
    """The program as one of the cases of a judged submission, in one sandbox: it looks around before and after."""
    look = {"input": "look", "output": "clean\n"}
    request = {
        **{"language": program.language, "code": program.source, "files": program.request["files"]},
        "cases": [look, {"input": program.input_data or "", "output": "of no interest"}, look],
        "checker": {"kind": "exact"},
        "time_limit_ms": 1500,
        "wall_time_limit_ms": 1500,
        "workers": 1,
    }
    return api.post("/api/v1/judge", json=request, timeout=120)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("program", NATIVE, ids=lambda program: program.id)
def test_the_case_after_it_sees_nothing(rulings: Callable[[Program], httpx2.Response], program: Program):
    response = rulings(program)
    assert response.status_code == 200, response.text
    before, attack, after = response.json()["cases"]
    assert (before["verdict"], before["diff"]) == ("AC", None)
    assert attack["verdict"] != "JE", attack["message"]
    assert (after["verdict"], after["diff"]) == ("AC", None)


@pytest.mark.slow
@pytest.mark.alone
def test_a_used_sandbox_survives_the_whole_corpus(own_server: Callable[..., Server]):
    """Whatever ran before in the same sandbox, each program ends as it does in a fresh one, or gets a fresh one. There
    are two at most, a core for each."""
    server = own_server(ZUKO_SANDBOX_MAX_RUNS="1000", ZUKO_CONCURRENCY="2", ZUKO_READY_SANDBOXES="1")
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda program: execute(server.client, program.request), PROGRAMS))
    mismatches = {one.id: found for one, answer in zip(PROGRAMS, answers, strict=True) if (found := check(one, answer))}
    assert mismatches == {}
    assert execute(server.client, HELLO)["stdout"] == "Hello Zuko\n"


class Prober:
    """Sends a hello-world every 0.2 s from a thread of its own and notes how long each answer took."""

    def __init__(self, url: str) -> None:
        self.waits_s: list[float] = []
        self.problems: list[str] = []
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._probe)

    def __enter__(self) -> "Prober":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _probe(self) -> None:
        with httpx2.Client(base_url=self._url, timeout=120) as client:
            while not self._stop.is_set():
                started = time.monotonic()
                try:
                    answer = execute(client, HELLO)
                    if (answer["status"], answer["stdout"]) != ("OK", "Hello Zuko\n"):
                        self.problems.append(str(answer))
                except (httpx2.HTTPError, AssertionError) as error:
                    self.problems.append(repr(error))
                self.waits_s.append(time.monotonic() - started)
                self._stop.wait(max(0.0, PROBE_EVERY_S - self.waits_s[-1]))


@pytest.mark.slow
@pytest.mark.alone
def test_all_at_once(own_server: Callable[..., Server], docker_client: docker.DockerClient):
    """The whole corpus from 16 clients: each program ends as it does alone, beside them a hello-world is always
    answered, and afterwards the service is as it was."""
    server = own_server()  # other tests' has idle sandboxes of languages that the corpus has not
    with (
        httpx2.Client(base_url=server.url, timeout=120) as client,
        Prober(server.url) as prober,
        ThreadPoolExecutor(CLIENTS) as clients,
    ):
        answers = list(clients.map(lambda program: execute(client, program.request), PROGRAMS))

    mismatches = {
        program.id: found
        for program, answer in zip(PROGRAMS, answers, strict=True)
        if (found := check(program, answer, crowded=True))
    }
    assert mismatches == {}

    assert prober.problems == []
    assert len(prober.waits_s) >= 10
    assert max(prober.waits_s) < PROBE_MAX_S
    assert statistics.median(prober.waits_s) < PROBE_MEDIAN_S

    def only_idle_sandboxes_are_left() -> bool:
        state = server.client.get("/readyz").json()
        at_rest = not (state["sandboxes_busy"] or state["sandboxes_starting"] or state["waiting"])
        images = containers_of(server, docker_client)
        # Python's are kept, and C++'s for a while after they were asked for: one for each slot.
        idle = {PYTHON.image: state["sandboxes_ready"], CPP.image: state["slots"]}
        return at_rest and all(count <= idle.get(image, 0) for image, count in images.items())

    wait_for(only_idle_sandboxes_are_left, 30, "every sandbox but the pool's idle ones to be gone")
    assert execute(server.client, HELLO)["stdout"] == "Hello Zuko\n"


def containers_of(server: Server, docker_client: docker.DockerClient) -> Counter[str]:
    """How many containers one server has of each image, in any state; its owner label is host/process/start."""
    found = docker_client.api.containers(all=True, filters={"label": LABEL})
    owner = f"/{server.process.pid}/"
    return Counter(container["Image"] for container in found if owner in container["Labels"][OWNER_LABEL])
