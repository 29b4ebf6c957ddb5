"""Fixtures of the tests that drive the supervisor on this host."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.supervisor import Supervisor
from tests.supervisor.conversing import Context, Sandboxes, linked, sandbox
from zuko.types import Isolation


def started(*, boxes: bool) -> Iterator[Supervisor]:
    with Supervisor(boxes=boxes) as supervisor:
        hello = supervisor.hello()
        assert hello.isolation is (Isolation.NAMESPACES if boxes else Isolation.CONTAINER), hello
        yield supervisor


@pytest.fixture(params=["container", "namespaces"])
def init(request: pytest.FixtureRequest) -> Iterator[Supervisor]:
    """Return a supervisor that has sent its hello, without Docker: with and without boxes, which is all the same."""
    yield from started(boxes=request.param == "namespaces")


@pytest.fixture
def direct() -> Iterator[Supervisor]:
    """Return one that starts programs as its children."""
    yield from started(boxes=False)


@pytest.fixture
def boxed() -> Iterator[Supervisor]:
    """Return one that makes a box for each run."""
    yield from started(boxes=True)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the key and the certificate of both ends."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", "/CN=zuko", "-days", "1", "-keyout", path, "-out", path.with_suffix(".crt")),
        ],
        check=True,
        capture_output=True,
    )
    with path.open("ab") as both:
        both.write(path.with_suffix(".crt").read_bytes())
    return path


@pytest.fixture(params=["plain", "TLS"])
def context(request: pytest.FixtureRequest, certificate: Path) -> Context:
    """Return the connections of sandboxes, with and without TLS."""
    return Context(certificate if request.param == "TLS" else None)


@pytest.fixture(params=["plain", "TLS", "linked"])
def pair(request: pytest.FixtureRequest, certificate: Path) -> Iterator[Sandboxes]:
    """Return two sandboxes that are joined by us, with or without TLS, or directly."""
    if request.param == "linked":
        with linked() as sandboxes:
            yield sandboxes
        return
    context = Context(certificate if request.param == "TLS" else None)
    with sandbox(context) as left, sandbox(context) as right:
        yield left, right


@pytest.fixture
def plain() -> Iterator[Sandboxes]:
    """Return sandboxes without TLS, where that makes no difference."""
    with sandbox(Context(None)) as left, sandbox(Context(None)) as right:
        yield left, right
