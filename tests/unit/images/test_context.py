"""The files that an image is made of, in a clone and in an installed package."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from zuko.errors import ZukoError
from zuko.images.context import BuildContext, find_context
from zuko.images.state import images_of
from zuko.languages.table import LANGUAGES

IMAGES: Final = images_of(LANGUAGES.values())
CLONE: Final = BuildContext(ROOT)


@pytest.fixture
def context(tmp_path: Path) -> BuildContext:
    """Return a copy that a test may change."""
    shutil.copytree(ROOT / "docker", tmp_path / "docker", ignore=shutil.ignore_patterns("build"))
    shutil.copy(ROOT / ".dockerignore", tmp_path)
    return BuildContext(tmp_path)


def test_every_image_has_its_dockerfile() -> None:
    for image in IMAGES:
        assert (ROOT / CLONE.dockerfile(image)).is_file()
        assert "debian:trixie-slim" in CLONE.bases(image)
    assert CLONE.bases("zuko-python:3.12") == ("debian:trixie-slim", "python:3.12-slim-trixie")


def test_digest_is_that_of_sha256sum() -> None:
    """The digest is that of `sha256sum`, so an image that an earlier set-up built from the same files is up to date."""
    command = (
        "sha256sum .dockerignore docker/cpp.Dockerfile $(find docker/init docker/install.sh docker/sandbox-root.sh"
        " -type f ! -path '*/build/*' ! -path '*/tests/*') | LC_ALL=C sort -k2"
    )
    listed = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=True).stdout
    assert CLONE.digest("zuko-cpp:14") == hashlib.sha256(listed).hexdigest()[:16]


def test_version_is_an_argument_where_several_share_a_dockerfile() -> None:
    assert CLONE.arguments("zuko-java:25") == {"VERSION": "25"}
    assert CLONE.arguments("zuko-cpp:14") == {}


def test_no_two_images_have_the_same_digest() -> None:
    assert len({CLONE.digest(image) for image in IMAGES}) == len(IMAGES)


def test_digest_depends_on_the_files_of_the_image(context: BuildContext) -> None:
    before = {image: context.digest(image) for image in IMAGES}
    assert before == {image: CLONE.digest(image) for image in IMAGES}
    with (context.root / "docker" / "java" / "Main.java").open("a") as file:
        file.write("//")
    changed = {image for image in IMAGES if context.digest(image) != before[image]}
    assert changed == {"zuko-java:21", "zuko-java:25"}
    with (context.root / "docker" / "init" / "host.c").open("a") as file:
        file.write("//")
    assert all(context.digest(image) != before[image] for image in IMAGES)


@pytest.mark.parametrize("path", ["init/build/zuko-init", "init/tests/new.c", "init/__pycache__/x"])
def test_digest_leaves_out_what_is_not_copied(context: BuildContext, path: str) -> None:
    before = context.digest("zuko-cpp:14")
    (context.root / "docker" / path).parent.mkdir(exist_ok=True)
    (context.root / "docker" / path).write_text("x")
    assert context.digest("zuko-cpp:14") == before


def test_context_of_a_clone() -> None:
    assert find_context() == CLONE


def test_context_of_an_installed_package(context: BuildContext, tmp_path: Path) -> None:
    """The package's own copy, and not the Docker SDK, which is beside it and is called `docker` as well."""
    package = tmp_path / "site-packages" / "zuko"
    (package.parent / "docker").mkdir(parents=True)
    copy = package / "images" / "context"
    shutil.copytree(context.root / "docker", copy / "docker")
    assert find_context(package) == BuildContext(copy)


def test_installation_without_a_context(tmp_path: Path) -> None:
    with pytest.raises(ZukoError, match="does not have the files"):
        find_context(tmp_path / "zuko")
