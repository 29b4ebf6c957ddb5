"""Tests in forked processes: each runs once, and none is lost."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT

TESTS: Final = """
import os, pathlib, pytest

@pytest.mark.parametrize("number", range(40))
def test_passes(number, tmp_path):
    with open(os.environ["RAN"], "a") as ran:
        ran.write(f"{number} {os.getpid()}\\n")
    (tmp_path / "file").write_text("here")

def test_fails():
    print("seen")
    assert [1, 2] == [1, 3]

def test_is_skipped():
    pytest.skip("a reason")

def test_ends_its_process():
    os._exit(0)
"""


def forked(directory: Path, *options: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    (directory / "test_them.py").write_text(TESTS)
    (directory / "pytest.ini").write_text("[pytest]")
    monkeypatch.setenv("RAN", str(directory / "ran"))
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "tests.harness.forked", "--forks", "3", *options]
    done = subprocess.run(
        [*command, f"--rootdir={directory}", str(directory)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    return done.returncode, done.stdout + done.stderr


def test_each_runs_once_and_none_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a process ends in the midst of them, and although that process claims that all is well."""
    code, output = forked(tmp_path, monkeypatch=monkeypatch)
    assert code == 1
    assert "2 failed, 40 passed, 1 skipped" in output
    for said in ("At index 1 diff: 2 != 3", "seen", "a reason", "has ended before the test"):
        assert said in output
    ran = [line.split() for line in (tmp_path / "ran").read_text().splitlines()]
    assert Counter(number for number, _ in ran) == dict.fromkeys(map(str, range(40)), 1)
    assert len({process for _, process in ran}) > 1


def test_the_first_failure_stops_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = forked(tmp_path, "-x", "-k", "not process", monkeypatch=monkeypatch)
    assert code == 1
    assert "stopping after 1 failures" in output
