"""Attacks of a run on those after it in the same sandbox, each of which has namespaces of its own."""

from collections.abc import Iterator

import pytest

from tests.sandbox.running import SPEC, printed, run
from zuko.engine.engine import Engine
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Isolation, Outcome, RunResult

# Both ends ignore every packet: they ask for a TTL that no packet of the loopback has. So the kernel keeps each
# connection, with the pages in it, long after its processes.
CONNECTIONS = """
import os, socket
listener = socket.create_server(("127.0.0.1", 0))
for _ in range({count}):
    memory = os.memfd_create("memory")
    os.write(memory, bytes({size}))
    sender = socket.create_connection(listener.getsockname())
    receiver, _ = listener.accept()
    for end in (sender, receiver):
        end.setsockopt(socket.IPPROTO_IP, 21, 255)  # IP_MINTTL
    sender.setblocking(False)
    os.sendfile(sender.fileno(), memory, 0, {size})
    os.close(memory)
    globals()[f"kept{{_}}"] = sender, receiver
print("left")
"""
# A name that does not exist takes 800 bytes of the kernel's memory.
NAMES = """
import os
for number in range(30_000):
    try:
        os.stat(f"/etc/{number:0200}")
    except FileNotFoundError:
        pass
print("left")
"""
SYSTEM_V = """
import ctypes
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
size = 80 << 20
ctypes.memset(libc.shmat(libc.shmget(0, size, 0o1600), None, 0), 1, size)
libc.shmctl(libc.shmget(0, 4096, 0o1600), 11, None)  # SHM_LOCK
print("left")
"""
QUEUES = """
import ctypes, os
libc = ctypes.CDLL(None)
attributes = (ctypes.c_long * 8)(0, 10, 8192)
count = 0
while libc.mq_open(b"/%d" % count, os.O_CREAT | os.O_RDWR, 0o600, attributes) >= 0:
    count += 1
print(count)
"""
IN_FLIGHT = """
import os, socket
for _ in range(12):
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    memory = os.memfd_create("memory")
    os.write(memory, bytes(5 << 20))
    try:
        socket.send_fds(one, [b"x"], [one.fileno(), other.fileno(), memory] * 60)
    except OSError:
        break
    os.close(memory)
print("left")
"""
BRIM = """
import ctypes, os
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
if os.fork() == 0:
    while True:
        ctypes.memset(libc.shmat(libc.shmget(0, 1 << 20, 0o1600), None, 0), 1, 1 << 20)
os.wait()
os._exit(0)
"""
FITS = "bytearray(90 << 20); print('fits')"


@pytest.fixture(autouse=True)
def in_boxes(kept: list[Sandbox]) -> None:
    if kept[-1].hello.isolation is not Isolation.NAMESPACES:
        pytest.skip("this host does not allow namespaces for each run")


@pytest.fixture
def cell(engine: Engine) -> Iterator[Sandbox]:
    """Return a sandbox that a test may use up."""
    with engine.start_sandbox(SPEC, core=0) as sandbox:
        yield sandbox


def left(sandbox: Sandbox, code: str) -> RunResult:
    result = run(sandbox, code)
    assert (result.outcome, result.stdout) == (Outcome.EXITED, b"left\n"), result
    return result


def test_a_connection_that_outlives_its_processes_ends_the_sandbox(cell: Sandbox) -> None:
    """The next submission would have had less memory, and a sandbox that fails would have failed it."""
    assert not left(cell, CONNECTIONS.format(count=30, size=2 << 20)).reusable


def test_a_single_connection_is_noticed(cell: Sandbox) -> None:
    assert not left(cell, CONNECTIONS.format(count=1, size=4096)).reusable


def test_the_kernel_gives_up_such_connections_soon(cell: Sandbox) -> None:
    setting = "print(open('/proc/sys/net/ipv4/tcp_orphan_retries').read().strip())"
    assert printed(cell, setting) == 1


def test_ordinary_connections_do_not_end_the_sandbox(sandbox: Sandbox) -> None:
    code = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
kept = []
for _ in range(20):
    kept.append(socket.create_connection(listener.getsockname()))
    kept.append(listener.accept()[0])
    kept[-1].sendall(bytes(10_000))
print("left")
"""
    for _ in range(5):
        assert left(sandbox, code).reusable


def test_names_that_the_kernel_remembers_end_the_sandbox(cell: Sandbox) -> None:
    """Taking them back would be counted as CPU time of the next program: 0.1 s (measured)."""
    assert not left(cell, NAMES).reusable


@pytest.mark.parametrize("code", [SYSTEM_V, IN_FLIGHT], ids=["System V", "in flight"])
def test_memory_of_the_run_before_is_free(sandbox: Sandbox, code: str) -> None:
    for _ in range(8):
        assert left(sandbox, code).reusable
        assert run(sandbox, FITS).stdout == b"fits\n"


def test_a_run_that_fills_the_memory_does_not_fail_the_next_one(sandbox: Sandbox) -> None:
    for _ in range(5):
        assert run(sandbox, BRIM).reusable
        assert run(sandbox, FITS).stdout == b"fits\n"


def test_each_run_may_have_as_many_queues(sandbox: Sandbox) -> None:
    """Their bytes are limited for each uid, and the kernel ends a namespace some time after its processes."""
    assert {printed(sandbox, QUEUES) for _ in range(20)} == {9}


def test_the_files_behind_the_masks_of_proc_cannot_be_changed(sandbox: Sandbox) -> None:
    """They are the cell's own /dev/null: a time that is set would be read by the next run."""
    code = """
import os
changed = []
for line in open("/proc/self/mountinfo"):
    path = line.split()[4]
    try:
        if os.stat(path).st_uid != os.getuid():
            os.utime(path)
            changed.append(path)
    except OSError:
        pass
print(repr(changed).replace("'", '"'))
"""
    assert printed(sandbox, code) == []


def test_proc_shows_no_more_than_an_ordinary_container(sandbox: Sandbox, emptied: Sandbox) -> None:
    """The same files of the kernel are readable, and none is writable."""
    code = """
import json, os
found = []
for top in ("/proc", "/sys/firmware", "/sys/devices/virtual/powercap"):
    for folder, folders, files in os.walk(top):
        folders[:] = [name for name in folders if not name.isdigit() and name not in ("self", "thread-self", "net")]
        for path in (os.path.join(folder, name) for name in files):
            if os.access(path, os.W_OK) and not os.path.samefile(path, "/dev/null"):
                found.append("writable " + path)
            try:
                with open(path, "rb", buffering=0) as file:
                    os.set_blocking(file.fileno(), False)
                    if file.read(1):
                        found.append(path)
            except OSError:
                pass
print(json.dumps(found))
"""
    inside, ordinary = set(printed(sandbox, code)), set(printed(emptied, code))
    ignored = ("/proc/sys/net/", "/proc/sysvipc/")  # of namespaces of its own, and never those of the host
    assert {path for path in inside - ordinary if not path.startswith(ignored)} == set()
    assert not [path for path in inside if path.startswith("writable")]


def test_capabilities_and_namespaces_stay_out_of_reach(sandbox: Sandbox) -> None:
    """No id of the namespace is root, no descriptor is inherited, and the cell's namespaces cannot be opened."""
    code = """
import fcntl, json, os
found = [name for name in os.listdir("/proc/self/fd") if int(name) > 2]
for call, argument in ((os.setuid, 0), (os.setgid, 0), (os.setgroups, [0]), (os.listdir, "/proc/1/ns")):
    try:
        call(argument)
        found.append("got through")
    except OSError:
        pass
NS_GET_USERNS, NS_GET_PARENT = 0xB701, 0xB702
for kind, request in (("user", NS_GET_PARENT), ("user", NS_GET_USERNS), ("pid", NS_GET_PARENT), ("uts", NS_GET_PARENT)):
    namespace = os.open(f"/proc/self/ns/{kind}", os.O_RDONLY)
    try:
        fcntl.ioctl(namespace, request)
        found.append(f"{kind} {request:x}")
    except OSError:
        pass
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
found += [name for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb") if int(status[name], 16)]
print(json.dumps(found[1:]))  # the first one reads the directory
"""
    assert printed(sandbox, code) == []
