"""The rules of `zuko guard` let the calls of Zuko through, and not one thing more."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from zuko.engine.confinement import container_options, docker  # type: ignore[attr-defined]  # the SDK, no engine
from zuko.engine.engine import LABEL, OWNER_LABEL, STANDBY_LABEL
from zuko.engine.neighbours import SLOTS_LABEL
from zuko.engine.seccomp import PROFILE
from zuko.guard.creation import RefusedError
from zuko.guard.rules import Call, Kind, Rules
from zuko.languages.table import PYTHON
from zuko.settings import Settings
from zuko.types import Isolation

ID: Final = "ab" * 32
PREFIX: Final = "registry.example/zuko/"
IMAGE: Final = f"{PREFIX}zuko-python:3.12"
RULES: Final = Rules(PREFIX)
ATTACHED: Final = "stdin=1&stdout=1&stderr=1&stream=1"
OURS: Final = "%7B%22label%22%3A%20%5B%22zuko.managed%22%5D%7D"
OWN: Final = OURS.replace("managed", "own")
API: Final = docker.APIClient("unix:///nowhere", version="1.41")  # connects to nothing


def body(name: str = "namespaces", uid: int = 20873, **changes: Any) -> dict[str, Any]:
    """Return the body of a sandbox as Zuko sends it."""
    spec = replace(Settings(image_prefix=PREFIX).sandbox(PYTHON), **changes)
    options = container_options(API, spec, Isolation(name), 1, uid)
    labels = {LABEL: "true", OWNER_LABEL: "boot/pid:[1]/2010/57836", SLOTS_LABEL: "1 0 17.5 2010 host"}
    config: dict[str, Any] = API.create_container_config(spec.image, labels=labels, **options)
    return json.loads(json.dumps(config))  # type: ignore[no-any-return]


BODY: Final = body()


def create(body: object, name: str = "zuko-20873", rules: Rules = RULES) -> Call:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return rules.decide("POST", f"/v1.41/containers/create?name={name}", sent)


def changed(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(BODY), **fields}


def hosted(**fields: Any) -> dict[str, Any]:
    return changed(HostConfig={**BODY["HostConfig"], **fields})


def test_a_sandbox_is_made_as_it_was_checked() -> None:
    """The engine gets what was checked, written again: not the client's bytes."""
    call = create(json.dumps(BODY, indent=3).replace('"Image"', '"\\u0049mage"').encode())
    assert (call.kind, call.method, call.target) == (Kind.CREATE, "POST", "/v1.41/containers/create?name=zuko-20873")
    assert json.loads(call.body) == {name: value for name, value in BODY.items() if value is not None}
    assert b"u0049" not in call.body


def test_every_sandbox_passes() -> None:
    for sent in (
        body(warm=None),
        body("container"),
        body(engine_seccomp=True),
        body("container", engine_seccomp=True, pids=100, cpus=0.5, open_files=1024, workspace_bytes=1 << 30),
        {**BODY, "Labels": {**BODY["Labels"], STANDBY_LABEL: "true"}},
        {**BODY, "Image": f"{PREFIX}zuko-python-course:3.12"},
    ):
        assert create(sent).containers == ()
    assert create(body(beside=ID)).containers == (ID,)
    assert create(body(runtime="runsc"), rules=Rules(PREFIX, "runsc")).kind is Kind.CREATE


NOT_SANDBOXES: Final[dict[str, object]] = {
    "privileged": hosted(Privileged=True),
    "privileged, in another case": hosted(privileged=True),
    "privileged, spelt with a Kelvin sign": hosted(**{"NetworKMode": "host"}),
    "HostConfig in another case": changed(hostconfig={"Privileged": True}),
    "not privileged, which says nothing": hosted(Privileged=False),
    "a field of Docker of tomorrow": hosted(Enclave="none"),
    "a bind mount": hosted(Binds=["/:/host"]),
    "a mount": hosted(Mounts=[{"Type": "bind", "Source": "/", "Target": "/host"}]),
    "a volume": changed(Volumes={"/var/run/docker.sock": {}}),
    "volumes from another": hosted(VolumesFrom=["database"]),
    "a volume driver": hosted(VolumeDriver="local"),
    "a tmpfs that executes": hosted(Tmpfs={"/tmp": "rw,exec"}),
    "a tmpfs elsewhere": hosted(Tmpfs={"/etc": "rw,nosuid,nodev,noexec,mode=1777,nr_inodes=1,size=1"}),
    "a device": hosted(Devices=[{"PathOnHost": "/dev/sda", "PathInContainer": "/dev/sda"}]),
    "a device rule": hosted(DeviceCgroupRules=["b *:* rwm"]),
    "a device request": hosted(DeviceRequests=[{"Count": -1}]),
    "a capability": hosted(CapAdd=["SYS_ADMIN"]),
    "all capabilities": hosted(CapDrop=[]),
    "no word of capabilities": changed(HostConfig={k: v for k, v in BODY["HostConfig"].items() if k != "CapDrop"}),
    "no word of capabilities but null": hosted(CapDrop=None),
    "the host's processes": hosted(PidMode="host"),
    "the host's IPC": hosted(IpcMode="host"),
    "the host's name": hosted(UTSMode="host"),
    "the host's users": hosted(UsernsMode="host"),
    "the host's cgroups": hosted(CgroupnsMode="host"),
    "another cgroup": hosted(CgroupParent="/"),
    "the host's network": hosted(NetworkMode="host"),
    "the bridge": hosted(NetworkMode="bridge"),
    "the network of a container by name": hosted(NetworkMode="container:database"),
    "a port": hosted(PortBindings={"22/tcp": [{"HostPort": "22"}]}),
    "a network": changed(NetworkingConfig={"EndpointsConfig": {"bridge": {}}}),
    "no seccomp": hosted(SecurityOpt=["no-new-privileges:true", "seccomp=unconfined"]),
    "another seccomp profile": hosted(
        SecurityOpt=["no-new-privileges:true", 'seccomp={"defaultAction": "SCMP_ACT_ALLOW"}']
    ),
    "no AppArmor": hosted(SecurityOpt=["no-new-privileges:true", "apparmor=unconfined"]),
    "a label of SELinux": hosted(SecurityOpt=["no-new-privileges:true", "label=disable"]),
    "new privileges": hosted(SecurityOpt=[f"seccomp={PROFILE}"]),
    "paths of the engine's own": hosted(SecurityOpt=["no-new-privileges:true", "systempaths=unconfined"]),
    "nothing masked": hosted(MaskedPaths=[]),
    "a root that can be written": hosted(ReadonlyRootfs=False),
    "1 for true": hosted(ReadonlyRootfs=1),
    "no memory limit": hosted(Memory=0, MemorySwap=0),
    "swap": hosted(MemorySwap=-1),
    "no limit of processes": hosted(PidsLimit=-1),
    "half a process": hosted(PidsLimit=0.5),
    "other limits": hosted(Ulimits=[{"Name": "core", "Soft": -1, "Hard": -1}]),
    "a log": hosted(LogConfig={"Type": "syslog", "Config": {"syslog-address": "tcp://192.0.2.1"}}),
    "a restart": hosted(RestartPolicy={"Name": "always"}),
    "a container that stays": hosted(AutoRemove=False),
    "another runtime": hosted(Runtime="runc"),
    "sysctls": hosted(Sysctls={"kernel.core_pattern": "|/x"}),
    "a higher OOM score": hosted(OomScoreAdj=-1000),
    "root": changed(User="0:0"),
    "root by name": changed(User="root"),
    "no user": {name: value for name, value in BODY.items() if name != "User"},
    "root's group": changed(User="20873:0"),
    "another entry point": changed(Entrypoint=["/bin/sh"]),
    "another argument": changed(Cmd=["--writable", "/etc=mode=1777,nr_inodes=1,size=1"]),
    "a command": changed(Cmd="sh"),
    "a digit that is not ASCII": changed(Cmd=["\uff11"]),
    "a core that is not ASCII": hosted(CpusetCpus="\uff11"),
    "variables": changed(Env=["LD_PRELOAD=/workspace/x.so"]),
    "more variables": changed(Env=[*BODY["Env"], "LD_PRELOAD=/workspace/x.so"]),
    "another image": changed(Image="debian:trixie-slim"),
    "an image without the prefix": changed(Image="zuko-python:3.12"),
    "another version of an own image": changed(Image=f"{PREFIX}zuko-python-course:latest"),
    "the image of a service": changed(Image=f"{PREFIX}zuko-service:latest"),
    "an image's id": changed(Image="sha256:" + ID),
    "no label of ours": changed(Labels={}),
    "a foreign label": changed(Labels={**BODY["Labels"], "com.docker.compose.project": "zuko"}),
    "a health check": changed(Healthcheck={"Test": ["CMD-SHELL", "id"]}),
    "no HostConfig": {name: value for name, value in BODY.items() if name != "HostConfig"},
    "a list": [BODY],
    "a name that occurs twice": json.dumps(BODY)[:-1].encode() + b', "HostConfig": {"Privileged": true}}',
    "a name that occurs twice, below": json.dumps(BODY).encode().replace(b'"Memory":', b'"Memory": 1, "Memory":', 1),
    "two documents": json.dumps(BODY).encode() * 2,
    "not UTF-8": b'{"Image": "\xff"}',
    "deep": b"[" * 60_000,
    "nothing": b"",
}


def test_nothing_else_is_made() -> None:
    passed = []
    for what, body in NOT_SANDBOXES.items():
        try:
            create(body)
        except RefusedError:
            continue
        passed.append(what)
    assert not passed


@pytest.mark.parametrize("name", ["zuko-20874", "database", "zuko-20873&platform=linux/arm64", "zuko-20873&name=x", ""])
def test_a_name_is_that_of_the_user(name: str) -> None:
    with pytest.raises(RefusedError):
        create(BODY, name)


def test_calls_of_zuko_pass_as_they_are_checked() -> None:
    sent = {
        ("GET", "/version"): "/version",
        ("GET", "/_ping"): "/_ping",
        ("GET", "/v1.41/info"): "/v1.41/info",
        ("GET", f"/v1.41/images/{IMAGE}/json"): f"/v1.41/images/{IMAGE}/json",
        ("POST", f"/v1.41/containers/{ID}/start"): f"/v1.41/containers/{ID}/start",
        ("POST", f"/v1.41/containers/{ID}/attach?{ATTACHED}"): f"/v1.41/containers/{ID}/attach?{ATTACHED}",
        ("DELETE", f"/v1.41/containers/{ID}?v=False&link=False&force=True"): (
            f"/v1.41/containers/{ID}?v=0&link=0&force=1"
        ),
        ("GET", f"/v1.41/containers/json?limit=-1&all=1&size=0&trunc_cmd=0&filters={OURS.replace('%20', '+')}"): (
            f"/v1.41/containers/json?all=1&filters={OURS}"
        ),
        ("GET", f"/v1.41/images/json?only_ids=0&all=0&filters={OWN.replace('%20', '+')}"): (
            f"/v1.41/images/json?filters={OWN}"
        ),
    }
    for (method, target), wanted in sent.items():
        assert RULES.decide(method, target, b"").target == wanted
    update = RULES.decide(
        "POST", f"/v1.41/containers/{ID}/update", b'{"Memory": 9, "MemorySwap": 9, "CpuShares": null}'
    )
    assert (json.loads(update.body), update.containers) == ({"Memory": 9, "MemorySwap": 9}, (ID,))
    update = RULES.decide("POST", f"/v1.41/containers/{ID}/update", b'{"NanoCpus": 20000000}')
    assert (json.loads(update.body), update.containers) == ({"NanoCpus": 20_000_000}, (ID,))


OTHER_CALLS: Final = (
    ("POST", f"/v1.41/containers/{ID}/exec", b"{}"),
    ("POST", f"/v1.41/exec/{ID}/start", b"{}"),
    ("GET", f"/v1.41/containers/{ID}/json", b""),
    ("GET", f"/v1.41/containers/{ID}/logs?stdout=1", b""),
    ("GET", f"/v1.41/containers/{ID}/archive?path=/etc/shadow", b""),
    ("PUT", f"/v1.41/containers/{ID}/archive?path=/", b""),
    ("GET", f"/v1.41/containers/{ID}/attach/ws?stdin=1", b""),
    ("POST", f"/v1.41/containers/{ID}/kill", b""),
    ("POST", "/v1.41/containers/prune", b""),
    ("POST", "/v1.41/containers/database/start", b""),
    ("POST", f"/v1.41/containers/{ID[:12]}/start", b""),
    ("POST", f"/v1.41/containers/{ID}/start", b'{"Privileged": true}'),
    ("POST", f"/v1.41/containers/{ID}/start?detachKeys=a", b""),
    ("POST", f"/v1.41/containers/{ID}/attach?{ATTACHED}&logs=1", b""),
    ("POST", f"/v1.41/containers/{ID}/attach?{ATTACHED}&stdin=0", b""),
    ("POST", f"/v1.41/containers/{ID}/update", b'{"Memory": 9, "MemorySwap": -1}'),
    ("POST", f"/v1.41/containers/{ID}/update", b'{"NanoCpus": 0}'),
    ("POST", f"/v1.41/containers/{ID}/update", b'{"Memory": 9, "MemorySwap": 9, "RestartPolicy": {"Name": "always"}}'),
    ("DELETE", f"/v1.41/containers/{ID}?v=1&link=1&force=True", b""),
    ("DELETE", f"/v1.41/images/{IMAGE}", b""),
    ("GET", "/v1.41/containers/json?all=1", b""),
    ("GET", "/v1.41/containers/json?limit=-1&all=1&size=0&trunc_cmd=0&filters=%7B%7D", b""),
    ("GET", "/v1.41/images/json", b""),
    ("GET", f"/v1.41/images/json?only_ids=0&all=0&filters={OURS}", b""),
    ("GET", "/v1.41/images/postgres:17/json", b""),
    ("GET", f"/v1.41/images/{IMAGE}/../debian/json", b""),
    ("POST", "/v1.41/images/create?fromImage=x", b""),
    ("POST", "/v1.41/build", b""),
    ("POST", "/v1.41/volumes/create", b"{}"),
    ("POST", "/v1.41/networks/create", b"{}"),
    ("POST", "/v1.41/plugins/pull?remote=x", b"[]"),
    ("POST", "/v1.41/swarm/init", b"{}"),
    ("POST", "/v1.41/session", b""),
    ("POST", "/grpc", b""),
    ("GET", "/v1.41/events", b""),
    ("HEAD", "/v1.41/info", b""),
    ("GET", "/v1.39/info", b""),
    ("GET", "/v1.041/info", b""),
    ("GET", "/v1.41//info", b""),
    ("GET", "//v1.41/info", b""),
    ("GET", "/v1.41/../info", b""),
    ("GET", "/v1.41/./info", b""),
    ("GET", "/v1.41/info/", b""),
    ("GET", "/v1.41/%69nfo", b""),
    ("GET", "/v1.41/info%00", b""),
    ("GET", "/v1.41/info#x", b""),
    ("GET", "/v1.41/INFO", b""),
    ("GET", "/v1.41/v1.41/info", b""),
    ("GET", "http://docker/v1.41/info", b""),
    ("CONNECT", "docker:80", b""),
    ("OPTIONS", "*", b""),
    ("GET", "", b""),
    ("POST", f"/v1.41/containers/x/..%2f{ID}/start", b""),
    ("POST", f"/v1.41/containers/create/../{ID}/start", b""),
    ("POST", f"/containers/{ID}/start", b""),
    ("POST", "/v1.41/containers/create?name=zuko-20873", b"null"),
)  # fmt: skip


def test_no_other_call_passes() -> None:
    passed = []
    for method, target, body in OTHER_CALLS:
        try:
            RULES.decide(method, target, body)
        except RefusedError:
            continue
        passed.append(f"{method} {target}")
    assert not passed


def test_a_reason_is_short_and_printable() -> None:
    decide: Callable[[str], Call] = lambda target: RULES.decide("GET", target, b"")  # noqa: E731
    for target in ("/" + "x" * 10_000, "/\x1b[2J", "/é"):
        with pytest.raises(RefusedError) as refused:
            decide(target)
        assert len(str(refused.value)) < 200
        assert str(refused.value).isprintable()
