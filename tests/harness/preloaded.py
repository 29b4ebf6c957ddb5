"""Python processes that are forked from one that has imported what they need.

Most of the CPU time of a server or command that is tested was that of its imports: 1 s and 0.5 s, now 0.05 s. What is
forked has new standard streams, a new environment, no other descriptors, and then runs its module as `python -m` does.
Imports have no side effect (`tests/unit/test_layout.py`), so what they leave is the same in each process.

    test ── Preloaded() ──> template: `python -m tests.harness.preloaded`, one for each process of pytest
     │                          │ forks twice
     └──── parent of ────> the process, which the kernel gives to the test when its parent ends

Where the start of a process is itself the claim, use `subprocess`.
"""

import atexit
import contextlib
import ctypes
import functools
import gc
import importlib
import io
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from operator import methodcaller
from typing import Any, Final

from tests import ROOT

# What these import is imported ahead, too; a module that is run by name is not, as it would be there twice.
MODULES: Final = (
    *("boto3", "httpx2", "psycopg", "rich.progress", "uvicorn.main", "uvicorn.lifespan.on", "uvicorn.loops.auto"),
    *("uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto", "zuko.api.asgi"),
    *("zuko.cli.main", "zuko.submissions.aws", "zuko.submissions.postgres", "zuko.submissions.sqlite"),
    *(f"zuko.cli.{path.stem}" for path in sorted((ROOT / "zuko" / "cli").glob("[a-z]*.py"))),
)
_OF_THE_INTERPRETER: Final = ("PYTHON", "LC_", "LANG", "LD_")  # what it reads once, at its start
_LENGTH: Final = 8  # bytes of a number
_PR_SET_CHILD_SUBREAPER: Final = 36  # prctl(2)


class Preloaded(subprocess.Popen[Any]):
    """A process that runs `python -m MODULE ARGUMENT...`: for tests the same as `subprocess.Popen`."""

    def __init__(self, module: str, *arguments: object, **options: Any) -> None:
        super().__init__([sys.executable, "-m", module, *map(str, arguments)], **options)

    def _execute_child(self, args: list[str], executable: None, preexec_fn: None, *rest: Any) -> None:
        """Start the process, as the method of `subprocess` does with fork and exec."""
        _, pass_fds, cwd, env, _, _, shell, *pipes, _, gid, gids, uid, umask, new_session, group = rest
        to_child, _, _, from_child, _, errors = pipes
        changed = (executable, preexec_fn, gid, gids, uid, shell or None, pass_fds or None)
        assert changed == (None,) * len(changed), "it has no fork of its own: use subprocess"
        assert (umask, group) == (-1, -1), "it has no fork of its own: use subprocess"
        request = {
            "argv": args[2:],
            "cwd": os.path.abspath(os.getcwd() if cwd is None else cwd),
            "env": dict(os.environ if env is None else env),
            "new_session": new_session,
        }
        streams = [own if fd == -1 else fd for fd, own in zip((to_child, from_child, errors), range(3), strict=True)]
        named = sorted(item for item in request["env"].items() if item[0].startswith(_OF_THE_INTERPRETER))
        self.pid = _template_of(*named).fork(request, streams)
        self._child_created = True
        methodcaller("_close_pipe_fds", *pipes)(self)


def run(
    module: str, *arguments: object, given: bytes, timeout_s: float, env: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """Return the completed process, as `subprocess.run` does."""
    pipe = subprocess.PIPE
    with Preloaded(module, *arguments, stdin=pipe, stdout=pipe, stderr=pipe, env=env) as process:
        try:
            output, errors = process.communicate(given, timeout=timeout_s)
        except BaseException:
            process.kill()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


# --- in a test


class _Template:
    """The process that others are forked from.

    Args:
        variables: its environment.
    """

    def __init__(self, variables: dict[str, str]) -> None:
        self._socket, its = socket.socketpair()
        with its:
            measured = ["measured"] if "COVERAGE_PROCESS_CONFIG" in os.environ else []
            command = [sys.executable, "-m", "tests.harness.preloaded", str(its.fileno()), *measured]
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, pass_fds=[its.fileno()]
            )

    def fork(self, request: dict[str, Any], streams: Sequence[int]) -> int:
        """Return the id of a new process, a child of this one."""
        content = json.dumps(request).encode()
        with _ONE_AT_A_TIME, _heir():
            socket.send_fds(self._socket, [len(content).to_bytes(_LENGTH)], streams)
            self._socket.sendall(content)
            pid = self._socket.recv(_LENGTH, socket.MSG_WAITALL)
        assert len(pid) == _LENGTH, "the process that others are forked from has ended"
        return int.from_bytes(pid)

    def end(self) -> None:
        """End it; what was forked goes on."""
        self._socket.close()
        self._process.wait()


_ONE_AT_A_TIME: Final = threading.Lock()


@functools.cache
def _template_of(*of_the_interpreter: tuple[str, str]) -> _Template:
    # Its imports are measured; what is forked measures itself.
    left_out = ("COVERAGE_PROCESS_", *_OF_THE_INTERPRETER)
    others = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    template = _Template(others | dict(of_the_interpreter))
    atexit.register(template.end)
    return template


@contextlib.contextmanager
def _heir() -> Iterator[None]:
    """Make this process the parent of those whose parent ends."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    assert prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


# --- in the process that others are forked from


def _serve(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork a process for each request. Return in that process: its request and its streams."""
    while True:
        length, streams, _, _ = socket.recv_fds(connection, _LENGTH, 3)
        if not length:
            os._exit(0)
        request = json.loads(connection.recv(int.from_bytes(length), socket.MSG_WAITALL))
        reader, writer = os.pipe()
        parent = os.fork()
        if parent == 0:
            child = os.fork()
            if child == 0:
                return request, streams
            os.write(writer, child.to_bytes(_LENGTH))
            os._exit(0)
        os.waitpid(parent, 0)  # now the test is the child's parent
        connection.sendall(os.read(reader, _LENGTH))
        for each in (reader, writer, *streams):
            os.close(each)


def _open_stream(number: int, name: str, mode: str) -> None:
    """Make the text stream of a descriptor, as the interpreter does at its start."""
    before = getattr(sys, name)
    through = before.write_through  # PYTHONUNBUFFERED
    file: Any = open(number, f"{mode}b", buffering=0 if through else -1, closefd=False)  # noqa: SIM115
    (file if through else file.raw).name = f"<{name}>"
    lines = not through and (number == 2 or file.isatty())
    stream = io.TextIOWrapper(
        file, before.encoding, before.errors, newline="\n", line_buffering=lines, write_through=through
    )
    for each in (name, f"__{name}__"):
        setattr(sys, each, stream)


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Make of the forked process what a new one is."""
    if request["new_session"]:
        os.setsid()
    os.chdir(request["cwd"])
    sys.path[0] = request["cwd"]
    for number, given in enumerate(streams):
        os.dup2(given, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        _open_stream(number, name, mode)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    sys.argv = request["argv"]
    if "COVERAGE_PROCESS_CONFIG" in os.environ:
        import coverage

        coverage.process_startup()


@contextlib.contextmanager
def _measured() -> Iterator[None]:
    """Record the statements of our modules that their import executes: no process that is forked executes them."""
    import coverage

    measuring = coverage.Coverage(config_file=False, branch=True, source=["zuko"], data_suffix=True)
    measuring.start()
    yield
    measuring.stop()
    measuring.save()


def main() -> None:
    """Import what processes need, serve, and in each process that is forked run its module."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    gc.disable()
    with _measured() if "measured" in sys.argv else contextlib.nullcontext():
        for name in MODULES:
            importlib.import_module(name)
    gc.freeze()  # a collection would copy all their pages
    assert len(os.listdir("/proc/self/task")) == 1, "a module that is imported has started a thread"
    with contextlib.suppress(KeyboardInterrupt):
        request, streams = _serve(connection)
        connection.detach()
        _become(request, streams)
        gc.enable()
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
