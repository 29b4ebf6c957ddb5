"""zuko-init without Docker: in separate namespaces, as PID 1, connected by two pipes.

    pytest ── unshare (pid, mount, ipc) ── stage, which mounts a sandbox's file systems ── zuko-init (PID 1) ── probe

Inside, /mnt/bin is docker/init/build, and WRITABLE are the places that a program may write to. As root, zuko-init runs
under a uid without any right; as another user it is that user, as root of a user namespace, without capabilities. The
sanitizers write to stderr, which fails the test that caused it.

With `boxes` the program is in namespaces of its own within those, and its writable places are not those of zuko-init.
"""

import contextlib
import fcntl
import functools
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import psutil
import pytest

from tests import ROOT
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.types import Hello, Limits, Outcome, Run, RunResult, SourceFile

SOURCE: Final = ROOT / "docker" / "init"
QUEUES: Final = "/mnt/mqueue"
WRITABLE: Final = ("/mnt/workspace", "/tmp", "/dev/shm", QUEUES)
TMPFS: Final = "mode=1777,size=16m,nr_inodes=20000"
NOWHERE: Final = "/nonexistent"
STAND_IN: Final = "/mnt/counters"  # for a cgroup
PROBE: Final = "/mnt/bin/probe"
MS: Final = 1_000_000  # ns
IS_ROOT: Final = os.geteuid() == 0
# Limits that count for each uid must not meet those of a container, or of another test session beside this one.
UID: Final = 21000 + os.getpid() % 10000 if IS_ROOT else 0
GID: Final = 20000 if IS_ROOT else 0
TIMEOUT_S: Final = 30  # for what takes milliseconds: a machine may be busy
SANITIZERS: Final = {
    # Leaks: it never frees. Handlers: it must have none, as in the sandbox.
    "ASAN_OPTIONS": "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}

needs_root = pytest.mark.skipif(
    not IS_ROOT, reason="without root the sandbox's root, which owns what is its, is the program's own user"
)

_UNSHARE: Final = (
    *("unshare", "--pid", "--mount", "--ipc", "--net", "--fork", "--kill-child", "--mount-proc"),
    *(() if IS_ROOT else ("--user", "--map-root-user")),
)
# sh that makes a /dev as an engine does, so that the times of the host's devices are of no importance. In COUNTERS
# programs may write to files that are for all of them, because Landlock lets them.
COUNTERS: Final = "/dev/counters"
DEVICES: Final = """
mkdir /mnt/dev
mount -t tmpfs -o mode=755,strictatime,nosuid tmpfs /mnt/dev
mkdir /mnt/dev/shm /mnt/dev/pts /mnt/dev/counters
for device in "null c 1 3" "zero c 1 5" "full c 1 7" "random c 1 8" "urandom c 1 9" "tty c 5 0"; do
    mknod -m 666 /mnt/dev/$device
done
mount -t devpts -o newinstance,ptmxmode=666 devpts /mnt/dev/pts
ln -s pts/ptmx /mnt/dev/ptmx
mount --move /dev/shm /mnt/dev/shm
mount --move /mnt/dev /dev
mount --bind /dev/counters /dev/counters
"""


@functools.cache
def build() -> Path:
    """Return the directory with zuko-init, zuko-init-sanitized and the tools of docker/init/tests, all up to date."""
    (SOURCE / "build").mkdir(exist_ok=True)
    with open(SOURCE / "build" / "lock", "w") as lock:  # of two sessions at a time one would run what the other writes
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(
            ["make", "-s", f"-j{os.cpu_count()}", "-C", SOURCE, "static", "sanitized", "tools"],
            capture_output=True,
            check=False,
            text=True,
            timeout=280,
        )
    assert made.returncode == 0, made.stderr
    directory = SOURCE / "build"
    for path in (directory, *directory.iterdir()):
        if path.stat().st_mode & 0o555 != 0o555:  # the program's user has to get at them, whatever the umask
            path.chmod(0o755)
    return directory


@functools.cache
def why_not() -> str | None:
    """Return why this machine cannot make the namespaces; None: it can."""
    tried = subprocess.run([*_UNSHARE, "true"], capture_output=True, check=False, text=True, timeout=TIMEOUT_S)
    return None if tried.returncode == 0 else f"no namespaces here: {tried.stderr.strip()}"


@functools.cache
def why_no_boxes() -> str | None:
    """Return why a user without any right cannot make boxes on this machine; None: it can."""
    if not IS_ROOT:
        return "without root a box is not made by a user without any right"
    user = ["setpriv", f"--reuid={UID}", f"--regid={GID}", "--clear-groups", "--no-new-privs"]
    inner = ["unshare", "--user", "--pid", "--mount", "--ipc", "--uts", "--net", "--fork", "--map-root-user"]
    command = [*_UNSHARE, *user, *inner, "mount", "-t", "proc", "proc", "/proc"]
    tried = subprocess.run(command, capture_output=True, check=False, text=True, timeout=TIMEOUT_S)
    return None if tried.returncode == 0 else f"no boxes here: {tried.stderr.strip()}"


class Ended(Exception):  # noqa: N818 - the intended end of a sandbox is not an error
    """The stream ended where a frame was expected."""


@dataclass
class Supervisor:
    """One zuko-init, from its start to its end: a context manager, with which the namespaces go too."""

    binary: str = "zuko-init-sanitized"
    args: tuple[str, ...] = ()  # besides the workspace, the writable places and --cgroup-root
    setup: str = ""  # sh, as root of the namespaces, when everything is mounted
    cgroup: Path | None = None  # which it is put into
    cgroup_root: str = NOWHERE  # what it takes for /sys/fs/cgroup: the host's own counts everything
    prefix: tuple[str, ...] = ()  # argv before unshare
    pass_fds: tuple[int, ...] = ()
    boxes: bool = False  # each run has namespaces of its own
    beside: "Supervisor | None" = None  # whose network namespace it is in
    kept: set[str] = field(default_factory=set)  # names that are not commands of the probe

    def __enter__(self) -> "Supervisor":
        if reason := why_not() or (self.boxes and why_no_boxes()):
            pytest.skip(reason)
        writable = [word for place in WRITABLE for word in ("--writable", place + self._options(place))]
        command = ["/mnt/bin/stage", "user", str(UID), str(GID), f"/mnt/bin/{self.binary}"]
        command += ["--workspace", "/mnt/workspace", *writable, "--cgroup-root", self._cgroup_root()]
        command += ["--isolation", "namespaces" if self.boxes else "container"]
        command += ["--reset-ms", "20000", *self.args]  # sanitizers take their time
        shell = ["sh", "-ec", f'{self.setup}\nexec "$@"', "sh"] if self.setup else []
        self._stderr: IO[bytes] = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*self.prefix, *self._unshare(), str(build() / "stage"), "mounts", str(UID), *shell, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=os.environ | SANITIZERS | self._variables(),
            pass_fds=self.pass_fds,
        )
        assert self.process.stdin
        assert self.process.stdout
        self.to = self.process.stdin.fileno()
        self.back = self.process.stdout.fileno()
        self._unread = b""
        return self

    def _unshare(self) -> list[str]:
        if self.beside is None:
            return list(_UNSHARE)
        network = f"--net=/proc/{self.beside.outside().pid}/ns/net"
        return ["nsenter", network, *(word for word in _UNSHARE if word != "--net")]

    def _options(self, place: str) -> str:
        """Return what follows a writable place: how each box gets one of its own."""
        if not self.boxes:
            return ""
        return "=mqueue" if place == QUEUES else f"={TMPFS}"

    def _cgroup_root(self) -> str:
        return STAND_IN if self.boxes and self.cgroup_root == NOWHERE else self.cgroup_root

    def _variables(self) -> dict[str, str]:
        root = self._cgroup_root()  # zuko-init makes no boxes where it has no counter
        counter = root if root == STAND_IN else ""
        return {"BUILD": str(build()), "CGROUP": str(self.cgroup or ""), "COUNTER": counter, "TMPFS": TMPFS}

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self.process.stdin
        assert self.process.stdout
        if not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.wait()
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            said = self.said()
            self._stderr.close()
        assert said == ""

    # --- the two pipes

    def send(self, frame: bytes) -> None:
        """Send all of the data, also to a supervisor that no longer reads."""
        left = memoryview(frame)
        with contextlib.suppress(BrokenPipeError):
            while left:
                left = left[os.write(self.to, left) :]

    def take(self) -> bytes:
        """Return the bytes that have arrived, after the first ones have; b"" at the end."""
        return os.read(self.back, 1 << 16)

    def unread(self, came: bytes) -> None:
        """Put back bytes that were taken, to be read again."""
        self._unread += came

    def hang_up(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    def read(self, size: int, timeout_s: float = TIMEOUT_S) -> bytes:
        """Exactly so many bytes.

        Raises:
            Ended: the stream ended before.
        """
        got = bytearray(self._unread[:size])
        self._unread = self._unread[size:]
        deadline = time.monotonic() + timeout_s
        while len(got) < size:
            if not select.select([self.back], [], [], max(0, deadline - time.monotonic()))[0]:
                pytest.fail(f"zuko-init said nothing for {timeout_s} s")
            part = os.read(self.back, size - len(got))
            if not part:
                raise Ended(f"after {len(got)} of {size} bytes; stderr: {self.said()}")
            got += part
        return bytes(got)

    def frame(self, timeout_s: float = TIMEOUT_S) -> tuple[FrameType, bytes]:
        """Return the next frame; raise `Ended` if there is none."""
        kind, size = protocol.decode_header(self.read(protocol.HEADER_SIZE, timeout_s))
        return kind, self.read(size, timeout_s)

    def expect(self, wanted: FrameType, timeout_s: float = TIMEOUT_S) -> bytes:
        kind, payload = self.frame(timeout_s)
        assert kind is wanted, (kind, payload)
        return payload

    def output(self, timeout_s: float = TIMEOUT_S) -> bytes:
        """Return the next part of an interactive program's output, empty at its end.

        That its input has no reader any more is reported whenever that is noticed, and passed over here.
        """
        kind, payload = self.frame(timeout_s)
        if kind is FrameType.CLOSED:
            kind, payload = self.frame(timeout_s)
        assert kind is FrameType.OUTPUT, (kind, payload)
        return payload

    def said(self) -> str:
        """Return the text on stderr so far."""
        return os.pread(self._stderr.fileno(), 65536, 0).decode(errors="replace")

    # --- conversations

    def hello(self) -> Hello:
        return protocol.decode_hello(self.expect(FrameType.HELLO))

    def start(
        self,
        *argv: str,
        wall_ms: int = 20_000,
        cpu_ms: int | None = None,
        stdout: int = 1 << 20,
        stderr: int = 1 << 20,
        stdin: bytes = b"",
        files: tuple[SourceFile, ...] = (),
        env: tuple[tuple[str, str], ...] = (),
        flush_signal: int = 0,
        again: bool = True,
        **rest: Any,
    ) -> None:
        """Send a run with `rest` as in `Run`; `argv` without a slash is a command of the probe, or a kept program."""
        kept = {file.name for file in rest.get("keep", ())} | self.kept
        words = argv if "/" in argv[0] or argv[0] in kept else (PROBE, *argv)
        limits = Limits(wall_ms, cpu_ms, stdout, stderr)
        run = Run(words, limits, files, input_data=stdin, env=env, flush_signal=flush_signal, **rest)
        self.kept = kept
        self.send(protocol.encode_run(run, reuse=again))

    def result(self) -> RunResult:
        """Return the result, with the taken files."""
        files = []
        while True:
            kind, payload = self.frame()
            if kind is not FrameType.TAKEN:
                break
            files.append(protocol.decode_file(payload))
        assert kind is FrameType.RESULT, (kind, payload)
        return protocol.decode_result(payload, tuple(files))

    def run(self, *argv: str, **options: Any) -> RunResult:
        """Run a program and wait until the sandbox is ready for the next."""
        self.start(*argv, **options)
        result = self.result()
        assert result.reusable
        return result

    def shell(self, script: str, **options: Any) -> RunResult:
        """Run a script of the shell; see `run`."""
        return self.run("/bin/sh", "-c", script, **options)

    def lines(self, *argv: str, **options: Any) -> list[str]:
        """Return the lines that a program printed; it must exit with 0 and without complaints."""
        result = self.run(*argv, **options)
        assert (result.exit_code, result.stderr) == (0, b""), result
        return result.stdout.decode().splitlines()

    def wait(self, timeout_s: float = TIMEOUT_S) -> int:
        """Wait for its end, and return its exit status."""
        return self.process.wait(timeout_s)

    def error(self) -> str:
        """Return the reason for which it gave up; it has ended."""
        reason = self.expect(FrameType.ERROR).decode()
        with pytest.raises(Ended):
            self.frame()
        assert self.wait() == 1
        return reason

    # --- seen from outside

    def outside(self) -> psutil.Process:
        """zuko-init by the pid that the host knows it by."""
        (init,) = psutil.Process(self.process.pid).children()
        return init

    def path(self, inside: str) -> Path:
        """Return a path of the sandbox, for root."""
        return Path(f"/proc/{self.outside().pid}/root{inside}")

    def inside(self, *argv: str, stdout: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Start a process of root in its namespaces, without its filter."""
        command = ["nsenter", "--target", str(self.outside().pid), "--pid", "--ipc", "--mount", *argv]
        return subprocess.Popen(command, stdout=stdout)


@contextlib.contextmanager
def cgroup(version: int) -> Iterator[tuple[Path, str]]:
    """Make a control group of that version, and a stand-in for /sys/fs/cgroup with it; skip if that is impossible."""
    name = f"zuko-test-{os.getpid()}"
    root = Path("/sys/fs/cgroup")
    if version == 1:
        mounts = [root / mount for mount in ("cpuacct", "cpu,cpuacct", "cpuacct,cpu") if (root / mount).is_dir()]
    else:
        mounts = [mount for mount in (root, root / "unified") if (mount / "cgroup.controllers").exists()]
    if not mounts:
        pytest.skip(f"this machine has no cgroup v{version} for CPU time")
    path = mounts[0] / name
    try:
        path.mkdir()
    except OSError as error:
        pytest.skip(f"no cgroup can be made: {error}")
    try:
        yield path, "/mnt/cgroup"
    finally:
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            try:
                path.rmdir()
                break
            except OSError:  # busy until the last process is gone: there is no event to wait for
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def cgroup_setup(version: int, path: Path) -> str:
    """sh that shows a control group as a container sees it, at /mnt/cgroup."""
    return f"ln -s {path} /mnt/cgroup" if version == 2 else f"mkdir /mnt/cgroup; ln -s {path} /mnt/cgroup/cpuacct"


def end_of(result: RunResult) -> tuple[Outcome, int | None, int | None]:
    """Return how a program ended: outcome, exit code, signal."""
    return result.outcome, result.exit_code, result.signal


def facts(lines: list[str]) -> dict[str, str]:
    """Return values from lines of "name value"."""
    return dict([*line.split(maxsplit=1), ""][:2] for line in lines)


if __name__ == "__main__":
    build()
