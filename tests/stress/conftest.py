"""Fixtures of the tests that repeat and crowd on a real server."""

from collections.abc import Iterator

import pytest

import docker
from tests.corpus.running import compilers_ready
from tests.harness.server import Server


@pytest.fixture(scope="session", autouse=True)
def no_sandbox_outlives_its_owner(nothing_is_left: None) -> None:
    """Check that the tests of this directory have left no sandbox."""


@pytest.fixture(scope="session")
def compilers(docker_client: docker.DockerClient) -> Iterator[Server]:
    """Return a server with a sandbox of each compiler ready."""
    with compilers_ready() as server:
        yield server
