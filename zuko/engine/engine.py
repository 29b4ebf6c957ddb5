"""The Docker engine that gives a sandbox its container.

    Engine.start_sandbox ── create, attach, start ──> Sandbox (hello)

The one place that says how a container is made (`_host_config`) and whose it is (its labels).
"""

import contextlib
import itertools
import logging
import random
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, Final

import docker.errors
import requests
from docker.types import LogConfig, Ulimit

import docker
from zuko.engine.host import DockerHost, docker_errors
from zuko.engine.owner import owner_is_gone, process_identity
from zuko.engine.seccomp import PROFILE
from zuko.errors import EngineError, ImageMissingError, UnreachableError
from zuko.sandbox.sandbox import Sandbox
from zuko.sandbox.stream import Stream
from zuko.types import SandboxSpec

log = logging.getLogger(__name__)

# Users that belong to `runner` in every image: docker/*.Dockerfile write them into /etc/passwd.
RUNNER_UIDS: Final = range(20000, 21000)
RUNNER_GID: Final = 20000
WRITABLE: Final = ("/workspace", "/tmp", "/dev/shm", "/dev/mqueue")  # noqa: S108 - paths in the container
LABEL: Final = "zuko.managed"
OWNER_LABEL: Final = "zuko.engine.owner"
STANDBY_LABEL: Final = "zuko.pool.standby"  # created ahead, to be started when it is needed

UNSTARTED_S: Final = 50.0  # nobody needs as long between create and start
STANDBY_S: Final = 600.0  # nor here: the connection of a function that was frozen for so long is dead
STALE_S: Final = 30.0  # a connection that was unused for longer may be dead without our knowing: frozen, or a firewall


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What a Docker host says of itself."""

    version: str
    cores: int


class Container:
    """A sandbox before its start: created and attached to. `finish_start` starts it; `ask_start`, earlier, saves the
    wait for the engine's answer. For one thread at a time, but for `cancel`."""

    def __init__(
        self, engine: "Engine", container_id: str, stream: Stream, spec: SandboxSpec, core: int | None
    ) -> None:
        self._engine = engine
        self._stream = stream
        self._spec = spec
        self._core = core
        self._line: HTTPConnection | None = None  # to the engine, for `ask_start`
        self._start_path = ""
        self._asked = False
        self.container_id = container_id

    def prepare(self) -> None:
        """Opens the connection that `ask_start` needs, so that it has to wait for nothing then.

        Raises:
            EngineError: the engine does not answer.
        """
        if self._line is None:
            self._start_path = self._engine.start_path(self.container_id)
            self._line = self._engine.open_line()

    def ask_start(self) -> bool:
        """Has the engine start it, without waiting for anything: the engine works on while we are frozen.

        Returns False when it was not `prepare`d, and nothing was asked.

        Raises:
            EngineError: the connection is broken.
        """
        if self._line is None:
            return False
        with docker_errors():
            self._line.request("POST", self._start_path)
        self._asked = True
        return True

    def finish_start(self) -> Sandbox:
        """The sandbox, when it has said hello. Without `ask_start` before, the engine is asked now.

        Raises:
            EngineError: the engine does not answer, or refuses.
            SandboxError: the container started and did not say hello.
        """
        try:
            if self._asked and self._line is not None:
                self._engine.finish_ask(self._line)
            else:
                if self._line is not None:
                    self._line.close()
                self._engine.start_container(self.container_id)
            return Sandbox(self._engine, self.container_id, self._stream, self._spec, self._core)
        except BaseException:
            self.discard()
            raise

    def has_ended(self) -> bool:
        """Whether it is known to be of no use any more; costs no call to the engine."""
        return self._stream.has_ended()

    def cancel(self) -> None:
        """From any thread: whoever waits in `finish_start` gets an error at once."""
        self._stream.cancel()
        line = None if self._line is None else self._line.sock  # one look: who waits may be closing it
        if line is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)  # as in Stream.cancel

    def discard(self) -> None:
        """Removes it; never raises."""
        self._stream.close()
        if self._line is not None:
            self._line.close()
        self._engine.remove(self.container_id)


class Engine:
    """The Docker host, reached when it is first needed and again after it was away. Safe for several threads."""

    def __init__(self, host: DockerHost | None = None) -> None:
        self._host = host or DockerHost()
        self._client: docker.APIClient | None = None
        self._used_at = 0.0
        self._refusal: tuple[float, EngineError] | None = None  # when a connection was refused last, and why
        self._lock = threading.Lock()
        self._next_uid = itertools.cycle(_rotated(RUNNER_UIDS))
        self._owner = process_identity()
        self._idle_since: dict[str, float] = {}  # containers that do not run, and when a sweep first saw them so

    def info(self) -> EngineInfo:
        """What the Docker host says of itself.

        Raises:
            EngineError: it does not answer.
        """
        with self._asking() as api:
            info = api.info()
            return EngineInfo(str(info["ServerVersion"]), int(info["NCPU"]))

    def has_image(self, image: str) -> bool:
        """Whether an image is on the Docker host.

        Raises:
            EngineError: it does not answer.
        """
        try:
            with self._asking(image) as api:
                api.inspect_image(image)  # type: ignore[no-untyped-call]  # the stubs lack this one
        except ImageMissingError:
            return False
        return True

    def create_sandbox(self, spec: SandboxSpec, core: int | None = None, *, standby: bool = False) -> Container:
        """Creates a container and attaches to it; it costs no memory until it is started.

        Args:
            spec: how it is made.
            core: the core that it may use, None for any.
            standby: it may be started much later.

        Raises:
            ImageMissingError: the image is not on the Docker host.
            EngineError: the Docker host does not answer, or refuses.
        """
        with self._asking(spec.image) as api:
            container_id = self._create(api, spec, core, {STANDBY_LABEL: "true"} if standby else {})
            try:
                params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
                stream = Stream(api.attach_socket(container_id, params=params))
            except BaseException:
                self.remove(container_id)
                raise
            return Container(self, container_id, stream, spec, core)

    def start_sandbox(self, spec: SandboxSpec, core: int | None = None) -> Sandbox:
        """Creates, attaches and starts a container, and waits for its hello.

        Raises:
            ImageMissingError: the image is not on the Docker host.
            EngineError: the Docker host does not answer, or refuses.
            SandboxError: the container started and did not say hello.
        """
        return self.create_sandbox(spec, core).finish_start()

    def start_container(self, container_id: str) -> None:
        """Starts a container and waits for the engine's answer.

        Raises:
            EngineError: the Docker host does not answer, or refuses.
        """
        with self._asking() as api:
            api.start(container_id)

    def limit_memory(self, container_id: str, memory_bytes: int) -> None:
        """Changes a container's memory limit; swap stays out of it.

        Raises:
            EngineError: the Docker host does not answer, or refuses.
        """
        with self._asking() as api:
            api.update_container(container_id, mem_limit=memory_bytes, memswap_limit=memory_bytes)

    def open_line(self) -> HTTPConnection:
        """A connection for one request whose answer is taken later.

        Raises:
            EngineError: the Docker host does not answer.
        """
        return self._host.open_request()

    def start_path(self, container_id: str) -> str:
        """What a request to start a container is sent to.

        Raises:
            EngineError: the Docker host does not answer.
        """
        return f"/v{self._api().api_version}/containers/{container_id}/start"

    def finish_ask(self, line: HTTPConnection) -> None:
        """Takes the answer to what `Container.ask_start` sent.

        Raises:
            EngineError: the Docker host did not answer, or refused.
        """
        with contextlib.closing(line), self._host.docker_errors():
            try:
                answer = line.getresponse()
                told = answer.read(4096)
            except HTTPException as error:
                raise UnreachableError("the Docker host closed the connection in mid-response") from error
        if answer.status not in {requests.codes.no_content, requests.codes.not_modified}:
            log.warning("the Docker host did not start a sandbox: %d %r", answer.status, told)
            raise EngineError("the Docker host refused to start a sandbox; its reason is in the server's log")

    def remove(self, container_id: str) -> None:
        """Ends and removes a container of ours in whatever state; never raises, a gone one is as good."""
        try:
            with self._asking() as api:
                try:
                    api.remove_container(container_id, force=True)
                except docker.errors.APIError as error:
                    if error.status_code not in {requests.codes.not_found, requests.codes.conflict}:
                        raise  # else it is gone, or going
        except EngineError as error:
            log.debug("container %.12s not removed: %s", container_id, error)

    def sweep(self) -> int:
        """Removes containers of ours that nobody will ever start or that ended without being removed.

        A running one needs no sweep: it ends when its owner does. One that does not run goes when its owner is known
        to be gone, else when sweeps have seen it so for longer than anybody needs between create and start. Returns
        how many were removed.

        Raises:
            EngineError: the Docker host does not answer.
        """
        with self._asking() as api:
            found = api.containers(all=True, filters={"label": LABEL})
        now = time.monotonic()  # no clock of another host's is asked
        idle = {each["Id"]: each["Labels"] for each in found if each["State"] in {"created", "exited", "dead"}}
        self._idle_since = {each: self._idle_since.get(each, now) for each in idle}
        abandoned = [
            container_id
            for container_id, labels in idle.items()
            if owner_is_gone(labels.get(OWNER_LABEL, ""))
            or now - self._idle_since[container_id] >= (STANDBY_S if STANDBY_LABEL in labels else UNSTARTED_S)
        ]
        for container_id in abandoned:
            self.remove(container_id)
        return len(abandoned)

    def close(self) -> None:
        """Closes the connections; the engine can be used again afterwards."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    @contextlib.contextmanager
    def _asking(self, image: str = "") -> Iterator[docker.APIClient]:
        """A client to ask. Who does not answer is asked on a new connection next time, perhaps another address."""
        client = self._api()
        try:
            with self._host.docker_errors(image):
                yield client
        except UnreachableError:
            with self._lock:
                failed_first = self._client is client
                if failed_first:
                    self._client = None
            if failed_first:
                self._host.give_up()
                client.close()
            raise

    def _api(self) -> docker.APIClient:
        asked_at = time.monotonic()
        with self._lock:
            now = time.monotonic()
            if self._client is not None and now - self._used_at > STALE_S:
                self._client.close()
                self._client = None
            if self._client is None and self._refusal is not None and self._refusal[0] > asked_at:
                refused = self._refusal[1]  # while we waited for the lock: the answer is ours, too
                raise type(refused)(*refused.args)
            if self._client is None:
                try:
                    self._client = self._host.connect()
                except EngineError as error:
                    self._refusal = time.monotonic(), error
                    raise
            self._used_at = now
            return self._client

    def _create(self, api: docker.APIClient, spec: SandboxSpec, core: int | None, labels: dict[str, str]) -> str:
        """A container under a uid that no other live sandbox of this Docker host has.

        The name carries the uid, and the engine refuses a name twice: it is the one arbiter that all clients share.
        """
        for uid in itertools.islice(self._next_uid, len(RUNNER_UIDS)):
            try:
                created = api.create_container(
                    spec.image,
                    command=_arguments(spec),
                    name=f"zuko-{uid}",
                    user=f"{uid}:{RUNNER_GID}",
                    stdin_open=True,
                    # As network_mode none has it: a namespace with nothing but lo. Without the engine's two programs
                    # that set up a network there, which were half of a container's cost (measured: 310 to 170 ms).
                    network_disabled=True,
                    labels={LABEL: "true", OWNER_LABEL: self._owner, **labels},
                    host_config=_host_config(api, spec, core),
                )
            except docker.errors.APIError as error:
                if error.status_code == requests.codes.conflict and "already in use" in str(error.explanation):
                    continue
                raise
            return str(created["Id"])
        raise EngineError(f"all {len(RUNNER_UIDS)} users for sandboxes are in use on this Docker host")


def _arguments(spec: SandboxSpec) -> list[str]:
    arguments = ["--idle-seconds", str(spec.idle_s)]
    for path in WRITABLE:
        arguments += ["--writable", path]
    return arguments


def _host_config(api: docker.APIClient, spec: SandboxSpec, core: int | None) -> Any:
    """The strictest container there is. docs/architecture/overview.md says why each line; tests read each back."""
    mount = f"rw,nosuid,nodev,noexec,mode=1777,nr_inodes={spec.inodes}"
    return api.create_host_config(
        read_only=True,
        network_mode="none",
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true", *([] if spec.engine_seccomp else [f"seccomp={PROFILE}"])],
        pids_limit=spec.pids,
        mem_limit=spec.memory_bytes,
        memswap_limit=spec.memory_bytes,  # memory and swap together: without it as much swap again is added
        nano_cpus=int(spec.cpus * 1e9),
        cpuset_cpus=None if core is None else str(core),
        ipc_mode="private",
        tmpfs={
            "/workspace": f"{mount},size={spec.workspace_bytes}",
            "/tmp": f"{mount},size={spec.tmp_bytes}",  # noqa: S108 - a path in the container
            "/dev/shm": f"{mount},size={spec.shm_bytes}",  # noqa: S108 - the same
        },
        ulimits=[
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="stack", soft=-1, hard=-1),  # memory's limit is enough, and says so when it is hit
            Ulimit(name="nofile", soft=spec.open_files, hard=spec.open_files),
            Ulimit(name="memlock", soft=65536, hard=65536),
            Ulimit(name="msgqueue", soft=819200, hard=819200),
            Ulimit(name="sigpending", soft=256, hard=256),
        ],
        log_config=LogConfig(type=LogConfig.types.NONE),
        auto_remove=True,
        runtime=spec.runtime,
    )


def _rotated(uids: range) -> list[int]:
    """The range from a random start, so that several services seldom try the same uid."""
    start = random.randrange(len(uids))  # noqa: S311 - spreads, guards nothing
    return [*uids[start:], *uids[:start]]
