"""Nothing that a benchmark has started outlives it, whichever process is killed, and however."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import ROOT
from tests.harness.waiting import wait_for

# It starts what others do: a service in a session of its own, a worker that has lost its parent. No block ends them.
RUN = """
import os, subprocess, sys, time

def run(quick):
    print(os.getpid(), flush=True)
    subprocess.Popen(["sh", "-c", "(sleep 600 & echo $!); echo $$; exec sleep 600"], start_new_session=True)
    time.sleep(600)
"""
BARE = f"{RUN}\nfrom benchmarks.descendants import end_with_this_process\nend_with_this_process()\nrun(True)"
COMMAND = f"""{RUN}
from benchmarks import host, latency

host.facts, host.remove_leftovers, latency.run = list, int, run
sys.argv[1:] = ["--only", "latency"]
import benchmarks.__main__
"""


def end(program: str, strike: "Callable[[subprocess.Popen[str], int], object]") -> int:
    """Return the exit code of the process that was started, after all others have ended as well."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, process_group=0) as started:
        assert started.stdout is not None
        pids = [int(started.stdout.readline()) for _ in range(3)]
        strike(started, pids[0])
        started.communicate(timeout=30)  # to the end of its output: no one has it any more
    wait_for(lambda: not [pid for pid in pids if Path(f"/proc/{pid}").exists()], 10, "all to end")
    return started.returncode


@pytest.mark.parametrize(
    ("strike", "code"),
    [
        (lambda started, _: started.terminate(), 128 + signal.SIGTERM),
        (lambda started, _: started.kill(), -signal.SIGKILL),
        (lambda started, _: os.killpg(started.pid, signal.SIGKILL), -signal.SIGKILL),
        (lambda _, benchmark: os.kill(benchmark, signal.SIGKILL), 128 + signal.SIGKILL),
    ],
    ids=["ended", "killed", "its group is killed", "the benchmark itself is killed"],
)
def test_nothing_is_left(strike: "Callable[[subprocess.Popen[str], int], object]", code: int) -> None:
    assert end(BARE, strike) == code


def test_the_command_ends_in_order() -> None:
    """The benchmark hears of the signal, and the exit code is its own."""
    assert end(COMMAND, lambda started, _: started.terminate()) == 130
