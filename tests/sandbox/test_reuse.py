"""The state of a sandbox between two runs, and how it ends."""

import re
import threading
import time
from dataclasses import replace

import pytest

import docker
from tests.harness.waiting import wait_for
from tests.sandbox.running import MIB, SPEC, is_gone, printed, run, waits_in
from zuko.engine.engine import Engine
from zuko.errors import SandboxError
from zuko.languages.table import PYTHON
from zuko.sandbox.sandbox import Sandbox
from zuko.sandbox.stream import Stream
from zuko.types import Limits, Outcome, Run, SourceFile

LEAVE_EVERYTHING = """
import ctypes, os, socket, subprocess
for place in ("/workspace", "/tmp", "/dev/shm"):
    os.makedirs(place + "/a/b/c")
    open(place + "/a/b/c/word", "w").write("word")
    os.symlink("/etc/passwd", place + "/link")
    os.mkfifo(place + "/fifo")
    os.chmod(place + "/a/b", 0)
deep = os.open("/tmp", os.O_RDONLY)
for _ in range(1500):
    os.mkdir("d", dir_fd=deep)
    deep, old = os.open("d", os.O_RDONLY, dir_fd=deep), deep
    os.close(old)
libc = ctypes.CDLL(None, use_errno=True)
assert libc.shmget(0x5A4B, 4096, 0o1666) >= 0
assert libc.semget(0x5A4B, 1, 0o1666) >= 0
assert libc.msgget(0x5A4B, 0o1666) >= 0
assert libc.mq_open(b"/word", 0o102, 0o666, None) >= 0
subprocess.Popen(["/bin/sh", "-c", "trap '' TERM HUP INT; while :; do sleep 1; done"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sleep", ["sleep", "1000"])
    os._exit(0)
"""

LOOK_FOR_ANYTHING = """
import ctypes, json, os
libc = ctypes.CDLL(None, use_errno=True)
print(json.dumps({
    "files": {place: os.listdir(place) for place in ("/workspace", "/tmp", "/dev/shm", "/dev/mqueue")},
    "processes": sorted(name for name in os.listdir("/proc") if name.isdigit() and name not in ("1", str(os.getpid()))),
    "shm": libc.shmget(0x5A4B, 0, 0), "sem": libc.semget(0x5A4B, 0, 0), "msg": libc.msgget(0x5A4B, 0),
    "mq": libc.mq_open(b"/word", 0),
}))
"""


@pytest.mark.parametrize("kind", ["sandbox", "emptied"])
def test_nothing_is_left_between_runs(request: pytest.FixtureRequest, kind: str) -> None:
    used: Sandbox = request.getfixturevalue(kind)
    assert run(used, LEAVE_EVERYTHING).exit_code == 0
    assert printed(used, LOOK_FOR_ANYTHING) == {
        "files": {"/workspace": ["main.py"], "/tmp": [], "/dev/shm": [], "/dev/mqueue": []},
        "processes": [],
        "shm": -1,
        "sem": -1,
        "msg": -1,
        "mq": -1,
    }


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_a_connection_in_time_wait_makes_it_unfit(
    emptied: Sandbox, family: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The next program would read its port, and fail to bind it: the audit finds it."""
    host = {"AF_INET": "127.0.0.1", "AF_INET6": "::1"}[family]
    code = f"""
import socket
server = socket.create_server(("{host}", 41001), family=socket.{family})
client = socket.create_connection(server.getsockname()[:2])
accepted, _ = server.accept()
client.close()
accepted.close()
"""
    result = run(emptied, code)
    assert (result.exit_code, result.reusable) == (0, False)
    assert not emptied.end_submission()
    assert "audit: a connection is left" in caplog.text


@pytest.mark.alone  # the kernel collects such sockets as soon as another process anywhere closes one in flight
@waits_in
def test_sockets_in_flight_to_each_other_make_it_unfit(
    emptied: Sandbox, caplog: pytest.LogCaptureFixture, in_loop: bool
) -> None:
    """Such sockets outlive every process under names that the next program could read: the audit finds them."""
    code = """
import array, socket
one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
named = socket.socket(socket.AF_UNIX)
named.bind("\\0word")
circle = array.array("i", [one.fileno(), other.fileno(), named.fileno()])
for sender in one, other:
    sender.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, circle)])
"""
    result = run(emptied, code, in_loop=in_loop)
    assert (result.exit_code, result.reusable) == (0, False)
    assert "audit: a socket is left" in caplog.text


@waits_in
def test_a_sandbox_for_one_run_ends_after_it(engine: Engine, docker_client: docker.DockerClient, in_loop: bool) -> None:
    sandbox = engine.start_sandbox(replace(SPEC, max_submissions=1))
    assert run(sandbox, "print(1)", in_loop=in_loop).stdout == b"1\n"
    assert not sandbox.end_submission()
    sandbox.close()
    wait_for(lambda: is_gone(docker_client, sandbox), 5, "the container to be removed")


@waits_in
def test_much_to_send_and_much_to_receive(sandbox: Sandbox, in_loop: bool) -> None:
    """More than any buffer on the way takes."""
    code = f"import sys; sys.stdout.write('é' * {1 << 19}); sys.stderr.write('x' * {1 << 20}) # {'-' * (8 << 20)}"
    result = run(sandbox, code, in_loop=in_loop)
    assert (result.stdout, result.stderr) == ("é".encode() * (1 << 19), b"x" * (1 << 20))


def test_ping(sandbox: Sandbox) -> None:
    sandbox.ping(5)
    assert printed(sandbox, "print(1)") == 1
    sandbox.ping(5)


def test_memory_is_lowered_when_what_was_kept_is_gone(engine: Engine, docker_client: docker.DockerClient) -> None:
    """A sandbox that is slow to forget the last submission's program is waited for: below what it holds, cgroup v1
    refuses a limit, and v2 ends the sandbox."""
    kept = (SourceFile("kept", bytes(48 * MIB)),)
    limits = Limits(wall_time_ms=5000)
    with engine.start_sandbox(SPEC) as sandbox:
        code = SourceFile("main.py", b"import os; print(os.path.getsize('kept'))")
        assert sandbox.run(Run(PYTHON.run_argv, limits, (code,), keep=kept, env=PYTHON.env)).exit_code == 0
        docker_client.api.pause(sandbox.container_id)
        assert sandbox.end_submission()
        threading.Timer(0.5, docker_client.api.unpause, (sandbox.container_id,)).start()
        sandbox.limit_memory(32 * MIB)
        assert printed(sandbox, "import os; print(int(os.path.exists('kept')))") == 0


@waits_in
def test_closed_in_mid_run_it_ends_at_once(engine: Engine, in_loop: bool) -> None:
    """A waiting thread soon gets an error when its client disconnects."""
    sandbox = engine.start_sandbox(SPEC)
    threading.Timer(0.3, sandbox.cancel).start()
    start = time.monotonic()
    with pytest.raises(SandboxError):
        run(sandbox, "import time; time.sleep(60)", wall_time_ms=20_000, in_loop=in_loop)
    assert time.monotonic() - start < 5
    sandbox.close()


@waits_in
def test_a_silent_supervisor_is_ended_from_outside(
    engine: Engine, docker_client: docker.DockerClient, in_loop: bool
) -> None:
    """A frozen container answers nothing: the watchdog on our side ends it."""
    sandbox = engine.start_sandbox(SPEC)
    docker_client.api.pause(sandbox.container_id)
    try:
        with pytest.raises(SandboxError, match="silent"):
            run(sandbox, "print(1)", wall_time_ms=1000, silence_s=1, in_loop=in_loop)
    finally:
        sandbox.kill()
    wait_for(lambda: is_gone(docker_client, sandbox), 5, "the container to be removed")
    sandbox.close()


def test_flood_on_the_supervisor_s_stream_is_bounded(engine: Engine) -> None:
    """A reply larger than the limits allow is refused before it is read."""

    class Endless:
        """A peer that announces 4 GiB."""

        def __init__(self) -> None:
            self.sent = b"\x01\x00\x00\x00\x00\x00\x00\x05r\xff\xff\xff\xff"

        def settimeout(self, _: object) -> None: ...

        def recv(self, _: int) -> bytes:
            data, self.sent = self.sent, b""
            return data

    stream = Stream(Endless())
    with pytest.raises(SandboxError, match="4294967295 bytes"):
        stream.read_frame(1e12, 1000)


def test_messages_name_no_path(sandbox: Sandbox) -> None:
    """An exec that fails says which step and why, and nothing of the host."""
    result = run(sandbox, "", argv=("/no/such/interpreter",))
    assert result.outcome is Outcome.NOT_STARTED
    assert re.fullmatch(r"execve: No such file or directory", result.detail)


def test_limits_are_per_run(sandbox: Sandbox) -> None:
    """A run's limits do not outlive it."""
    short = sandbox.run(
        Run(PYTHON.run_argv, Limits(300), (SourceFile("main.py", b"import time; time.sleep(9)"),), env=PYTHON.env)
    )
    assert short.outcome is Outcome.WALL_TIME
    assert printed(sandbox, "import time; time.sleep(0.5); print(1)") == 1
