"""scripts/setup.sh and the Makefile: what they set up, and in which order."""

import subprocess
from typing import Final

import pytest

from tests import ROOT
from tests.__main__ import IMAGES as IMAGES_STEP
from tests.__main__ import steps

SETUP: Final = ROOT / "scripts" / "setup.sh"
IMAGES: Final = ".venv/bin/zuko images build"


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
        (["test"], ["scripts/setup.sh test", "python -m tests test"]),
        (
            ["test", "TESTS=tests/corpus"],
            [
                "scripts/setup.sh test",
                f"{IMAGES} $(.venv/bin/python -m tests.harness.tested)",
                "pytest -q tests/corpus",
            ],
        ),
        (
            ["test-rest"],
            ["scripts/setup.sh test", f"{IMAGES} $(.venv/bin/python -m tests.harness.tested)", "python -m tests rest"],
        ),
        (["test-languages"], ["scripts/setup.sh test", IMAGES, "TEST_LANGUAGES='all'"]),
        (
            ["test-languages", "LANGUAGES=c,pypy"],
            ["scripts/setup.sh test", f"{IMAGES} python c pypy", "TEST_LANGUAGES='c,pypy'"],
        ),
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


def test_images_are_built_before_tests_need_them() -> None:
    kinds = ["images" if step.name == IMAGES_STEP else step.needs_images for step in steps("test", 2, ())]
    assert kinds.index("images") < kinds.index(True)
