"""The owner of a container, and whether that process has ended."""

import os
import subprocess
import sys

import pytest

from tests import ROOT
from tests.harness.waiting import wait_for
from zuko.engine.owner import owner_is_gone

SAY: str = "from zuko.engine.owner import process_identity; print(process_identity(), flush=True); input()"


def test_a_process_that_has_ended_is_gone_before_anybody_waits_for_it() -> None:
    """Until its parent asks for its end a process has a pid, and takes signals."""
    process = subprocess.Popen(
        [sys.executable, "-c", SAY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin
    assert process.stdout
    with process.stdin, process.stdout:
        owner = process.stdout.readline().strip()
        assert not owner_is_gone(owner)
        process.kill()
        wait_for(lambda: owner_is_gone(owner), 5, "its end to be seen")
        os.kill(process.pid, 0)  # it is there all the same
        process.wait()
        assert owner_is_gone(owner)


@pytest.mark.parametrize("owner", ["", "x", "///", "other/pid:[1]/1/1", "other/pid:[1]/99999999999999999999/1"])
def test_an_owner_that_is_not_known_is_not_gone(owner: str) -> None:
    assert not owner_is_gone(owner)
