"""The images of a Docker host."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import docker.errors

import docker
from zuko.engine.host import DockerHost
from zuko.errors import ImageMissingError


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image on the Docker host."""

    image_id: str
    size_bytes: int
    created: datetime
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BuilderInfo:
    """The Docker host as a place to build images."""

    cores: int
    directory: str  # where it keeps images, on its own disk


def image_names(listed: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the names of the images in a list of the Docker host's."""
    return frozenset(name for each in listed for name in each["RepoTags"] or ())


class ImageStore:
    """The images of a Docker host, which is reached when it is first asked. Safe for several threads."""

    def __init__(self, host: DockerHost) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._client: docker.APIClient | None = None

    def find(self, name: str) -> ImageInfo | None:
        """Return the data of an image; None: the Docker host does not have it.

        Raises:
            EngineError: the Docker host does not answer.
        """
        try:
            with self._host.docker_errors(name):
                found = self._api().inspect_image(name)  # type: ignore[no-untyped-call]  # the stubs lack this one
        except ImageMissingError:
            return None
        return ImageInfo(
            image_id=str(found["Id"]),
            size_bytes=int(found["Size"]),
            created=datetime.fromisoformat(found["Created"]),
            labels=(found.get("Config") or {}).get("Labels") or {},
        )

    def labelled(self, label: str) -> frozenset[str]:
        """Return the names of the images that have a label.

        Raises:
            EngineError: the Docker host does not answer.
        """
        with self._host.docker_errors():
            return image_names(self._api().images(filters={"label": label}))

    def remove_unused(self, image_id: str) -> bool:
        """Remove an image that lost its name; one that a container uses, or that has another name, stays.

        Returns whether it was removed.

        Raises:
            EngineError: the Docker host does not answer.
        """
        with self._host.docker_errors():
            try:
                self._api().remove_image(image_id)
            except docker.errors.APIError:
                return False
        return True

    def builder_info(self) -> BuilderInfo:
        """Return the cores and the directory of the Docker host.

        Raises:
            EngineError: the Docker host does not answer.
        """
        with self._host.docker_errors():
            info = self._api().info()
        return BuilderInfo(int(info["NCPU"]), str(info["DockerRootDir"]))

    def close(self) -> None:
        """Close the connections to the Docker host."""
        with self._lock:
            if self._client is not None:
                self._client.close()

    def _api(self) -> docker.APIClient:
        with self._lock:
            if self._client is None:
                self._client = self._host.connect()
            return self._client
