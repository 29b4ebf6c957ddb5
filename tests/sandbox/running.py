"""Running Python in a sandbox."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

import docker
from zuko.languages.table import PYTHON
from zuko.sandbox.sandbox import SILENCE_S, Sandbox
from zuko.settings import Settings
from zuko.types import Isolation, Limits, Outcome, Run, RunResult, SourceFile

SETTINGS = Settings(cell_max_submissions=1000)
SPEC = SETTINGS.sandbox(PYTHON)
IN_CONTAINER = replace(SPEC, isolation=Isolation.CONTAINER)
MIB = 1 << 20


def run(
    sandbox: Sandbox,
    code: str,
    wall_time_ms: int = 10_000,
    argv: tuple[str, ...] | None = None,
    *,
    silence_s: float = SILENCE_S,
    in_loop: bool = False,
) -> RunResult:
    run = Run(
        argv=argv or PYTHON.run_argv,
        limits=Limits(wall_time_ms),
        files=(SourceFile("main.py", code.encode()),),
        env=PYTHON.env,
        flush_signal=PYTHON.flush_signal,
    )
    return asyncio.run(sandbox.run_async(run, silence_s)) if in_loop else sandbox.run(run, silence_s)


waits_in = pytest.mark.parametrize("in_loop", [False, True], ids=["a thread", "an event loop"])


def is_gone(docker_client: docker.DockerClient, sandbox: Sandbox) -> bool:
    try:
        docker_client.api.inspect_container(sandbox.container_id)
    except docker.errors.NotFound:
        return True
    return False


def printed(sandbox: Sandbox, code: str) -> Any:
    """Return the JSON value that a program prints."""
    result = run(sandbox, code)
    assert result.outcome is Outcome.EXITED, result
    assert result.exit_code == 0, result.stderr.decode()
    return json.loads(result.stdout)
