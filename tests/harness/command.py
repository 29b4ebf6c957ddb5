"""How tests call the command line: a process of its own, and its containers."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
from zuko.engine.engine import LABEL, OWNER_LABEL

Write = Callable[[str, str], Path]


def zuko(
    *arguments: object, given: bytes = b"", timeout_s: float = 120, **env: str
) -> subprocess.CompletedProcess[bytes]:
    """The command's end. No user sees a traceback, whatever they do."""
    result = subprocess.run(
        [sys.executable, "-m", "zuko", *map(str, arguments)],
        input=given,
        capture_output=True,
        timeout=timeout_s,
        env={**os.environ, **env},
        check=False,
    )
    assert b"Traceback" not in result.stderr.replace(b'Traceback (most recent call last):\n  File "/workspace/', b"")
    return result


@contextlib.contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "zuko", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def containers_of(client: docker.DockerClient, process: subprocess.Popen[bytes]) -> list[dict[str, Any]]:
    """Its containers, in any state."""
    found = client.api.containers(all=True, filters={"label": LABEL})
    return [each for each in found if f"/{process.pid}/" in each["Labels"][OWNER_LABEL]]
