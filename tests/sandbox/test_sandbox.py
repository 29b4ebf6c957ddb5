"""Every setting of the container: read back from outside, and tried to break from inside."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

import docker
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL, RUNNER_GID, RUNNER_UIDS, WRITABLE, Engine
from zuko.engine.seccomp import PROFILE
from zuko.errors import EngineError, ImageMissingError, SandboxError
from zuko.languages.table import PYTHON
from zuko.sandbox.sandbox import SILENCE_S, Sandbox
from zuko.sandbox.stream import Stream
from zuko.settings import Settings
from zuko.types import Limits, Outcome, Run, RunResult, SourceFile

SETTINGS = Settings(sandbox_max_runs=1000)
SPEC = SETTINGS.sandbox(PYTHON)
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
        limits=SETTINGS.limits(wall_time_ms),
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
    """The JSON value that a program prints."""
    result = run(sandbox, code)
    assert result.outcome is Outcome.EXITED, result
    assert result.exit_code == 0, result.stderr.decode()
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def kept(engine: Engine) -> Iterator[list[Sandbox]]:
    """The sandbox of all tests here that break none; the last one counts."""
    sandboxes = [engine.start_sandbox(SPEC, core=0)]
    yield sandboxes
    for sandbox in sandboxes:
        sandbox.close()


@pytest.fixture
def sandbox(kept: list[Sandbox], engine: Engine) -> Sandbox:
    """Another one when a test has ended it: one failure is not ten."""
    if kept[-1].has_ended():
        kept.append(engine.start_sandbox(SPEC, core=0))
    return kept[-1]


@pytest.fixture
def seen(sandbox: Sandbox, docker_client: docker.DockerClient) -> dict[str, Any]:
    """What `docker inspect` says of it."""
    return docker_client.api.inspect_container(sandbox.container_id)


@pytest.fixture
def host(seen: dict[str, Any]) -> dict[str, Any]:
    return seen["HostConfig"]


# ---------------------------------------------------------------- from outside


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("ReadonlyRootfs", True),
        ("NetworkMode", "none"),
        ("CapDrop", ["ALL"]),
        ("CapAdd", None),
        ("Privileged", False),
        ("SecurityOpt", ["no-new-privileges:true", f"seccomp={PROFILE}"]),
        ("PidsLimit", 64),
        ("Memory", 128 << 20),
        ("MemorySwap", 128 << 20),
        ("NanoCpus", 1_000_000_000),
        ("CpusetCpus", "0"),
        ("IpcMode", "private"),
        ("PidMode", ""),
        ("UTSMode", ""),
        ("UsernsMode", ""),
        ("AutoRemove", True),
        ("Binds", None),
        ("Devices", None),
        ("RestartPolicy", {"Name": "", "MaximumRetryCount": 0}),
    ],
)
def test_host_config(host: dict[str, Any], setting: str, expected: object) -> None:
    assert (host[setting] or None) == (expected or None)


def test_network_is_disabled(seen: dict[str, Any]) -> None:
    """Not only none: the engine does not even set one up."""
    assert seen["Config"]["NetworkDisabled"]


def test_log_driver_is_none(host: dict[str, Any]) -> None:
    """An output flood must not fill the host's disk."""
    assert host["LogConfig"]["Type"] == "none"


def test_engine_seccomp_leaves_the_engine_s_profile_in_force(
    engine: Engine, docker_client: docker.DockerClient
) -> None:
    with engine.start_sandbox(replace(SPEC, engine_seccomp=True), core=0) as other:
        host = docker_client.api.inspect_container(other.container_id)["HostConfig"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert printed(other, "print(open('/proc/self/status').read().count('Seccomp_filters:\\t2'))") == 1


def test_tmpfs_are_bounded(host: dict[str, Any]) -> None:
    assert host["Tmpfs"].keys() == {"/workspace", "/tmp", "/dev/shm"}
    for path, size in (("/workspace", SPEC.workspace_bytes), ("/tmp", SPEC.tmp_bytes), ("/dev/shm", SPEC.shm_bytes)):
        options = host["Tmpfs"][path].split(",")
        assert {f"size={size}", f"nr_inodes={SPEC.inodes}", "nosuid", "nodev", "noexec"} <= set(options)


def test_ulimits(host: dict[str, Any]) -> None:
    limits = {limit["Name"]: (limit["Soft"], limit["Hard"]) for limit in host["Ulimits"]}
    assert limits["core"] == (0, 0)
    assert limits["nofile"] == (SPEC.open_files, SPEC.open_files)


def test_identity(seen: dict[str, Any], sandbox: Sandbox) -> None:
    uid, gid = map(int, seen["Config"]["User"].split(":"))
    assert uid in RUNNER_UIDS
    assert gid == RUNNER_GID
    assert sandbox.hello.uid == uid
    assert seen["Name"] == f"/zuko-{uid}"
    assert seen["Config"]["Labels"][LABEL] == "true"
    assert seen["Config"]["Labels"]["zuko.language"] == "python"


def test_input_is_once_and_open(seen: dict[str, Any]) -> None:
    """StdinOnce: when the client is gone, stdin ends, and zuko-init with it."""
    assert seen["Config"]["OpenStdin"]
    assert seen["Config"]["StdinOnce"]
    assert not seen["Config"]["Tty"]


def test_two_sandboxes_have_two_uids(engine: Engine) -> None:
    """Some kernel limits count per uid and across containers."""
    other = Engine()  # as another service on the same Docker host would be
    with closing(other), engine.start_sandbox(SPEC) as first, other.start_sandbox(SPEC) as second:
        assert first.hello.uid != second.hello.uid


def test_a_taken_uid_is_passed_over(engine: Engine) -> None:
    """The engine refuses a name twice: whoever comes second takes the next uid."""
    with closing(Engine()) as second_engine, engine.start_sandbox(SPEC) as first:
        left = [first.hello.uid, *reversed(RUNNER_UIDS)]  # others than the first may be taken, by another service
        second_engine._next_uid = (left.pop(0) for _ in range(len(left)))
        with second_engine.start_sandbox(SPEC) as second:
            assert second.hello.uid != first.hello.uid
            assert second.hello.uid - 1 == left[0], "the one that came next of those it was offered"
        second_engine._next_uid = iter([first.hello.uid])
        with pytest.raises(EngineError, match="in use"):
            second_engine.start_sandbox(SPEC)


def test_missing_image_is_named(engine: Engine) -> None:
    with pytest.raises(ImageMissingError, match=r"zuko-nothing:1 .*`make images LANGUAGES=nothing`"):
        engine.start_sandbox(replace(SPEC, image="zuko-nothing:1"))
    assert not engine.has_image("zuko-nothing:1")
    assert engine.has_image(PYTHON.image)


def test_unknown_runtime_is_an_engine_error(engine: Engine) -> None:
    with pytest.raises(EngineError, match="refused"):
        engine.start_sandbox(replace(SPEC, runtime="no-such-runtime"))


# ---------------------------------------------------------------- the image


def test_image(docker_client: docker.DockerClient) -> None:
    config = docker_client.images.get(PYTHON.image).attrs["Config"]
    assert config["Entrypoint"] == ["/usr/local/sbin/zuko-init"]
    assert config["User"] == f"{RUNNER_UIDS.start}:{RUNNER_GID}"
    assert config["WorkingDir"] == "/workspace"


def test_no_setuid_file_and_nothing_writable(sandbox: Sandbox) -> None:
    found = printed(
        sandbox,
        """
import json, os, stat
setid, writable = [], []
for top, dirs, files in os.walk("/"):
    if top in ("/proc", "/sys"):
        dirs.clear()
        continue
    for name in dirs + files:
        path = os.path.join(top, name)
        mode = os.lstat(path).st_mode
        if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
            setid.append(path)
        if not stat.S_ISLNK(mode) and not stat.S_ISCHR(mode) and os.access(path, os.W_OK):
            writable.append(path)
print(json.dumps([setid, sorted(writable)]))
""",
    )
    assert found[0] == []
    assert set(found[1]) <= {*WRITABLE, "/workspace/main.py"}


def test_nothing_that_is_not_needed(sandbox: Sandbox) -> None:
    tools = ["gcc", "cc", "ld", "as", "make", "apt", "apt-get", "dpkg", "pip", "pip3", "perl", "su", "mount", "curl"]
    found = printed(sandbox, f"import json, shutil; print(json.dumps([t for t in {tools} if shutil.which(t)]))")
    assert found == []
    assert printed(sandbox, 'import json, shutil; print(json.dumps(shutil.which("time")))') == "/usr/bin/time"


def test_every_uid_has_a_name(sandbox: Sandbox) -> None:
    code = "import json, pwd; print(json.dumps([u.pw_uid for u in pwd.getpwall() if u.pw_name == 'runner']))"
    assert printed(sandbox, code) == list(RUNNER_UIDS)
    assert printed(sandbox, "import json, getpass; print(json.dumps(getpass.getuser()))") == "runner"


def test_standard_library_is_compiled(sandbox: Sandbox) -> None:
    """No import of the standard library compiles anything: the cached file is there and is the one that is used."""
    code = """
import json, pathlib, sysconfig
root = pathlib.Path(sysconfig.get_path("stdlib"))
sources = list(root.rglob("*.py"))
missing = [str(p) for p in sources if not (p.parent / "__pycache__" / f"{p.stem}.cpython-312.pyc").exists()]
print(json.dumps([len(sources), missing]))
"""
    count, missing = printed(sandbox, code)
    assert count > 300
    assert missing == []


# ---------------------------------------------------------------- from inside


def test_every_writable_mount_is_on_the_list(sandbox: Sandbox) -> None:
    """What a reset empties is exactly what a program can write."""
    code = """
import json, os
paths = [line.split()[1] for line in open("/proc/self/mounts")]
print(json.dumps([path for path in paths if os.path.isdir(path) and os.access(path, os.W_OK)]))
"""
    assert sorted(printed(sandbox, code)) == sorted(WRITABLE)


def test_writes_outside_fail(sandbox: Sandbox) -> None:
    places = [
        "/",
        "/usr",
        "/usr/local/sbin",
        "/etc",
        "/var/tmp",
        "/root",
        "/dev",
        "/sys/fs/cgroup/memory",
        "/run",
        "/proc/keys",
    ]
    code = f"""
import json
wrote = []
for place in {places}:
    try:
        open(place + "/x", "w").close()
        wrote.append(place)
    except OSError:
        pass
print(json.dumps(wrote))
"""
    assert printed(sandbox, code) == []


def test_limits_from_inside(sandbox: Sandbox) -> None:
    limits = printed(
        sandbox,
        """
import json, os, resource
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
print(json.dumps({
    "ids": [os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getgroups()],
    "caps": [status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
    "no_new_privs": status["NoNewPrivs"].strip(),
    "seccomp": status["Seccomp"].strip(),
    "core": resource.getrlimit(resource.RLIMIT_CORE),
    "nofile": resource.getrlimit(resource.RLIMIT_NOFILE),
    "cores": sorted(os.sched_getaffinity(0)),
    "descriptors": sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:3],
    "interfaces": os.listdir("/sys/class/net"),
    "oom": open("/proc/self/oom_score_adj").read().strip(),
    "parent": os.getppid(),
    "cwd": os.getcwd(),
}))
""",
    )
    uid = sandbox.hello.uid
    assert limits["ids"][:4] == [uid, uid, RUNNER_GID, RUNNER_GID]
    assert set(limits["ids"][4]) <= {RUNNER_GID}
    assert set(limits["caps"]) == {"0" * 16}
    assert limits["no_new_privs"] == "1"
    assert limits["seccomp"] == "2"
    assert limits["core"] == [0, 0]
    assert limits["nofile"] == [SPEC.open_files] * 2
    assert limits["cores"] == [0]
    assert limits["descriptors"] == [0, 1, 2]
    assert limits["interfaces"] == ["lo"]
    assert limits["oom"] == "1000"
    assert limits["parent"] == 1
    assert limits["cwd"] == "/workspace"


def test_pids_limit_holds(sandbox: Sandbox) -> None:
    code = """
import json, os, time
children = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        children += 1
except OSError as error:
    print(json.dumps([children, error.errno]))
"""
    children, errno = printed(sandbox, code)
    assert children + 2 == SPEC.pids  # the program and zuko-init count too
    assert errno == 11


@pytest.mark.parametrize("place", ["/workspace", "/tmp", "/dev/shm"])
def test_tmpfs_sizes_hold(sandbox: Sandbox, place: str) -> None:
    size = {"/workspace": SPEC.workspace_bytes, "/tmp": SPEC.tmp_bytes, "/dev/shm": SPEC.shm_bytes}[place]
    code = f"""
import json
written = 0
try:
    with open("{place}/big", "wb", buffering=0) as file:
        while written < {size} * 2:
            written += file.write(bytes(1 << 16))
except OSError as error:
    print(json.dumps([written, error.errno]))
"""
    written, errno = printed(sandbox, code)
    assert size - (1 << 17) <= written <= size
    assert errno == 28


@pytest.mark.parametrize("place", ["/workspace", "/tmp", "/dev/shm"])
def test_inode_limits_hold(sandbox: Sandbox, place: str) -> None:
    code = f"""
import json, os
made = 0
try:
    while made < {SPEC.inodes} * 2:
        os.mkdir("{place}/" + str(made))
        made += 1
except OSError as error:
    print(json.dumps([made, error.errno]))
"""
    made, errno = printed(sandbox, code)
    assert SPEC.inodes - 64 <= made <= SPEC.inodes
    assert errno == 28


def test_memory_limit_holds_for_tmpfs_too(sandbox: Sandbox) -> None:
    """What is written to a tmpfs is memory of the sandbox."""
    code = """
for place in ("/workspace", "/tmp"):
    with open(place + "/big", "wb", buffering=0) as file:
        for _ in range(900):
            file.write(bytes(1 << 16))
"""
    result = run(sandbox, f"{code}\nx = bytearray(64 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1")
    assert result.outcome is Outcome.MEMORY


def test_files_cannot_be_executed(sandbox: Sandbox) -> None:
    code = """
import json, os, subprocess
open("/workspace/x", "w").write("#!/bin/sh\\necho no")
os.chmod("/workspace/x", 0o755)
try:
    subprocess.run(["/workspace/x"])
except PermissionError as error:
    print(json.dumps(error.errno))
"""
    assert printed(sandbox, code) == 13


def test_loopback_is_there_and_named(sandbox: Sandbox) -> None:
    """A program may speak with itself."""
    code = """
import json, socket
server = socket.create_server(("localhost", 0))
client = socket.create_connection(server.getsockname(), timeout=1)
print(json.dumps([client.getpeername()[0], len(socket.gethostname()) > 0]))
"""
    assert printed(sandbox, code) == ["127.0.0.1", True]


def test_a_program_cannot_undo_what_protects_the_figures(sandbox: Sandbox) -> None:
    """Neither become the last that the kernel kills for memory, nor have its peak RSS forgotten."""
    code = """
import json
refused = []
for name, value in (("oom_score_adj", "0"), ("clear_refs", "5")):
    try:
        open("/proc/self/" + name, "w").write(value)
    except OSError as error:
        refused.append([name, error.errno])
print(json.dumps(refused))
"""
    assert printed(sandbox, code) == [["oom_score_adj", 13], ["clear_refs", 13]]


def test_no_network(sandbox: Sandbox) -> None:
    code = """
import json, socket
failures = []
for address in (("1.1.1.1", 53), ("172.17.0.1", 2375), ("169.254.169.254", 80), ("10.0.0.1", 22)):
    try:
        socket.create_connection(address, timeout=1).close()
        failures.append(address)
    except OSError as error:
        assert error.errno == 101, error
print(json.dumps(failures))
"""
    assert printed(sandbox, code) == []


# ---------------------------------------------------------------- between two runs


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


def test_nothing_is_left_between_runs(sandbox: Sandbox) -> None:
    assert run(sandbox, LEAVE_EVERYTHING).exit_code == 0
    assert printed(sandbox, LOOK_FOR_ANYTHING) == {
        "files": {"/workspace": ["main.py"], "/tmp": [], "/dev/shm": [], "/dev/mqueue": []},
        "processes": [],
        "shm": -1,
        "sem": -1,
        "msg": -1,
        "mq": -1,
    }


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_a_connection_in_time_wait_makes_it_unfit(
    engine: Engine, family: str, caplog: pytest.LogCaptureFixture
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
    with engine.start_sandbox(SPEC) as sandbox:
        result = run(sandbox, code)
        assert (result.exit_code, result.again) == (0, False)
        assert not sandbox.end_submission()
    assert "audit: a connection is left" in caplog.text


@waits_in
def test_sockets_in_flight_to_each_other_make_it_unfit(
    engine: Engine, caplog: pytest.LogCaptureFixture, in_loop: bool
) -> None:
    """They outlive every process, with names that the next program could read and not take: the audit finds them."""
    code = """
import array, socket
one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
named = socket.socket(socket.AF_UNIX)
named.bind("\\0word")
circle = array.array("i", [one.fileno(), other.fileno(), named.fileno()])
for sender in one, other:
    sender.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, circle)])
"""
    with engine.start_sandbox(SPEC) as sandbox:
        result = run(sandbox, code, in_loop=in_loop)
        assert (result.exit_code, result.again) == (0, False)
    assert "audit: a socket is left" in caplog.text


@waits_in
def test_a_sandbox_for_one_run_ends_after_it(engine: Engine, docker_client: docker.DockerClient, in_loop: bool) -> None:
    sandbox = engine.start_sandbox(replace(SPEC, max_runs=1))
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
    """What a disconnecting client causes: who waits gets an error, soon."""
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
