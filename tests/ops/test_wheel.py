"""The wheel, installed in an empty virtual environment, away from any clone: it builds images, and serves."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import docker.errors
import httpx2
import pytest

import docker
from tests import ROOT
from tests.harness.waiting import wait_for
from zuko.doctor.claims import load
from zuko.doctor.corpus import find_corpus
from zuko.images.context import BuildContext, find_context
from zuko.images.state import CONTEXT_LABEL, images_of
from zuko.languages.table import LANGUAGES, PYTHON

pytestmark = pytest.mark.long(60)

PREFIX: Final = "zuko-try-wheel-"  # of this test's own image: it takes no name away from the machine's
IMAGE: Final = PREFIX + PYTHON.image
CURL: Final = re.compile(r"^```sh\n(curl .*?)^```", re.DOTALL | re.MULTILINE)


def run(*command: object, cwd: Path, **env: str) -> str:
    """Return what a command writes. It finds nothing of the clone: neither by its directory nor by the environment."""
    result = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=outside(**env),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def outside(**env: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return {**own, "ZUKO_IMAGE_PREFIX": PREFIX, **env}


@pytest.fixture(scope="module")
def uv() -> str:
    return run("bash", "-c", '. .tools/env && echo "$UV"', cwd=ROOT).strip()


@pytest.fixture(scope="module")
def wheel(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as `uv build` does, from the source distribution that it makes first."""
    directory = tmp_path_factory.mktemp("dist")
    run(uv, "build", "--out-dir", directory, cwd=ROOT)
    (path,) = directory.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def bin_directory(uv: str, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the commands of an environment with only the wheel, and its dependencies in the locked versions."""
    directory = tmp_path_factory.mktemp("away")
    locked = ("export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--no-header")
    run(uv, *locked, "--output-file", directory / "locked.txt", cwd=ROOT)
    run(uv, "venv", "--python", sys.executable, "--no-project", "environment", cwd=directory)
    python = directory / "environment" / "bin" / "python"
    run(uv, "pip", "install", "--python", python, "--constraint", "locked.txt", wheel, cwd=directory)
    return python.parent


@pytest.fixture
def own_image(docker_client: docker.DockerClient) -> Iterator[None]:
    """Remove the image of this test, before and after it. The builder's cache makes it fast the next time."""

    def is_removed() -> bool:
        try:
            docker_client.images.remove(IMAGE)
        except docker.errors.ImageNotFound:
            return True
        except docker.errors.APIError:  # a sandbox of the service that has just ended uses it
            return False
        return True

    wait_for(is_removed, 20, "the image to be removed")
    yield
    wait_for(is_removed, 20, "the image to be removed")


def test_wheel_carries_what_images_are_built_from(wheel: Path, tmp_path: Path) -> None:
    """The wheel has all of these files and no others, so that an image has the same hash as in a clone."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    assert (tmp_path / "zuko" / "py.typed").exists()
    context = find_context(tmp_path / "zuko")
    assert context == BuildContext(tmp_path / "zuko" / "images" / "context")
    images = images_of(LANGUAGES.values())
    clone = BuildContext(ROOT)
    assert [context.digest(image) for image in images] == [clone.digest(image) for image in images]
    names = {path.relative_to(context.root).as_posix() for path in context.root.rglob("*") if path.is_file()}
    assert not [name for name in names if re.search(r"init/(tests|build)/|lambda|service|database|__pycache__", name)]


def test_wheel_carries_the_hostile_programs(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    corpus = find_corpus(tmp_path / "zuko")
    assert corpus == tmp_path / "zuko" / "doctor" / "hostile"
    assert [each.request for each in load(corpus)] == [each.request for each in load()]


def test_outside_a_clone(bin_directory: Path, docker_client: docker.DockerClient, own_image: None) -> None:
    """Build the image, start the service, and send what the README sends."""
    away = bin_directory.parent.parent
    zuko = bin_directory / "zuko"
    module = run(bin_directory / "python", "-c", "import zuko; print(zuko.__file__)", cwd=away)
    assert module.startswith(str(away))
    assert "missing" in run(zuko, "images", "list", "python", cwd=away)
    assert f"{IMAGE} is built" in run(zuko, "images", "build", "python", cwd=away)
    assert docker_client.images.get(IMAGE).labels[CONTEXT_LABEL] == BuildContext(ROOT).digest(PYTHON.image)
    assert run(zuko, "images", "build", "python", cwd=away) == f"image:   {IMAGE} is up to date\n"
    assert run(zuko, "doctor", "--attack", "--only", "^escape/mount$", cwd=away) == "1 ok\n"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen([zuko, "serve", "--port", str(port)], cwd=away, env=outside()) as service:
        try:

            def is_ready() -> bool:
                try:
                    return httpx2.get(f"{url}/readyz").status_code == 200
                except httpx2.TransportError:
                    return False

            wait_for(is_ready, 60, "the service to be ready")
            (command,) = CURL.findall((ROOT / "README.md").read_text())
            response = json.loads(run(*shlex.split(command.replace("http://127.0.0.1:8000", url)), cwd=away))
            assert (response["status"], response["stdout"]) == ("OK", "Hello Zuko\n")
            service.send_signal(signal.SIGTERM)
            service.wait(40)
        finally:
            service.kill()
    assert service.returncode == -signal.SIGTERM
