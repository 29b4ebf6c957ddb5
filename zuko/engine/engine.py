"""The Docker engine that gives a sandbox its container.

    Engine.start_sandbox ── create, attach, start ──> Sandbox (hello)

It marks containers with their owner (labels); confinement.py decides how they are made.
"""

import contextlib
import itertools
import logging
import random
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Final

import docker.errors
import requests

import docker
from zuko.engine.confinement import CELL_APPARMOR, RUNNER_UIDS, container_options
from zuko.engine.host import DockerHost, docker_errors, refusal_error
from zuko.engine.neighbours import SLOTS_LABEL, Neighbour, announcement, neighbours
from zuko.engine.owner import owner_is_gone, process_identity
from zuko.errors import EngineError, ImageMissingError, ProfileError, UnreachableError
from zuko.sandbox.sandbox import Sandbox
from zuko.sandbox.stream import Stream
from zuko.types import Isolation, SandboxSpec

log = logging.getLogger(__name__)

LABEL: Final = "zuko.managed"
OWNER_LABEL: Final = "zuko.engine.owner"
STANDBY_LABEL: Final = "zuko.pool.standby"  # created in advance, started when it is needed

UNSTARTED_S: Final = 50.0  # longer than any service takes between create and start
STANDBY_S: Final = 600.0  # the same with STANDBY_LABEL: a function frozen for longer has lost its connection
STALE_S: Final = 30.0  # a connection unused for longer may be dead without notice: we were frozen, or a firewall


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Version and size of a Docker host, as it reports them."""

    version: str
    cores: int


class Container:
    """A sandbox before its start: created and attached to. One thread at a time may use it, except for `cancel`.

    `finish_start` starts it. Calling `ask_start` earlier saves the wait for the engine's response.
    """

    def __init__(
        self,
        engine: "Engine",
        container_id: str,
        stream: Stream,
        spec: SandboxSpec,
        core: int | None,
        *,
        isolation: Isolation,
    ) -> None:
        self._engine = engine
        self._isolation = isolation
        self._stream = stream
        self._spec = spec
        self._core = core
        self._connection: HTTPConnection | None = None  # to the engine, for `ask_start`
        self._start_path = ""
        self._start_requested = False
        self.container_id = container_id

    def prepare(self) -> None:
        """Open the connection that `ask_start` needs, so that it does not have to wait.

        Raises:
            EngineError: the engine does not answer.
        """
        if self._connection is None:
            self._start_path = self._engine.start_path(self.container_id)
            self._connection = self._engine.open_connection()

    def ask_start(self) -> bool:
        """Ask the engine to start it, without waiting: the engine goes on while we are frozen.

        Return False, without asking, if `prepare` was not called.

        Raises:
            EngineError: the connection is broken.
        """
        if self._connection is None:
            return False
        with docker_errors():
            self._connection.request("POST", self._start_path)
        self._start_requested = True
        return True

    def finish_start(self) -> Sandbox:
        """Return the sandbox once it has sent its hello. Without `ask_start` before, ask the engine now.

        Raises:
            EngineError: the engine does not answer, or refuses.
            SandboxError: the container started and did not send its hello.
        """
        try:
            sandbox = self._start()
        except BaseException as error:
            self.discard()
            if self._isolation is not Isolation.NAMESPACES or not isinstance(error, ProfileError):
                raise
            refusal = f"AppArmor: the profile {CELL_APPARMOR} is not loaded"
        else:
            if self._isolation is sandbox.hello.isolation:
                return sandbox
            # It has what namespaces need of a container, which is less strict than a container alone would be.
            sandbox.close()
            refusal = sandbox.hello.refusal
        self._engine.note_refusal(self._spec, refusal)
        return self._engine.create_sandbox(self._spec, self._core).finish_start()

    def _start(self) -> Sandbox:
        if self._start_requested and self._connection is not None:
            self._engine.read_start_response(self._connection)
        else:
            if self._connection is not None:
                self._connection.close()
            self._engine.start_container(self.container_id)
        return Sandbox(self._engine, self.container_id, self._stream, self._spec, self._core)

    def has_ended(self) -> bool:
        """Return whether it is known to have ended; does not call the engine."""
        return self._stream.has_ended()

    def cancel(self) -> None:
        """Make `finish_start` fail at once, from any thread."""
        self._stream.cancel()
        sock = None if self._connection is None else self._connection.sock  # read once: a waiting thread may close it
        if sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # as in Stream.cancel

    def discard(self) -> None:
        """Remove the container; never raise."""
        self._stream.close()
        if self._connection is not None:
            self._connection.close()
        self._engine.remove(self.container_id)


class Engine:
    """The Docker host: connected to when first needed, and again after a failure. Safe for several threads."""

    def __init__(self, host: DockerHost | None = None) -> None:
        self._host = host or DockerHost()
        self._client: docker.APIClient | None = None
        self._used_at = 0.0
        self._refusal: tuple[float, EngineError] | None = None  # time of the last failed connection, and its error
        self._lock = threading.Lock()
        self._next_uid: Iterator[int] = itertools.cycle(_rotated(RUNNER_UIDS))
        self._owner = process_identity()
        self._labels: dict[str, str] = {}  # of every container, in addition to those that mark it as ours
        self.started_at = time.time()  # to find out which of two services came first
        # Why the host in use does not allow namespaces, by what it depends on: the runtime and the seccomp profile.
        self._refusals: dict[tuple[str | None, bool], str] = {}
        self._idle_since: dict[str, float] = {}  # containers that do not run, and when a sweep first saw them like that

    def info(self) -> EngineInfo:
        """Return what the Docker host reports about itself.

        Raises:
            EngineError: it does not answer.
        """
        with self._call() as api:
            info = api.info()
            return EngineInfo(str(info["ServerVersion"]), int(info["NCPU"]))

    def announce(self, slots: Sequence[int | None]) -> None:
        """Have the containers that are made from now on show others the runs of this process: the core of each."""
        self._labels = {SLOTS_LABEL: announcement(slots, self.started_at)}

    def neighbours(self) -> list[Neighbour]:
        """Return the other processes that have announced themselves on the Docker host, in the order of their start.

        Raises:
            EngineError: it does not answer.
        """
        with self._call() as api:
            found = api.containers(filters={"label": SLOTS_LABEL})
        return neighbours(found, owner_label=OWNER_LABEL, own=self._owner)

    def has_image(self, image: str) -> bool:
        """Return whether an image is on the Docker host.

        Raises:
            EngineError: it does not answer.
        """
        try:
            self.image_id(image)
        except ImageMissingError:
            return False
        return True

    def image_id(self, image: str) -> str:
        """Return the id of an image, which changes whenever it is built again with something else in it.

        Raises:
            ImageMissingError: it is not on the Docker host.
            EngineError: the Docker host does not answer.
        """
        with self._call(image) as api:
            found = api.inspect_image(image)  # type: ignore[no-untyped-call]  # the stubs lack this one
            return str(found["Id"])

    def create_sandbox(self, spec: SandboxSpec, core: int | None = None, *, standby: bool = False) -> Container:
        """Create a container and attach to it; it uses no memory until it is started.

        Args:
            spec: how to make it.
            core: the core that it may use, None for any.
            standby: it may be started much later.

        Raises:
            ImageMissingError: the image is not on the Docker host.
            EngineError: the Docker host does not answer, or refuses.
        """
        isolation = self._isolation_of(spec)
        with self._call(spec.image) as api:
            container_id = self._create(api, spec, isolation, core, {STANDBY_LABEL: "true"} if standby else {})
            try:
                params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
                stream = Stream(api.attach_socket(container_id, params=params))
            except BaseException:
                self.remove(container_id)
                raise
            return Container(self, container_id, stream, spec, core, isolation=isolation)

    def start_sandbox(self, spec: SandboxSpec, core: int | None = None) -> Sandbox:
        """Create, attach and start a container, and wait for its hello.

        Raises:
            ImageMissingError: the image is not on the Docker host.
            EngineError: the Docker host does not answer, or refuses.
            SandboxError: the container started and did not send its hello.
        """
        return self.create_sandbox(spec, core).finish_start()

    def start_container(self, container_id: str) -> None:
        """Start a container and wait for the engine's response.

        Raises:
            EngineError: the Docker host does not answer, or refuses.
        """
        with self._call() as api:
            api.start(container_id)

    def limit_memory(self, container_id: str, memory_bytes: int) -> None:
        """Change a container's memory limit; swap stays disabled.

        Raises:
            EngineError: the Docker host does not answer, or refuses.
        """
        with self._call() as api:
            api.update_container(container_id, mem_limit=memory_bytes, memswap_limit=memory_bytes)

    def open_connection(self) -> HTTPConnection:
        """Open a connection for one request whose response is read later.

        Raises:
            EngineError: the Docker host does not answer.
        """
        return self._host.open_request()

    def start_path(self, container_id: str) -> str:
        """Return the path of the request that starts a container.

        Raises:
            EngineError: the Docker host does not answer.
        """
        return f"/v{self._api().api_version}/containers/{container_id}/start"

    def read_start_response(self, connection: HTTPConnection) -> None:
        """Read the response to the request of `Container.ask_start`.

        Raises:
            EngineError: the Docker host did not answer, or refused.
        """
        with contextlib.closing(connection), self._host.docker_errors():
            try:
                response = connection.getresponse()
                text = response.read(4096)
            except HTTPException as error:
                raise UnreachableError("the Docker host closed the connection in mid-response") from error
        if response.status not in {requests.codes.no_content, requests.codes.not_modified}:
            log.warning("the Docker host did not start a sandbox: %d %r", response.status, text)
            raise refusal_error(text.decode(errors="replace"))

    def remove(self, container_id: str) -> None:
        """End and remove a container in whatever state; never raise. One that no longer exists counts as removed."""
        try:
            with self._call() as api:
                try:
                    api.remove_container(container_id, force=True)
                except docker.errors.APIError as error:
                    if error.status_code not in {requests.codes.not_found, requests.codes.conflict}:
                        raise  # otherwise it is removed, or about to be
        except EngineError as error:
            log.debug("container %.12s not removed: %s", container_id, error)

    def sweep(self) -> int:
        """Remove containers of ours that will never start, or that ended and were not removed; return their number.

        A running container is left alone: it ends with its owner. One that does not run is removed if its owner is
        known to have ended, or if sweeps have seen it like that for longer than a start can take.

        Raises:
            EngineError: the Docker host does not answer.
        """
        with self._call() as api:
            found = api.containers(all=True, filters={"label": LABEL})
        now = time.monotonic()  # not the containers' time of creation: that is another host's clock
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

    @property
    def refused_namespaces(self) -> str:
        """Why the Docker host does not allow namespaces for each run; "" if it does, or none was asked for yet."""
        return next(iter(self._refusals.values()), "")

    def note_refusal(self, spec: SandboxSpec, reason: str) -> None:
        """Record that the Docker host does not allow namespaces; other sandboxes are then made without.

        Raises:
            EngineError: the specification accepts nothing less.
        """
        if spec.isolation is Isolation.NAMESPACES:
            raise EngineError(f"the Docker host does not allow namespaces for each run ({reason})")
        if _ground(spec) not in self._refusals:
            log.warning("each submission gets a container: the host does not allow namespaces for each run: %s", reason)
        self._refusals[_ground(spec)] = reason or "unknown"

    def _isolation_of(self, spec: SandboxSpec) -> Isolation:
        if spec.isolation is not Isolation.AUTO:
            return spec.isolation
        return Isolation.CONTAINER if _ground(spec) in self._refusals else Isolation.NAMESPACES

    def close(self) -> None:
        """Close the connections; the engine can be used again afterwards."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    @contextlib.contextmanager
    def _call(self, image: str = "") -> Iterator[docker.APIClient]:
        """Give a client. After a failure the next request uses a new connection, perhaps to another address."""
        client = self._api()
        try:
            with self._host.docker_errors(image):
                yield client
        except UnreachableError:
            with self._lock:
                failed_first = self._client is client
                if failed_first:
                    self._client = None
                    self._refusals.clear()  # the next address may be another host
            if failed_first:
                self._host.try_next_address()
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
                refused = self._refusal[1]  # it happened while we waited for the lock: the same would happen to us
                raise type(refused)(*refused.args)
            if self._client is None:
                try:
                    self._client = self._host.connect()
                except EngineError as error:
                    self._refusal = time.monotonic(), error
                    raise
            self._used_at = now
            return self._client

    def _create(
        self, api: docker.APIClient, spec: SandboxSpec, isolation: Isolation, core: int | None, labels: dict[str, str]
    ) -> str:
        """Create a container with a uid that no other live sandbox of this Docker host has; return its id.

        The container's name contains the uid, and the engine refuses duplicate names: it is the only arbiter that all
        clients share.
        """
        for uid in itertools.islice(self._next_uid, len(RUNNER_UIDS)):
            try:
                created = api.create_container(
                    spec.image,
                    name=f"zuko-{uid}",
                    labels={LABEL: "true", OWNER_LABEL: self._owner, **self._labels, **labels},
                    **container_options(api, spec, isolation, core, uid),
                )
            except docker.errors.APIError as error:
                if error.status_code == requests.codes.conflict and "already in use" in str(error.explanation):
                    continue
                raise
            return str(created["Id"])
        raise EngineError(f"all {len(RUNNER_UIDS)} users for sandboxes are in use on this Docker host")


def _ground(spec: SandboxSpec) -> tuple[str | None, bool]:
    return spec.runtime, spec.engine_seccomp


def _rotated(uids: range) -> list[int]:
    """Return the range from a random start, so that two services rarely try the same uid."""
    start = random.randrange(len(uids))  # noqa: S311 - not for security
    return [*uids[start:], *uids[:start]]
