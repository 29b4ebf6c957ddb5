"""The corpus again: in containers, in one sandbox, and all at once."""

import statistics
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx2
import pytest

import docker
from tests.corpus.running import HELLO, PROGRAMS, execute
from tests.harness.server import MakeServer, Server
from tests.harness.waiting import wait_for
from tests.stress.prober import CLIENTS, PROBE_MAX_S, PROBE_MEDIAN_S, Prober
from zuko.doctor.claims import check
from zuko.engine.engine import LABEL, OWNER_LABEL
from zuko.languages.table import CPP, PYTHON

LEFTOVERS: Final = [one for one in PROGRAMS if one.kind == "leftovers"]
WHERE: Final = {"language": "python", "code": "import socket; print(socket.gethostname())"}


@pytest.mark.alone
def test_the_whole_corpus_in_containers(own_server: MakeServer) -> None:
    """Where an engine gives no namespaces, each claim holds as well. Two run beside each other, a core for each."""
    server = own_server(ZUKO_ISOLATION="container", ZUKO_CONCURRENCY="2", ZUKO_READY_SANDBOXES="1")
    assert server.client.get("/readyz").json()["isolation"] == "container"
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda program: execute(server.client, program.request), PROGRAMS))
    mismatches = {
        one.id: found for one, response in zip(PROGRAMS, answers, strict=True) if (found := check(one, response))
    }
    assert mismatches == {}
    assert execute(server.client, HELLO)["stdout"] == "Hello Zuko\n"


@pytest.mark.alone
def test_all_at_once(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """The whole corpus from 16 clients: in cells it ends as it does alone, whatever ran before in the same one. A
    hello-world beside it is always answered, and afterwards the service is as it was."""
    # The other server has idle sandboxes of more languages.
    server = own_server(ZUKO_ISOLATION="namespaces", ZUKO_READY_SANDBOXES="2")
    # What looks for leftovers of its own kind runs twice.
    programs = [one for one in PROGRAMS for _ in range(2 if one.kind == "leftovers" else 1)]
    with (
        httpx2.Client(base_url=server.url, timeout=120) as client,
        Prober(server.url) as prober,
        ThreadPoolExecutor(CLIENTS) as clients,
    ):
        answers = list(clients.map(lambda program: execute(client, program.request), programs))

    mismatches = {
        program.id: found
        for program, response in zip(programs, answers, strict=True)
        if (found := check(program, response, crowded=True))
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
    """Return the number of containers that one server has of each image; its owner label is host/process/start."""
    found = docker_client.api.containers(all=True, filters={"label": LABEL})
    owner = f"/{server.process.pid}/"
    return Counter(container["Image"] for container in found if owner in container["Labels"][OWNER_LABEL])


@pytest.mark.long(60)
def test_a_used_sandbox_shows_nothing_of_the_programs_before(own_server: MakeServer) -> None:
    """Two rounds of everything that leaves something behind, all in one sandbox that is used again and again."""
    server = own_server(ZUKO_CELL_MAX_SUBMISSIONS="1000", ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1")
    first = execute(server.client, WHERE)["stdout"]
    for program in LEFTOVERS * 2:
        # Its times are the corpus's to claim: others run beside it here.
        assert check(program, execute(server.client, program.request), crowded=True) == [], program.id
        assert execute(server.client, WHERE)["stdout"] == first, f"{program.id} cost the sandbox"
