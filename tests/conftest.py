"""Fixtures of several tiers: the real engine, a real server, and the promise that nothing of either is left.

Each imports what it needs when it is asked for: the tests of `unit` load neither an engine's client nor a server.
"""

import contextlib
import os
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import settings

from tests.harness.turns import TURNS, is_alone, is_one_row, order

if TYPE_CHECKING:
    import httpx2

    import docker
    from tests.harness.moto_server import MotoServer
    from tests.harness.server import Server
    from tests.harness.tls_engine import TlsEngine
    from zuko.engine.engine import Engine
    from zuko.submissions.sqlite import SqliteStore

# In the background of a shell we ignore SIGINT, and under nohup SIGHUP: so would every process that a test
# sends it to.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
# Under `make test`, a make that a test calls would take the flags of the outer one, and say which directory it enters.
for variable in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(variable, None)
# Servers that are tested do not share the user's own file of submissions; those whose store is tested have one each.
os.environ["ZUKO_STORE"] = "none"

# The time of an example depends on the machine: other tests keep every core busy.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

WITHOUT_ENGINE: Final = tuple(Path(__file__).parent / tier for tier in ("unit", "supervisor"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # A test whose rows are languages has none if the run is about others: it is left out, instead of skipped.
    items[:] = [item for item in items if not _has_no_rows(item)]
    order(items)


def _has_no_rows(item: pytest.Item) -> bool:
    skip = item.get_closest_marker("skip")
    return skip is not None and str(skip.kwargs.get("reason", "")).startswith("got empty parameter set")


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before the clock of pytest-timeout starts
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Run each test in its turn.

    Tests that need no engine have no turns, because they neither disturb others nor are disturbed.
    """
    if any(item.path.is_relative_to(tier) for tier in WITHOUT_ENGINE):
        return (yield)
    TURNS.take(alone=is_alone(item))
    try:
        return (yield)
    finally:
        if not is_one_row(item, nextitem):
            TURNS.leave()


@pytest.fixture(scope="session")
def docker_client() -> "Iterator[docker.DockerClient]":
    """Return a client of the engine, to inspect containers. A missing engine is a failure, never a skip."""
    import docker
    from zuko.languages.table import PYTHON

    client = docker.from_env(timeout=60)
    client.ping()
    client.images.get(PYTHON.image)
    yield client
    client.close()


@pytest.fixture(scope="session")
def engine() -> "Iterator[Engine]":
    from zuko.engine.engine import Engine

    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def server(docker_client: "docker.DockerClient") -> "Iterator[Server]":
    """Return one server with default settings for every test that does not break it."""
    from tests.harness.server import Server

    with Server(fresh=True) as running:
        yield running.wait_ready()


@pytest.fixture(scope="session")
def api(server: "Server") -> "httpx2.Client":
    return server.client


@pytest.fixture
def own_server(docker_client: "docker.DockerClient") -> "Iterator[Callable[..., Server]]":
    """Make servers that a test may break; `own_server(ZUKO_CONCURRENCY="1")` returns one that is ready.

    Unless a test wants more, they keep a sandbox ready for each core: most tests use one, and each costs 0.2 s.
    """
    from tests.harness.server import Server

    with contextlib.ExitStack() as stack:
        yield lambda **env: stack.enter_context(Server({"ZUKO_READY_SANDBOXES": "1"} | env)).wait_ready()


@pytest.fixture(scope="session")
def tls_engine() -> "Iterator[TlsEngine]":
    """Return a remote Docker host, reached by TLS alone, for every test that does not break it."""
    from tests.harness.tls_engine import TlsEngine

    with TlsEngine() as engine:
        yield engine


@pytest.fixture(scope="session")
def moto_server() -> "Iterator[MotoServer]":
    """Return a stand-in for AWS on a loopback port."""
    from tests.harness.moto_server import MotoServer

    with MotoServer() as server:
        yield server


@pytest.fixture(scope="session")
def nothing_is_left() -> Iterator[None]:
    """Check after all tests that no container exists whose owner has ended.

    A function that was killed leaves the one that it had created ahead; the next service's sweep removes that.
    """
    yield
    import docker
    from tests.harness.containers import wait_for_orphans_to_end
    from zuko.engine.engine import Engine

    client = docker.from_env(timeout=60)
    engine = Engine()
    try:
        wait_for_orphans_to_end(client, 10, created_ahead=False)
        engine.sweep()
        wait_for_orphans_to_end(client, 10)
    finally:
        engine.close()
        client.close()


@pytest.fixture
def store(tmp_path: Path) -> "Iterator[SqliteStore]":
    """Return a store of submissions in a file of the test's own."""
    from zuko.submissions.sqlite import SqliteStore

    store = SqliteStore(tmp_path / "submissions.db")
    store.open()
    yield store
    store.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a program into a file."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write
