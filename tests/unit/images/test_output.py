"""Lines of builds, as both builders of Docker write them."""

import pytest

from zuko.images.output import has_no_disk, has_no_network, last_lines, step_of


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("Step 3/38 : RUN apt-get update -qq", "3/38 RUN apt-get update -qq"),
        ("#12 [root 2/5] RUN sh /tmp/install.sh g++", "root 2/5 RUN sh /tmp/install.sh g++"),
        ("#7 [ 1/2] FROM docker.io/library/debian", "1/2 FROM docker.io/library/debian"),
        ("#12 3.141 Step into the light", None),
        ("#5 [internal] load .dockerignore", None),
        (" ---> Running in 0123456789ab", None),
        ("", None),
    ],
)
def test_step(line: str, step: str | None) -> None:
    assert step_of(line) == step


@pytest.mark.parametrize(
    "line",
    [
        "W: Failed to fetch http://deb.debian.org/x  Temporary failure resolving 'deb.debian.org'",
        "Err:1 http://deb.debian.org bookworm InRelease Could not connect to deb.debian.org:80",
    ],
)
def test_no_network(line: str) -> None:
    assert has_no_network(["Step 1/2 : RUN apt-get update", line])
    assert not has_no_network(["Step 1/2 : RUN apt-get update", "E: Unable to locate package gcc"])


def test_no_disk() -> None:
    assert has_no_disk(["x", "write /usr/lib/x: no space left on device"])
    assert not has_no_disk(["x"])


def test_last_lines_are_those_of_the_build() -> None:
    lines = [
        "DEPRECATED: The legacy builder is deprecated and will be removed in a future release.",
        "            Install the buildx component to build images with BuildKit:",
        "            https://docs.docker.com/go/buildx/",
        "",
        "Step 1/1 : RUN false",
        "The command '/bin/sh -c false' returned a non-zero code: 1",
    ]
    assert last_lines(lines, 20) == lines[4:]
    assert last_lines(lines, 1) == lines[5:]
