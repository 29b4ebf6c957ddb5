"""Commands whose output is followed line by line, from several threads; one call ends all of them."""

import contextlib
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LINES_KEPT: Final = 2000
_LINE_KEPT: Final = 2000  # characters


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended."""

    code: int
    lines: tuple[str, ...]  # the end of what it wrote, on standard output and standard error

    @property
    def succeeded(self) -> bool:
        """Return whether its exit code is 0."""
        return self.code == 0


class Commands:
    """Runs commands. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._cancelled = False

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        on_line: Callable[[str], object] = lambda _: None,
        first_sign: str = "",
        within_s: float = 0,
    ) -> Finished:
        """Run a command to its end.

        Args:
            argv: the command; it has no standard input.
            cwd: its working directory.
            env: added to our environment.
            on_line: called with each line that it writes.
            first_sign: text that it must write within `within_s`, or it is ended; "": no time limit.
            within_s: as above.
        """
        lines: deque[str] = deque(maxlen=_LINES_KEPT)
        try:
            process = self._start(argv, cwd, env)
        except OSError as error:
            return Finished(127, (f"{argv[0]}: {error.strerror}",))
        late = threading.Timer(within_s, _end, [process])
        late.daemon = True
        if first_sign:
            late.start()
        try:
            with process:
                for line in process.stdout or ():
                    line = line.rstrip("\n")[:_LINE_KEPT]  # noqa: PLW2901 - the same, shorter
                    if first_sign and first_sign in line:
                        late.cancel()
                    lines.append(line)
                    on_line(line)
        finally:
            late.cancel()
            with self._lock:
                self._running.discard(process)
        return Finished(process.returncode, tuple(lines))

    def cancel(self) -> None:
        """End every command, also those that would be started now."""
        with self._lock:
            self._cancelled = True
            running = tuple(self._running)
        for process in running:
            _end(process)

    def _start(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None) -> subprocess.Popen[str]:
        with self._lock:
            if self._cancelled:
                raise InterruptedError(0, "cancelled")
            process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env={**os.environ, **_docker_environment(), **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,  # a script's own commands end with it
            )
            self._running.add(process)
            return process


def _docker_environment() -> dict[str, str]:
    """Return the variables that make the `docker` command use TLS as our own client does, and print plain output."""
    environment = {"BUILDKIT_PROGRESS": "plain"}
    if os.environ.get("DOCKER_CERT_PATH") and os.environ.get("DOCKER_HOST", "").startswith("tcp:"):
        environment["DOCKER_TLS_VERIFY"] = "1"
    return environment


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
