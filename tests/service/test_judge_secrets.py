"""Things that a case must not find: answers, and remains of other cases."""

from typing import Final

import pytest

from tests.harness.judging import judge, verdicts
from tests.harness.server import Server

SEARCH: Final = """
import ctypes, glob, os, re, sys

SECRET = ("swordfish" "-%s-").encode()[:10]  # not as one word in this source
found = []

def look(where, data):
    for at in re.finditer(re.escape(SECRET), data):
        if data[at.end():at.end() + 6].isdigit():
            found.append(f"{where}: {data[at.start():at.start() + 20]!r}")

look("environment", "\\0".join(f"{key}={value}" for key, value in os.environ.items()).encode())
look("standard input", sys.stdin.buffer.read())
for top, folders, names in os.walk("/", followlinks=False):
    folders[:] = [name for name in folders if os.path.join(top, name) not in ("/sys", "/usr", "/lib")]
    for name in names:
        path = os.path.join(top, name)
        if not path.startswith("/proc/") and os.path.isfile(path) and not os.path.islink(path):
            try:
                with open(path, "rb") as file:
                    look(path, file.read(1 << 24))
            except OSError:
                pass
for process in glob.glob("/proc/[0-9]*") + ["/proc/self"]:
    for name in ("environ", "cmdline"):
        try:
            with open(f"{process}/{name}", "rb") as file:
                look(f"{process}/{name}", file.read())
        except OSError:
            pass
    for descriptor in glob.glob(f"{process}/fd/*"):
        try:
            if os.path.isfile(descriptor):
                with open(descriptor, "rb") as file:
                    look(descriptor, file.read(1 << 24))
        except OSError:
            pass
    if process in ("/proc/self", f"/proc/{os.getpid()}"):
        continue
    try:
        with open(f"{process}/maps") as maps, open(f"{process}/mem", "rb", 0) as memory:
            for line in maps:
                low, high = (int(part, 16) for part in line.split()[0].split("-"))
                memory.seek(low)
                look(f"{process}/mem", memory.read(min(high - low, 1 << 24)))
    except OSError:
        pass
libc = ctypes.CDLL(None, use_errno=True)
for key in range(64):  # System V shared memory
    if libc.shmget(key, 0, 0) >= 0:
        found.append(f"shared memory {key}")
print("found", found)
"""


def test_expected_outputs_are_never_in_the_sandbox(server: Server) -> None:
    """Files, environment, descriptors, other processes' memory: no trace of this case's answer, nor of the others'."""
    secrets = [f"swordfish-{number:06}" for number in (193750, 284611, 375522)]
    response = judge(
        server,
        SEARCH,
        [{"input": "x\n", "output": f"{secret}\n"} for secret in secrets],
        checker={"kind": "exact"},
        time_limit_ms=10_000,
        workers=1,
    )
    assert verdicts(response) == ["WA"] * 3
    for case in response["cases"]:
        assert "got “found [" in case["diff"], case["diff"]
        assert "found []" in case["diff"], case["diff"]


def test_the_search_would_find_it(server: Server) -> None:
    """Put where it looks, the same secret is found: the test above is not blind."""
    response = judge(
        server,
        SEARCH,
        [{"input": "swordfish-193750\n", "output": ""}],
        files=[{"name": "notes.txt", "content": "swordfish-284611"}],
        checker={"kind": "exact"},
        time_limit_ms=10_000,
    )
    (case,) = response["cases"]
    assert "found []" not in case["diff"]


LEAVE: Final = """
import ctypes, mmap, os, signal, subprocess, sys, time

def traces():
    for folder in ("/tmp", "/dev/shm", "/dev/mqueue", "/workspace"):
        for name in os.listdir(folder):
            if (folder, name) not in {("/workspace", "main.py"), ("/workspace", "data.txt")}:
                yield f"{folder}/{name}"
    if open("data.txt").read() != "as it was sent":
        yield "data.txt was changed"
    if not open("main.py").read().endswith("time.sleep(60)\\n"):
        yield "main.py was changed"
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (1, os.getpid()):
            yield f"process {name}"
    libc = ctypes.CDLL(None)
    if libc.shmget(4711, 0, 0) >= 0:
        yield "shared memory"
    if libc.semget(4711, 0, 0) >= 0:
        yield "semaphores"
    if libc.msgget(4711, 0) >= 0:
        yield "a message queue"
    if os.getpriority(os.PRIO_PROCESS, 0) != 0:
        yield "its priority"

print(sorted(traces()))
sys.stdout.flush()
libc = ctypes.CDLL(None)
libc.shmget(4711, 4096, 0o1600)
libc.semget(4711, 1, 0o1600)
libc.msgget(4711, 0o1600)
for folder in ("/tmp", "/dev/shm", "/workspace"):
    open(f"{folder}/left", "w").write("left")
    os.mkdir(f"{folder}/.hidden")
    open(f"{folder}/.hidden/left", "w").write("left")
    os.chmod(f"{folder}/.hidden", 0)
for name in ("main.py", "data.txt"):
    os.chmod(name, 0o600)
    open(name, "a").write("\\n# LEFT\\n")
os.unlink("main.py")
open("main.py", "w").write("print([])  # LEFT")
os.nice(5)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.close(0), os.close(1), os.close(2)
        time.sleep(60)
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_of_a_case_is_left_for_the_next(server: Server, workers: int) -> None:
    """No case finds files, processes, shared memory or changes to the source of an earlier case."""
    response = judge(
        server,
        LEAVE,
        [{"output": "[]\n"}] * 5,
        files=[{"name": "data.txt", "content": "as it was sent"}],
        checker={"kind": "exact"},
        workers=workers,
    )
    assert verdicts(response) == ["AC"] * 5, [case["diff"] for case in response["cases"]]


def test_a_binary_cannot_change_itself(server: Server) -> None:
    """The program cannot change its own executable by its path, by /proc or in its own memory."""
    code = r"""
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile int changed = 0;

int main() {
    char path[256] = {};
    if (readlink("/proc/self/exe", path, sizeof path - 1) < 0) puts("no path");
    int opened = open("/proc/self/exe", O_RDWR);
    if (opened >= 0) {
        puts("open for writing");
        if (ftruncate(opened, 0) == 0) puts("cut");
    }
    int readable = open("/proc/self/exe", O_RDONLY);
    void *mapped = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, readable, 0);
    if (mapped != MAP_FAILED) memset(mapped, 0, 4096), puts("mapped for writing");
    if (unlink("main") == 0) puts("removed");
    if (FILE *file = fopen("main", "w")) fputs("#!/bin/false\n", file), fclose(file);
    if (access("left", F_OK) == 0) puts("a trace");
    if (FILE *file = fopen("left", "w")) fclose(file);
    printf("%d\n", changed);
    changed = 1;
}
"""
    response = judge(server, code, [{"output": "0\n"}] * 4, language="cpp", checker={"kind": "exact"}, workers=1)
    assert verdicts(response) == ["AC"] * 4, [case["diff"] for case in response["cases"]]
