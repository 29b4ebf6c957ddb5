"""What the function's sandboxes come to when their steps meet as they seldom do: with a real engine, out of step."""

import time
from collections.abc import Iterator

import pytest

import docker
from tests.conftest import wait_for
from zuko.engine import LABEL, Container, Engine
from zuko.languages import PYTHON
from zuko.settings import Settings
from zuko.standby import Standby
from zuko.types import SandboxSpec

KIND = Settings().sandbox(PYTHON)


class Late(Standby):
    """One whose threads are kept waiting, as on a host with other work: after a start, the next is created as well."""

    def _await_start(self, deadline: float) -> None:
        super()._await_start(deadline)
        wait_for(lambda: self._created is not None, 10, "the next one to be created")


@pytest.fixture
def made() -> list[str]:
    """The ids of all containers that were made."""
    return []


@pytest.fixture
def late(made: list[str], docker_client: docker.DockerClient) -> Iterator[Standby]:
    engine = Engine()

    def create(spec: SandboxSpec) -> Container:
        container = engine.create_sandbox(spec, standby=True)
        made.append(container.container_id)
        return container

    standby = Late(create, KIND)
    standby.open()
    yield standby
    standby.close(5)
    engine.close()


def states(client: docker.DockerClient, made: list[str]) -> list[str]:
    found = client.api.containers(all=True, filters={"label": LABEL})
    return sorted(each["State"] for each in found if each["Id"] in made)


def test_one_that_was_waited_for_costs_no_other(
    late: Standby, made: list[str], docker_client: docker.DockerClient
) -> None:
    """Who waits for a start gets it, and what was created meanwhile is there for the next."""
    for taken in range(3):
        deadline = time.monotonic() + 10
        sandbox = late.reserve(KIND).result(deadline - time.monotonic())
        assert sandbox.container_id == made[taken]
        late.give_back(sandbox, broken=True)
        late.settle()  # the next is asked for, and not there when `reserve` is called
    wait_for(lambda: states(docker_client, made) == ["created", "running"], 10, "one of each", lambda: made)
    late.close(5)
    wait_for(lambda: not states(docker_client, made), 10, "every sandbox to be removed", lambda: made)
