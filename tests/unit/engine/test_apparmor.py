"""The AppArmor profile of sandboxes with namespaces, and an engine that does not have it; the engine is a stand-in."""

import contextlib
import logging
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.client import HTTPConnection
from types import SimpleNamespace
from typing import Any

import pytest

from tests import ROOT
from zuko.engine import host
from zuko.engine.confinement import CELL_APPARMOR
from zuko.engine.engine import Engine
from zuko.engine.host import DockerHost, docker_errors
from zuko.engine.isolation import hint
from zuko.errors import EngineError, ProfileError
from zuko.languages.table import PYTHON
from zuko.settings import Settings
from zuko.types import Isolation

SPEC = replace(Settings().sandbox(PYTHON), warm=None)
OPTION = f"apparmor={CELL_APPARMOR}"
PROFILE = (ROOT / "infra/apparmor" / CELL_APPARMOR).read_text()
HELLO = (ROOT / "tests/golden/hello_v2.bin").read_bytes()  # of a container without namespaces
# Responses of Docker 20.10 with runc 1.1 and crun 1.8, on a host with AppArmor where the profile was not loaded.
RUNC = (
    "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
    "error during container init: unable to apply apparmor profile: apparmor failed to apply profile: "
    "write /proc/self/attr/apparmor/exec: no such file or directory: unknown"
)
CRUN = (
    "failed to create shim task: OCI runtime create failed: write file `/proc/thread-self/attr/exec`: "
    "No such file or directory: unknown"
)


def error(text: str) -> Exception:
    """Return what Docker's library raises for a refusal; its modules are only for those who use an engine."""
    library: Any = vars(host)["docker"]
    raised: Exception = library.errors.APIError(
        "400 Client Error", SimpleNamespace(status_code=400, url="", reason=""), text
    )
    return raised


class FakeApi:
    """A client of an engine that starts no container with the profile, and others at once."""

    def __init__(self, refusal: str) -> None:
        self.refusal = refusal
        self.security: dict[str, list[str]] = {}  # of each container that was created, by its id
        self.removed: list[str] = []
        self.sockets: list[socket.socket] = []

    def info(self) -> dict[str, bool]:
        return {}

    def create_host_config(self, **named: Any) -> dict[str, Any]:
        return named

    def create_container(self, *_: Any, **options: Any) -> dict[str, str]:
        container_id = f"container {len(self.security)}"
        self.security[container_id] = options["host_config"]["security_opt"]
        return {"Id": container_id}

    def attach_socket(self, *_: Any, **__: Any) -> socket.socket:
        ours, its = socket.socketpair()
        its.sendall(b"\x01\0\0\0" + len(HELLO).to_bytes(4, "big") + HELLO)  # is read after the start
        self.sockets += [ours, its]
        return ours

    def start(self, container: str) -> None:
        if OPTION in self.security[container]:
            raise error(self.refusal)

    def remove_container(self, container: str, **_: Any) -> None:
        self.removed.append(container)

    def close(self) -> None:
        for each in self.sockets:
            each.close()


@pytest.fixture
def stand_in() -> Iterator[Callable[[str], tuple[Engine, FakeApi]]]:
    """Return a function that makes an engine, given why the host refuses a start with the profile."""
    with contextlib.ExitStack() as stack:

        def make(refusal: str) -> tuple[Engine, FakeApi]:
            api = stack.enter_context(contextlib.closing(FakeApi(refusal)))

            class Host(DockerHost):
                def connect(self) -> Any:
                    return api

            return Engine(Host({})), api

        yield make


@pytest.mark.parametrize("refusal", [RUNC, CRUN], ids=["runc", "crun"])
def test_a_profile_that_is_not_loaded(stand_in: Any, refusal: str, caplog: pytest.LogCaptureFixture) -> None:
    """The submission gets a container with the engine's own profile; later ones do not try again."""
    used, api = stand_in(refusal)
    with caplog.at_level(logging.WARNING):
        with used.start_sandbox(SPEC) as sandbox:
            assert sandbox.hello.isolation is Isolation.CONTAINER
        used.start_sandbox(SPEC).close()
    assert [OPTION in each for each in api.security.values()] == [True, False, False]
    assert not [each for name, each in api.security.items() if name != "container 0" and "apparmor" in str(each)]
    assert "container 0" in api.removed
    assert used.refused_namespaces == f"AppArmor: the profile {CELL_APPARMOR} is not loaded"
    assert "infra/docker-host.sh apparmor" in hint(used.refused_namespaces)
    assert len([each for each in caplog.messages if each.startswith("each submission gets a container")]) == 1


def test_where_nothing_less_will_do(stand_in: Any) -> None:
    used, api = stand_in(RUNC)
    with pytest.raises(EngineError, match=f"AppArmor: the profile {CELL_APPARMOR} is not loaded"):
        used.start_sandbox(replace(SPEC, isolation=Isolation.NAMESPACES))
    assert api.removed == list(api.security)


def test_another_failure_is_no_refusal(stand_in: Any) -> None:
    used, api = stand_in("OCI runtime create failed: no space left on device")
    with pytest.raises(EngineError, match="refused"):
        used.start_sandbox(SPEC)
    assert used.refused_namespaces == ""
    assert api.removed == list(api.security)


def test_a_start_that_was_asked_for_in_advance() -> None:
    """The response to a request that was sent without waiting is read in the same way."""
    ours, its = socket.socketpair()
    with ours, its:
        connection = HTTPConnection("docker")
        connection.sock = ours
        connection.request("POST", "/start")
        body = RUNC.encode()
        its.sendall(b"HTTP/1.1 500 Error\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        with pytest.raises(ProfileError):
            Engine(DockerHost({})).read_start_response(connection)


def test_the_text_of_an_engine_is_not_shown() -> None:
    """It has paths of the host; the log has it."""
    with pytest.raises(ProfileError) as raised, docker_errors():
        raise error(RUNC)
    assert "/proc" not in str(raised.value)


# --- the profile ----------------------------------------------------------------------------------------------------


def rules(text: str) -> list[str]:
    """Return the rules of a profile, without comments and blanks."""
    return [line for line in (re.sub(r"\s*#.*", "", line).strip() for line in text.splitlines()) if line]


def test_the_profile_is_the_one_that_the_engine_names() -> None:
    assert f"profile {CELL_APPARMOR} flags=(attach_disconnected, mediate_deleted) {{" in rules(PROFILE)
    assert f"signal (send, receive) peer={CELL_APPARMOR}," in rules(PROFILE)


def test_the_profile_allows_the_capabilities_that_a_box_uses() -> None:
    granted = {rule for rule in rules(PROFILE) if rule.startswith("capability")}
    assert granted == {"capability sys_admin,", "capability net_admin,", "capability setpcap,"}


def test_the_profile_allows_mounts_of_a_box_and_no_others() -> None:
    """Nothing from outside of the container can be mounted, nothing unmounted, and no root changed."""
    mounts = [rule for rule in rules(PROFILE) if rule.startswith(("mount", "umount", "remount", "pivot_root"))]
    kinds = {match[0] for rule in mounts if (match := re.search(r"fstype=\w+|options=\w+ \S+", rule))}
    assert kinds == {"fstype=tmpfs", "fstype=mqueue", "fstype=proc", "options=bind /dev/null"}
    assert not [rule for rule in mounts if rule.startswith(("umount", "pivot_root"))]
    places = next(rule for rule in mounts if "tmpfs" in rule)
    assert all(name in places for name in ("workspace", "tmp", "dev/shm"))
