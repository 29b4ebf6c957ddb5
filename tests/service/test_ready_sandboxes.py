"""Sandboxes that are ready: how long, how often, and on which core each serves."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import docker
from tests.harness.load import busy
from tests.harness.server import MakeServer, Server
from tests.harness.waiting import wait_for


def test_idle_pool_is_kept_alive(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """Pings keep the same sandboxes for longer than their idle time."""
    server = own_server(ZUKO_SANDBOX_IDLE_S="5", ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1")
    before = server.containers(docker_client)
    time.sleep(7)  # the claim is about time that passes
    assert server.containers(docker_client) == before


def test_a_cell_is_replaced_after_its_last_submission(
    own_server: MakeServer, docker_client: docker.DockerClient
) -> None:
    server = own_server(ZUKO_CELL_MAX_SUBMISSIONS="3", ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1")
    hosts = [server.execute("import socket; print(socket.gethostname())")["stdout"] for _ in range(9)]
    assert [len(set(hosts[at : at + 3])) for at in (0, 3, 6)] == [1, 1, 1]
    assert len(set(hosts)) == 3


def test_what_one_run_did_to_a_sandbox_is_not_the_next_one_s_misfortune(own_server: MakeServer) -> None:
    """Files that only the kernel's collector of sockets in flight gives back: the audit finds the sandbox not empty.
    It is thrown away, and the next submission runs elsewhere."""
    server = own_server(ZUKO_CELL_MAX_SUBMISSIONS="100", ZUKO_CONCURRENCY="1")
    leave = """
import array, os, socket
for _ in range(40):
    a, b = socket.socketpair()
    held = [os.open("/tmp", os.O_TMPFILE | os.O_RDWR) for _ in range(2)]
    for each in held:
        os.write(each, bytes(1 << 16))
    rights = array.array("i", [a.fileno(), b.fileno(), *held])
    a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    b.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    for each in held:
        os.close(each)
    a.close(); b.close()
"""
    for number in range(15):
        server.execute(leave)
        assert server.execute(f"print({number})")["stdout"] == f"{number}\n"


def test_without_namespaces_a_sandbox_serves_once(own_server: MakeServer) -> None:
    server = own_server(ZUKO_ISOLATION="container")
    hosts = [server.execute("import socket; print(socket.gethostname())")["stdout"] for _ in range(6)]
    assert len(set(hosts)) == 6


def test_sandboxes_are_pinned(server: Server, docker_client: docker.DockerClient) -> None:
    """One core each, and all cores used, where the host has two or more."""
    cores = docker_client.info()["NCPU"]
    if cores < 2:
        pytest.skip("the Docker host has one core: nothing to pin")
    wait_for(lambda: server.client.get("/readyz").json()["sandboxes_ready"] >= cores, 20, "a ready pool")

    def pins() -> set[str]:
        found = set()
        for container_id in server.containers(docker_client):
            with contextlib.suppress(docker.errors.NotFound):  # used up meanwhile
                found.add(docker_client.api.inspect_container(container_id)["HostConfig"]["CpusetCpus"])
        return found

    wait_for(lambda: pins() == {str(core) for core in range(cores)}, 20, "a sandbox on each core, and on one only")


def test_no_more_run_at_once_than_cores(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    server = own_server(ZUKO_CONCURRENCY="2")
    with ThreadPoolExecutor(6) as threads:
        codes = threads.map(lambda _: server.execute("import time\nwhile time.process_time() < 0.5: pass"), range(6))
        seen = 0
        for _ in range(40):
            seen = max(seen, busy(server))
            time.sleep(0.03)  # sampling
        assert all(response["status"] == "OK" for response in codes)
    assert seen == 2
