"""`zuko images` with a real engine; what it builds there is tested in tests/ops/test_wheel.py."""

from contextlib import closing
from datetime import timedelta

import docker
from tests.harness.command import zuko
from zuko.engine.host import DockerHost
from zuko.engine.images import ImageStore
from zuko.languages.table import CPP, LANGUAGES, PYTHON


def test_list() -> None:
    """A line for each language, in the table's order or that of the arguments."""
    lines = zuko("images", "list").stdout.decode().splitlines()
    assert lines[0].split() == ["language", "image", "state", "size", "age"]
    assert [line.split()[0] for line in lines[1:]][: len(LANGUAGES)] == list(LANGUAGES)  # then the site's own
    assert " MiB  " in lines[1]
    lines = zuko("images", "list", "c++", "py").stdout.decode().splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["cpp", CPP.image], ["python", PYTHON.image]]


def test_list_of_images_that_are_missing() -> None:
    result = zuko("images", "list", "python", ZUKO_IMAGE_PREFIX="zuko-try-nothing/")
    assert result.returncode == 0
    assert result.stdout.decode().splitlines()[1].split() == [
        "python", "zuko-try-nothing/zuko-python:3.12", "missing", "-", "-",
    ]  # fmt: skip


def test_docker_host_that_is_away() -> None:
    for command in ("list", "build"):
        result = zuko("images", command, "python", DOCKER_HOST="unix:///nowhere.sock")
        assert result.returncode == 75
        assert result.stderr.startswith(b"zuko: the Docker host cannot be reached")


def test_what_the_engine_knows_of_an_image(docker_client: docker.DockerClient) -> None:
    with closing(ImageStore(DockerHost())) as store:
        found = store.find(PYTHON.image)
        assert store.find("zuko-try-nothing:1") is None
        assert not store.remove_unused("sha256:" + "0" * 64)
        assert store.builder_info().cores == docker_client.info()["NCPU"]
    assert found is not None
    image = docker_client.images.get(PYTHON.image)
    assert (found.image_id, found.labels, found.size_bytes) == (image.id, image.labels, image.attrs["Size"])
    assert found.created.utcoffset() == timedelta(0)
