"""scripts/setup.sh and the Makefile: what they set up, and in which order."""

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT

SETUP: Final = ROOT / "scripts" / "setup.sh"
IMAGES: Final = ".venv/bin/zuko images build"


def test_a_new_shell_finds_uv() -> None:
    """This holds too if set-up ran in a shell that had sourced .tools/env, and so found uv already."""
    find = ["bash", "-c", ". .tools/env && command -v uv"]
    elsewhere = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if ".tools" not in each)
    for _ in range(2):
        clean = {**os.environ, "PATH": elsewhere}
        found = subprocess.run(find, cwd=ROOT, env=clean, capture_output=True, text=True, check=True).stdout.strip()
        sourced = {**os.environ, "PATH": f"{elsewhere}:{Path(found).parent}"}
        subprocess.run([SETUP, "tools"], cwd=ROOT, env=sourced, capture_output=True, timeout=120, check=True)


@pytest.mark.parametrize("word", ["images", "--help"])
def test_words_that_it_does_not_know(word: str) -> None:
    """The script lists the words that it knows, and sets nothing up."""
    result = subprocess.run([SETUP, word], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert "scripts/setup.sh tools" in result.stdout
    assert "uv:" not in result.stdout


@pytest.mark.parametrize(
    ("target", "commands"),
    [
        (["serve"], ["scripts/setup.sh", ".venv/bin/zuko serve --build"]),
        (["check"], ["scripts/setup.sh check", "python -m tests check"]),
        (["test"], ["scripts/setup.sh test", IMAGES, "python -m tests test"]),
        (["test-rest"], ["scripts/setup.sh test", IMAGES, "python -m tests rest"]),
        (["bench"], ["scripts/setup.sh", f"{IMAGES} python", "benchmarks"]),
        (["image"], ["scripts/setup.sh", f"{IMAGES} --force python"]),
        (["images"], ["scripts/setup.sh", IMAGES]),
        (["images", "LANGUAGES=cpp,java"], ["scripts/setup.sh", f"{IMAGES} cpp java"]),
    ],
    ids=" ".join,
)
def test_targets_set_up_what_they_need_first(target: list[str], commands: list[str]) -> None:
    command = ["make", "-n", "--no-print-directory", *target]  # under make itself, it would print directories
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    lines = result.stdout.splitlines()
    assert [part in line for line, part in zip(lines, commands, strict=True)] == [True] * len(commands), lines
