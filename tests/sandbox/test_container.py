"""Every setting of the container, read back from outside."""

import time
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

import docker
from tests.harness.waiting import wait_for
from tests.sandbox.running import SPEC, printed
from zuko.engine.confinement import CELL_APPARMOR, CELL_PROCESSES, MASKED, RUNNER_GID, RUNNER_UIDS
from zuko.engine.engine import LABEL, Engine
from zuko.engine.seccomp import CELL_PROFILE, PROFILE
from zuko.errors import EngineError, ImageMissingError
from zuko.languages.table import PYTHON
from zuko.sandbox.sandbox import Sandbox


@pytest.fixture
def seen(sandbox: Sandbox, docker_client: docker.DockerClient) -> dict[str, Any]:
    """Return the output of `docker inspect`."""
    inspected: dict[str, Any] = docker_client.api.inspect_container(sandbox.container_id)
    return inspected


@pytest.fixture
def host(seen: dict[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = seen["HostConfig"]
    return config


@pytest.fixture
def plain(emptied: Sandbox, docker_client: docker.DockerClient) -> dict[str, Any]:
    """Return the same of a container that serves one submission."""
    config: dict[str, Any] = docker_client.api.inspect_container(emptied.container_id)["HostConfig"]
    return config


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("ReadonlyRootfs", True),
        ("NetworkMode", "none"),
        ("CapDrop", ["ALL"]),
        ("CapAdd", None),
        ("Privileged", False),
        ("SecurityOpt", ["no-new-privileges:true", f"seccomp={CELL_PROFILE}", f"apparmor={CELL_APPARMOR}"]),
        ("PidsLimit", 64 + CELL_PROCESSES + 1),
        ("MaskedPaths", list(MASKED)),
        ("ReadonlyPaths", []),
        ("Memory", 128 << 20),
        ("MemorySwap", 128 << 20),
        ("NanoCpus", 1_000_000_000),
        ("CpusetCpus", "0"),
        ("IpcMode", "private"),
        ("PidMode", ""),
        ("UTSMode", ""),
        ("UsernsMode", ""),
        ("AutoRemove", True),
        ("Binds", None),
        ("Devices", None),
        ("RestartPolicy", {"Name": "", "MaximumRetryCount": 0}),
    ],
)
def test_host_config(host: dict[str, Any], setting: str, expected: object) -> None:
    assert (host[setting] or None) == (expected or None)


def test_host_config_without_namespaces_for_each_run(plain: dict[str, Any], host: dict[str, Any]) -> None:
    """A container that serves one submission is as strict as it can be."""
    assert plain["SecurityOpt"] == ["no-new-privileges:true", f"seccomp={PROFILE}"]
    assert plain["PidsLimit"] == 64
    assert {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"} <= set(plain["MaskedPaths"])
    assert {"/proc/sys", "/proc/sysrq-trigger"} <= set(plain["ReadonlyPaths"])
    different = {name for name in host.keys() | plain.keys() if host.get(name) != plain.get(name)}
    assert different == {"SecurityOpt", "PidsLimit", "MaskedPaths", "ReadonlyPaths", "Tmpfs", "CpusetCpus"}


def test_network_is_disabled(seen: dict[str, Any]) -> None:
    """The network is not merely "none": the engine does not set one up at all."""
    assert seen["Config"]["NetworkDisabled"]


def test_log_driver_is_none(host: dict[str, Any]) -> None:
    """An output flood must not fill the host's disk."""
    assert host["LogConfig"]["Type"] == "none"


def test_engine_seccomp_leaves_the_engine_s_profile_in_force(
    engine: Engine, docker_client: docker.DockerClient
) -> None:
    with engine.start_sandbox(replace(SPEC, engine_seccomp=True), core=0) as other:
        host = docker_client.api.inspect_container(other.container_id)["HostConfig"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert printed(other, "print(open('/proc/self/status').read().count('Seccomp_filters:\\t2'))") == 1


def test_tmpfs_are_bounded(plain: dict[str, Any]) -> None:
    """Those of a container that serves one submission; the others are made by zuko-init, see test_boxes.py."""
    host = plain
    assert host["Tmpfs"].keys() == {"/workspace", "/tmp", "/dev/shm"}
    for path, size in (("/workspace", SPEC.workspace_bytes), ("/tmp", SPEC.tmp_bytes), ("/dev/shm", SPEC.shm_bytes)):
        options = host["Tmpfs"][path].split(",")
        assert {f"size={size}", f"nr_inodes={SPEC.inodes}", "nosuid", "nodev", "noexec"} <= set(options)


def test_ulimits(host: dict[str, Any]) -> None:
    limits = {limit["Name"]: (limit["Soft"], limit["Hard"]) for limit in host["Ulimits"]}
    assert limits["core"] == (0, 0)
    assert limits["nofile"] == (SPEC.open_files, SPEC.open_files)


def test_identity(seen: dict[str, Any], sandbox: Sandbox) -> None:
    uid, gid = map(int, seen["Config"]["User"].split(":"))
    assert uid in RUNNER_UIDS
    assert gid == RUNNER_GID
    assert sandbox.hello.uid == uid
    assert seen["Name"] == f"/zuko-{uid}"
    assert seen["Config"]["Labels"][LABEL] == "true"
    assert seen["Config"]["Labels"]["zuko.language"] == "python"


def test_input_is_once_and_open(seen: dict[str, Any]) -> None:
    """StdinOnce: when the client is gone, stdin ends, and zuko-init with it."""
    assert seen["Config"]["OpenStdin"]
    assert seen["Config"]["StdinOnce"]
    assert not seen["Config"]["Tty"]


def test_an_engine_that_stops_it_need_not_wait(engine: Engine, docker_client: docker.DockerClient) -> None:
    """PID 1 would ignore SIGTERM, and the engine would wait 10 s before it kills: also when the engine itself ends."""
    with engine.start_sandbox(SPEC) as sandbox:
        began = time.monotonic()
        docker_client.api.stop(sandbox.container_id, timeout=10)
        assert time.monotonic() - began < 5
        wait_for(sandbox.has_ended, 5, "the sandbox to end")


def test_two_sandboxes_have_two_uids(engine: Engine) -> None:
    """Some kernel limits count per uid and across containers."""
    other = Engine()  # as another service on the same Docker host would be
    with closing(other), engine.start_sandbox(SPEC) as first, other.start_sandbox(SPEC) as second:
        assert first.hello.uid != second.hello.uid


def test_a_taken_uid_is_passed_over(engine: Engine) -> None:
    """The engine refuses a name twice, so the second service takes the next uid."""
    with closing(Engine()) as second_engine, engine.start_sandbox(SPEC) as first:
        left = [first.hello.uid, *reversed(RUNNER_UIDS)]  # others than the first may be taken, by another service
        second_engine._next_uid = (left.pop(0) for _ in range(len(left)))
        with second_engine.start_sandbox(SPEC) as second:
            assert second.hello.uid != first.hello.uid
            assert second.hello.uid - 1 == left[0], "the one that came next of those it was offered"
        second_engine._next_uid = iter([first.hello.uid])
        with pytest.raises(EngineError, match="in use"):
            second_engine.start_sandbox(SPEC)


def test_missing_image_is_named(engine: Engine) -> None:
    with pytest.raises(ImageMissingError, match=r"zuko-nothing:1 .*`zuko images build nothing`"):
        engine.start_sandbox(replace(SPEC, image="zuko-nothing:1"))
    assert not engine.has_image("zuko-nothing:1")
    assert engine.has_image(PYTHON.image)


def test_unknown_runtime_is_an_engine_error(engine: Engine) -> None:
    with pytest.raises(EngineError, match="refused"):
        engine.start_sandbox(replace(SPEC, runtime="no-such-runtime"))
