"""The two seccomp filters refuse whatever Docker's default profile does: every system call is tried under each."""

import errno
import platform
import re
from dataclasses import replace
from typing import Final

import pytest

import docker
from zuko.engine.confinement import RUNNER_GID, RUNNER_UIDS
from zuko.engine.engine import Engine
from zuko.languages.table import PYTHON
from zuko.settings import Settings
from zuko.types import Limits, Outcome, Run, SourceFile

SETTINGS: Final = Settings(cell_max_submissions=1000)
# Asking which personality it has; memory protection keys, which later versions of that profile allow.
HARMLESS: Final = frozenset({135, 329, 330, 331} if platform.machine() == "x86_64" else {92, 288, 289, 290})
BEYOND: Final = 600  # the newest kernel has calls up to 470
# Each call in a child of its own, its arguments all -1, which hardly any takes. What it came to goes out at once, as
# the next may be the end.
PROBE: Final = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
for number in map(int, sys.stdin.read().split()):
    print(number, end=" ", flush=True)
    child = os.fork()
    if child == 0:
        libc.alarm(1)  # some wait
        failed = libc.syscall(number, *[ctypes.c_long(-1)] * 6) == -1
        os._exit(ctypes.get_errno() if failed else 0)
    status = os.waitpid(child, 0)[1]
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


def results_of(stdout: str) -> dict[int, int | None]:
    """Return the result of each call: an errno, 0, less than 0 for a signal, None if the run was ended."""
    return {
        int(number): int(result) if result else None for number, result in re.findall(r"^(\d+) (-?\d*)$", stdout, re.M)
    }


def refused_by_docker(client: docker.DockerClient) -> list[int]:
    """Return the calls that Docker's default profile refuses to a container without capabilities."""
    container = client.containers.create(
        PYTHON.image,
        ["-c", PROBE.replace("sys.stdin.read().split()", f"range({BEYOND})")],
        entrypoint="python3.12",
        network_disabled=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        user=f"{RUNNER_UIDS[-1]}:{RUNNER_GID}",
    )
    try:
        container.start()
        container.wait(timeout=120)
        results = results_of(container.logs(stdout=True, stderr=False).decode())
    finally:
        container.remove(force=True)
    assert results.keys() == set(range(BEYOND))
    return [number for number, result in results.items() if result in (errno.EPERM, errno.ENOSYS)]


def results_in_sandbox(engine: Engine, numbers: list[int], *, engine_seccomp: bool) -> dict[int, int | None]:
    """Return the results of calls in a sandbox; None: the run was ended for it."""
    found: dict[int, int | None] = {}
    spec = replace(SETTINGS.sandbox(PYTHON), engine_seccomp=engine_seccomp)
    with engine.start_sandbox(spec, core=0) as sandbox:
        while left := [number for number in numbers if number not in found]:
            result = sandbox.run(
                Run(
                    argv=PYTHON.run_argv,
                    limits=Limits(60_000),
                    files=(SourceFile("main.py", PROBE.encode()),),
                    env=PYTHON.env,
                    input_data=" ".join(map(str, left)).encode(),
                )
            )
            assert result.outcome in {Outcome.EXITED, Outcome.FORBIDDEN_SYSCALL}, result
            news = results_of(result.stdout.decode())
            assert news, result
            found |= news
    return found


@pytest.mark.parametrize("engine_seccomp", [False, True], ids=["our profile", "the engine's"])
def test_what_docker_refuses_is_refused(
    docker_client: docker.DockerClient, engine: Engine, engine_seccomp: bool
) -> None:
    refused = refused_by_docker(docker_client)
    assert len(refused) > 100, "the engine seems to have no seccomp profile to compare with"
    allowed = {
        number: result
        for number, result in results_in_sandbox(engine, refused, engine_seccomp=engine_seccomp).items()
        if result not in (errno.EPERM, errno.ENOSYS, None) and number not in HARMLESS
    }
    assert not allowed


def test_calls_that_only_newer_kernels_have_do_not_exist(engine: Engine) -> None:
    younger = list(range(450, BEYOND))
    assert set(results_in_sandbox(engine, younger, engine_seccomp=False).values()) == {errno.ENOSYS}
