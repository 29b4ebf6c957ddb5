"""Programs that run in the background, and what a server has to do meanwhile."""

import contextlib
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest

import docker
from tests.harness.containers import runs_program
from tests.harness.server import Server
from tests.harness.waiting import wait_for

GONE_WITHIN_S = 5.0


@contextlib.contextmanager
def in_background(server: Server, code: str, **fields: object) -> Iterator[list[httpx2.Response | Exception]]:
    """Send a request while the block runs; its response or error is in the list afterwards."""
    answers: list[httpx2.Response | Exception] = []

    def send() -> None:
        try:
            with httpx2.Client(base_url=server.url, timeout=60) as client:
                answers.append(client.post("/api/v1/execute", json={"language": "python", "code": code, **fields}))
        except httpx2.TransportError as error:
            answers.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield answers
    finally:
        thread.join()


def busy(server: Server) -> int:
    time.sleep(0.05)  # readiness is kept for a while: asking more often is useless
    try:
        count: int = server.client.get("/readyz").json()["sandboxes_busy"]
    except httpx2.TransportError:
        return -1
    return count


def wait_busy(server: Server, count: int = 1) -> None:
    wait_for(lambda: busy(server) >= count, 10, f"{count} running programs")


def running(client: docker.DockerClient, server: Server) -> str:
    """Return the id of the server's only container that runs a program in addition to zuko-init."""
    for container_id in server.containers(client):
        if runs_program(client, container_id):
            return container_id
    pytest.fail("no sandbox is running a program")
