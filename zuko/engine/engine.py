"""The Docker engine that gives a sandbox its container.

    Engine.start_sandbox ── create, attach ──> Container ── start ──> Sandbox (hello)

It marks containers with their owner (labels); confinement.py decides how they are made.
"""

import contextlib
import itertools
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from typing import Any, Final

import docker.errors
import requests

import docker
from zuko.engine.confinement import RUNNER_UIDS, container_options
from zuko.engine.connection import Connection
from zuko.engine.container import Container
from zuko.engine.host import DockerHost, refusal_error
from zuko.engine.images import image_names
from zuko.engine.limits import missing_limits, refusal
from zuko.engine.neighbours import SLOTS_LABEL, Neighbour, announcement, neighbours
from zuko.engine.owner import owner_is_gone, process_identity
from zuko.engine.report import EngineInfo, EngineReport, info_of, report_of
from zuko.errors import ContainerEndedError, EngineError, ImageMissingError, UnreachableError
from zuko.sandbox.sandbox import Sandbox
from zuko.sandbox.stream import Stream
from zuko.types import Isolation, SandboxSpec

log = logging.getLogger(__name__)

LABEL: Final = "zuko.managed"
OWNER_LABEL: Final = "zuko.engine.owner"
STANDBY_LABEL: Final = "zuko.pool.standby"  # created in advance, started when it is needed

UNSTARTED_S: Final = 50.0  # longer than any service takes between create and start
# In the engine's or the runtime's answers about a container that is ending, or has ended.
_ENDED: Final = ("stopped container", "not running", "No such container", "marked for removal")
STANDBY_S: Final = 600.0  # the same with STANDBY_LABEL: a function frozen for longer has lost its connection


class Engine:
    """The Docker host: connected to when first needed, and again after a failure. Safe for several threads."""

    def __init__(self, host: DockerHost | None = None, on_call: Callable[[str], None] = lambda _: None) -> None:
        self._host = host or DockerHost()
        # Why the host in use does not allow namespaces, by what it depends on: the runtime and the seccomp profile.
        self._refusals: dict[tuple[str | None, bool], str] = {}
        self._connection = Connection(self._host, on_call, on_loss=self._forget_host)
        self._next_uid: Iterator[int] = itertools.cycle(_rotated(RUNNER_UIDS))
        self._owner = process_identity()
        self._labels: dict[str, str] = {}  # of every container, in addition to those that mark it as ours
        self.started_at = time.time()  # to find out which of two services came first
        self._has_limits = False  # the host in use was asked, and can limit what sandboxes use
        self._idle_since: dict[str, float] = {}  # containers that do not run, and when a sweep first saw them like that

    def info(self) -> EngineInfo:
        """Return what the Docker host reports about itself.

        Raises:
            EngineError: it does not answer, or cannot limit what sandboxes use.
        """
        with self._connection.call() as api:
            info = api.info()
            self._check_limits(info)
            return info_of(info)

    def report(self) -> EngineReport:
        """Return everything that the Docker host reports about itself, for its operator.

        Raises:
            EngineError: it does not answer.
        """
        with self._connection.call() as api:
            return report_of(api.info())

    def announce(self, slots: Sequence[int | None]) -> None:
        """Have the containers that are made from now on show others the runs of this process: the core of each."""
        self._labels = {SLOTS_LABEL: announcement(slots, self.started_at)}

    def neighbours(self) -> list[Neighbour]:
        """Return the other processes that have announced themselves on the Docker host, in the order of their start.

        Raises:
            EngineError: it does not answer.
        """
        with self._connection.call() as api:
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

    def images_labelled(self, label: str) -> frozenset[str]:
        """Return the names of the images that have a label.

        Raises:
            EngineError: the Docker host does not answer.
        """
        with self._connection.call() as api:
            return image_names(api.images(filters={"label": label}))

    def image_id(self, image: str) -> str:
        """Return the id of an image, which changes whenever it is built again with something else in it.

        Raises:
            ImageMissingError: it is not on the Docker host.
            EngineError: the Docker host does not answer.
        """
        with self._connection.call(image) as api:
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
        with self._connection.call(spec.image) as api:
            if not self._has_limits:
                self._check_limits(api.info())
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
        with self._connection.call() as api:
            api.start(container_id)

    def limit_memory(self, container_id: str, memory_bytes: int) -> None:
        """Change a container's memory limit; swap stays disabled.

        Raises:
            EngineError: the Docker host does not answer, or refuses.
        """
        with self._connection.call() as api:
            api.update_container(container_id, mem_limit=memory_bytes, memswap_limit=memory_bytes)

    def limit_cpus(self, container_id: str, cpus: float) -> None:
        """Change how many cores' worth of CPU time a container gets.

        Raises:
            ContainerEndedError: it is ending, or has ended.
            EngineError: the Docker host does not answer, or refuses.
        """
        with self._connection.call() as api:  # the SDK's own method does not have this limit
            path = f"/v{api.api_version}/containers/{container_id}/update"
            response = api.post(api.base_url + path, json={"NanoCpus": int(cpus * 1e9)}, timeout=api.timeout)
            if any(words in response.text for words in _ENDED):
                raise ContainerEndedError("the container has ended")
            try:
                response.raise_for_status()
            except requests.exceptions.HTTPError as error:
                docker.errors.create_api_error_from_http_exception(error)

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
        return f"/v{self._connection.client().api_version}/containers/{container_id}/start"

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
            with self._connection.call() as api:
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
        with self._connection.call() as api:
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
        self._connection.close()

    def _forget_host(self) -> None:
        """Forget what is known of the host: the next address may be that of another one."""
        self._refusals.clear()
        self._has_limits = False

    def _check_limits(self, info: Mapping[str, Any]) -> None:
        """Refuse a host that cannot limit what sandboxes use; note that one was asked, and can.

        Raises:
            EngineError: it cannot.
        """
        missing = missing_limits(info)
        if missing:
            raise EngineError(refusal(missing))
        self._has_limits = True

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
