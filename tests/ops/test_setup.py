"""scripts/setup.sh with an engine that cannot build: a docker command of ours, because the machine's own can."""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT

SETUP: Final = ROOT / "scripts" / "setup.sh"

DOCKER: Final = """#!/bin/sh
echo "$@" >>"$0.log"
case "$*" in
    version*) echo 1.0 ;;
    info*) ;;
    "image inspect"*zuko.context*zuko-python:3.12) echo "$CONTEXT" ;;
    "image inspect"*zuko-python:3.12) echo sha256:1 ;;
    "image inspect"*zuko.context*zuko-*) echo 0123456789abcdef ;;
    "image inspect"*) exit "$NO_BASES" ;;
    build*) echo "no space left on device"; exit 1 ;;
    *) exit 1 ;;
esac
"""


def set_up(
    tmp_path: Path, *words: str, context: str, bases: bool, docker: str = DOCKER
) -> tuple[subprocess.CompletedProcess[str], str]:
    """What set-up says, and what it has asked the engine for."""
    command = tmp_path / "docker"
    command.write_text(docker)
    command.chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CONTEXT": context, "NO_BASES": "0" if bases else "1"}
    result = subprocess.run(
        [SETUP, *words], cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=120, check=False
    )
    log = tmp_path / "docker.log"
    return result, log.read_text() if log.exists() else ""


@pytest.mark.parametrize("bases", [False, True], ids=["without bases", "with bases"])
def test_image_built_by_hand_is_used_where_none_can_be_built(tmp_path: Path, bases: bool) -> None:
    """`docker build` without set-up's label, then a machine without a registry: a warning, and the image it has."""
    result, asked = set_up(tmp_path, context="unknown", bases=bases)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "image:   warning: zuko-python:3.12 was built by hand" in result.stdout
    assert ("\nbuild " in asked) is bases
    assert "\npull " not in asked


def test_image_of_other_sources_is_never_used(tmp_path: Path) -> None:
    """The build's failure is told instead, with its cause, and the log has it after what went before."""
    result, _ = set_up(tmp_path, context="0123456789abcdef", bases=True)
    assert result.returncode == 1
    assert "setup: the disk is full" in result.stderr
    assert "no space left on device" in (ROOT / ".tools" / "setup.log").read_text()


def test_images_of_some_languages(tmp_path: Path) -> None:
    """By name or alias, each image once, from its own Dockerfile."""
    result, asked = set_up(tmp_path, "images", "c", "c++", context="unknown", bases=True)
    assert result.returncode == 1  # it cannot build
    assert "building zuko-cpp:12 from docker/cpp.Dockerfile (1 of 1)" in result.stdout
    assert "zuko-python" not in asked


def test_image_depends_on_its_own_files(tmp_path: Path) -> None:
    """The hash of the sources is of what the Dockerfile copies: no two images have the same."""
    hashes = []
    for language in ("cpp", "java", "go"):
        (tmp_path / language).mkdir()
        _, asked = set_up(tmp_path / language, "images", language, context="unknown", bases=True)
        hashes += re.findall(r"CONTEXT_HASH=(\w+) -f docker/(\w+)\.Dockerfile", asked)
    assert [name for _, name in hashes] == ["cpp", "java", "go"]
    assert len({each for each, _ in hashes}) == 3


def test_images_of_unknown_language(tmp_path: Path) -> None:
    result, _ = set_up(tmp_path, "images", "cobol", context="unknown", bases=True)
    assert result.returncode == 1
    assert "no language cobol; there are: python, " in result.stderr


def test_a_new_shell_finds_uv() -> None:
    """Also when set-up ran in a shell that had sourced .tools/env, and so had found it already."""
    find = ["bash", "-c", ". .tools/env && command -v uv"]
    elsewhere = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if ".tools" not in each)
    for _ in range(2):
        clean = {**os.environ, "PATH": elsewhere}
        found = subprocess.run(find, cwd=ROOT, env=clean, capture_output=True, text=True, check=True).stdout.strip()
        sourced = {**os.environ, "PATH": f"{elsewhere}:{Path(found).parent}"}
        subprocess.run([SETUP, "tools"], cwd=ROOT, env=sourced, capture_output=True, timeout=120, check=True)


@pytest.mark.parametrize(
    ("debian", "python", "outdated"),
    [
        ("1", "2", []),
        ("1", "1", ["python:3.12-slim-bookworm"]),
        ("0", "2", ["debian:bookworm-slim"]),
        ("", "", []),  # no label: not ours
        ("missing", "missing", []),
    ],
)
def test_older_stand_ins_are_made_again(tmp_path: Path, debian: str, python: str, outdated: list[str]) -> None:
    """And nothing else is: an image from a registry, or one of the user's own, stays."""
    docker = tmp_path / "docker"
    docker.write_text(
        f"""#!/bin/sh
case "$*" in
    *debian:bookworm-slim) edition="{debian}" ;;
    *python:3.12-slim-bookworm) edition="{python}" ;;
esac
test "$edition" != missing && echo "$edition"
"""
    )
    docker.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [str(ROOT / "docker" / "make-base-images.sh"), "--outdated"]
    told = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.split() == outdated


def test_an_older_stand_in_is_no_base(tmp_path: Path) -> None:
    """Set-up asks the registry for it before it builds, and then would make it again."""
    docker = DOCKER.replace(
        '    "image inspect"*) exit',
        '    "image inspect"*local-base*python:3.12*) echo 1 ;;\n    "image inspect"*) exit',
    )
    assert docker != DOCKER
    result, asked = set_up(tmp_path, context="0123456789abcdef", bases=True, docker=docker)
    assert result.returncode == 1
    assert "python:3.12-slim-bookworm is not here, or only an older stand-in" in result.stdout
    assert "\npull python:3.12-slim-bookworm" in asked
    assert "\npull debian" not in asked
