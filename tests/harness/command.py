"""The command line for tests: a separate process, and its containers."""

import contextlib
import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests import PROBLEMS
from tests.harness import preloaded
from tests.harness.preloaded import Preloaded

if TYPE_CHECKING:
    import docker

Write = Callable[[str, str], Path]
DIFFERENT: Final = PROBLEMS / "different"  # a package with everything in it
ESCAPE: Final = b"\x1b"


def zuko(
    *arguments: object, given: bytes = b"", timeout_s: float = 120, **env: str
) -> subprocess.CompletedProcess[bytes]:
    """Return the command's result. It must not have printed a traceback."""
    result = preloaded.run("zuko", *arguments, given=given, timeout_s=timeout_s, env={**os.environ, **env})
    assert b"Traceback" not in result.stderr.replace(b'Traceback (most recent call last):\n  File "/workspace/', b"")
    return result


@contextlib.contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    pipe = subprocess.PIPE
    process = Preloaded("zuko", *arguments, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def containers_of(client: "docker.DockerClient", process: subprocess.Popen[Any]) -> list[dict[str, Any]]:
    """Return its containers, in any state."""
    from zuko.engine.engine import LABEL, OWNER_LABEL

    found = client.api.containers(all=True, filters={"label": LABEL})
    return [each for each in found if f"/{process.pid}/" in each["Labels"][OWNER_LABEL]]


def on_a_terminal(*arguments: object, **env: str) -> bytes:
    """Everything that the command writes to a terminal."""
    ours, theirs = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    environment |= {"TERM": "xterm", **env}
    process = Preloaded("zuko", *arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    written = b""
    with contextlib.suppress(OSError):  # EIO is the end
        while data := os.read(ours, 1 << 16):
            written += data
    os.close(ours)
    process.wait(60)
    return written


def rows(text: bytes) -> list[list[str]]:
    """Return the words of each line."""
    return [line.split() for line in text.decode().splitlines()]
