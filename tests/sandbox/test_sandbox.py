"""Every setting of the container, tried to break from inside; and what the image holds."""

from errno import EACCES, EROFS

import pytest

import docker
from tests.sandbox.running import SPEC, printed, run
from zuko.engine.confinement import QUEUES, RUNNER_GID, RUNNER_UIDS, WRITABLE
from zuko.languages.table import PYTHON
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Outcome

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
    assert set(found[1]) <= {*WRITABLE, QUEUES, "/workspace/main.py"}


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
    """No import of the standard library compiles anything: the cached file exists and is used."""
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
    """A reset empties exactly the places that a program can write to."""
    code = """
import json, os
paths = [line.split()[1] for line in open("/proc/self/mounts")]
print(json.dumps([path for path in paths if os.path.isdir(path) and os.access(path, os.W_OK)]))
"""
    assert sorted(set(printed(sandbox, code))) == sorted({*WRITABLE, QUEUES})


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
    """Files in a tmpfs count as memory of the sandbox."""
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


def test_a_program_cannot_undo_what_protects_the_figures(sandbox: Sandbox, emptied: Sandbox) -> None:
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
    assert printed(sandbox, code) == [["oom_score_adj", EROFS], ["clear_refs", EROFS]]
    assert printed(emptied, code) == [["oom_score_adj", EACCES], ["clear_refs", EACCES]]


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
