"""The compared systems (the bare interpreter, the server, `docker run --rm`) and the machine that they run on."""

import contextlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import docker
from benchmarks.client import Client
from zuko.engine.confinement import RUNNER_GID, RUNNER_UIDS
from zuko.engine.engine import LABEL, OWNER_LABEL, Engine
from zuko.languages.table import PYTHON
from zuko.settings import Settings
from zuko.types import SandboxSpec

ROOT: Final = Path(__file__).parent.parent
CORES: Final = os.cpu_count() or 1
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
BENCHMARK_LABEL: Final = "zuko.benchmark"
READY: Final = 2  # ready sandboxes per core
SETTLE_S: Final = 0.25  # when the pool is full again, the engine is still removing the last container

HELLO: Final = "name = input()\nprint('Hello', name)\n"
HELLO_INPUT: Final = "Zuko\n"
HELLO_OUTPUT: Final = "Hello Zuko\n"


@dataclass(frozen=True, slots=True)
class Spent:
    """Times of one run on this host."""

    wall_ms: float
    cpu_ms: float  # rusage of the processes that were waited for
    stdout: str


class Process:
    """A program on this host, no sandbox: the floor.

    Args:
        argv: the first an absolute path.
        env: all of its environment.
        input_data: standard input; fits into a pipe.
        directory: where it runs; None: here.
    """

    def __init__(
        self, argv: tuple[str, ...], env: dict[str, str], input_data: str = "", directory: Path | None = None
    ) -> None:
        self.argv = argv
        self._env = env
        self._input = input_data.encode()
        self._directory = directory

    def run(self) -> Spent:
        """Measure from before the spawn to after the wait. `subprocess` would add its own work to the floor."""
        stdin, stdin_write = os.pipe()
        stdout, stdout_write = os.pipe()
        os.write(stdin_write, self._input)
        os.close(stdin_write)
        actions = [(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, stdout_write, 1)]
        with contextlib.chdir(self._directory) if self._directory else contextlib.nullcontext():
            started = time.perf_counter()
            pid = os.posix_spawn(self.argv[0], self.argv, self._env, file_actions=actions)
        os.close(stdout_write)
        os.close(stdin)
        parts = []
        while part := os.read(stdout, 65536):
            parts.append(part)
        _, status, usage = os.wait4(pid, 0)
        wall_ms = (time.perf_counter() - started) * 1000
        os.close(stdout)
        if status != 0:
            raise RuntimeError(f"{self.argv[0]} ended with wait status {status}")
        return Spent(wall_ms, (usage.ru_utime + usage.ru_stime) * 1000, b"".join(parts).decode())


class Bare(Process):
    """`python3.12 main.py` on this host, with the interpreter of the virtual environment."""

    def __init__(self, directory: Path, code: str = HELLO, input_data: str = HELLO_INPUT) -> None:
        source = directory / f"main{abs(hash(code))}.py"
        source.write_text(code)
        super().__init__((interpreter(), str(source)), {**dict(PYTHON.env), "HOME": str(directory)}, input_data)


class DockerRun:
    """The same program with `docker run --rm`, confined like a sandbox."""

    def __init__(self, core: int | None = 0, code: str = HELLO, input_data: str = HELLO_INPUT) -> None:
        pinned = None if core is None or CORES < 2 else core % CORES
        options = docker_options(Settings().sandbox(PYTHON), pinned)
        label = f"{BENCHMARK_LABEL}={os.getpid()}"
        image = (PYTHON.image, "-c", code)
        self._argv = ["docker", "run", "--rm", "-i", "--label", label, *options, "--entrypoint", "python3.12", *image]
        self._input = input_data.encode()

    def run(self) -> Spent:
        started = time.perf_counter()
        done = subprocess.run(self._argv, input=self._input, stdout=subprocess.PIPE, check=True, timeout=120)
        return Spent((time.perf_counter() - started) * 1000, 0, done.stdout.decode())


def docker_options(spec: SandboxSpec, core: int | None) -> list[str]:
    """Return the settings of zuko/engine/confinement.py as options of `docker run`.

    tests/ops/test_benchmarks.py compares the two.
    The seccomp profile is left out: ours leaves to zuko-init what Docker's own has to do where there is none.
    """
    mount = f"rw,nosuid,nodev,noexec,mode=1777,nr_inodes={spec.inodes}"
    sizes = {"/workspace": spec.workspace_bytes, "/tmp": spec.tmp_bytes, "/dev/shm": spec.shm_bytes}
    ulimits = ("core=0:0", f"nofile={spec.open_files}:{spec.open_files}", "memlock=65536:65536")
    options = {
        "--network": "none",
        "--cap-drop": "ALL",
        "--security-opt": "no-new-privileges:true",
        "--pids-limit": str(spec.pids),
        "--memory": str(spec.memory_bytes),
        "--memory-swap": str(spec.memory_bytes),
        "--cpus": f"{spec.cpus:g}",
        "--ipc": "private",
        "--log-driver": "none",
        "--user": f"{RUNNER_UIDS[-1]}:{RUNNER_GID}",
        "--runtime": spec.runtime,
        "--cpuset-cpus": None if core is None else str(core),
    }
    arguments = ["--read-only"]
    arguments += [text for name, value in options.items() if value is not None for text in (name, value)]
    for path, size in sizes.items():
        arguments += ["--tmpfs", f"{path}:{mount},size={size}"]
    for ulimit in (*ulimits, "msgqueue=819200:819200", "sigpending=256:256", "stack=-1:-1"):
        arguments += ["--ulimit", ulimit]
    for name, value in PYTHON.env:
        arguments += ["--env", f"{name}={value}"]
    return arguments


# The ways in which a submission is kept apart, and how its interpreter starts: settings of a server.
WARM: Final = "Zuko, default settings"
COLD: Final = "Zuko, cold start"
CONTAINER: Final = "Zuko, a container each"
WAYS: Final[dict[str, dict[str, str]]] = {
    WARM: {},
    COLD: {"ZUKO_WARM_START": "false"},
    CONTAINER: {"ZUKO_ISOLATION": "container"},
}


@contextlib.contextmanager
def servers() -> Iterator[dict[str, "Server"]]:
    """Start a server for each of `WAYS`."""
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(Server(**settings)) for name, settings in WAYS.items()}


class Server:
    """The real server: uvicorn with main:app on a loopback port of its own. It ends with the block."""

    def __init__(self, **settings: str) -> None:
        self._env = {**os.environ, "ZUKO_READY_SANDBOXES": str(READY), **settings}

    def __enter__(self) -> Self:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        argv = [sys.executable, "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*argv, "--log-level", "warning", "--no-access-log"],
            cwd=ROOT,
            env=self._env,
            start_new_session=True,  # Ctrl-C reaches only us; we end it below
        )
        self.client = Client(self.port)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait_full(self, timeout_s: float = 90) -> Self:
        """Wait until all sandboxes that should be ready are, none is busy and none is being started."""
        deadline = time.monotonic() + timeout_s
        while not self._is_full():
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server's pool was not full within {timeout_s:g} s")
            time.sleep(0.03)  # polling /readyz costs the server CPU time
        return self

    def wait_settled(self, timeout_s: float = 10) -> int:
        """Wait until the engine has removed the containers that are used up. Return the number that it has."""
        expected = self.wait_full().client.get("/readyz").json()["sandboxes_ready"]
        deadline = time.monotonic() + timeout_s
        while (there := len(container_ids(self))) != expected and time.monotonic() < deadline:
            time.sleep(0.05)  # each look asks the engine, whose work is what is waited for
        return there

    def _is_full(self) -> bool:
        try:
            answer = self.client.get("/readyz")
        except OSError:
            return False
        if answer.status != 200:
            return False
        told = answer.json()
        quiet = told["sandboxes_starting"] == 0 and told["sandboxes_busy"] == 0
        return bool(quiet and told["sandboxes_ready"] >= told["slots"] * READY)


def interpreter() -> str:
    """Return the CPython 3.12 that the virtual environment was made from, not the environment's own."""
    return str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())


def has_docker_command() -> bool:
    return shutil.which("docker") is not None


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Make a directory for the bare interpreter's sources."""
    with tempfile.TemporaryDirectory(prefix="zuko-bench-") as directory:
        yield Path(directory)


def busy_s() -> float:
    """Return the CPU time of the whole machine since it started, s (proc(5), /proc/stat)."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _iowait, irq, softirq, *_ = map(int, file.readline().split()[1:])
    return (user + nice + system + irq + softirq) / TICKS_PER_S


def steal_s() -> float:
    """Return the time that the hypervisor gave to others while we wanted it, s."""
    with open("/proc/stat", encoding="ascii") as file:
        return int(file.readline().split()[8]) / TICKS_PER_S


def rss_kib(pid: int) -> int | None:
    """Return VmRSS of a process; None if it is not in this host's /proc (a remote engine)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), None)


def container_ids(server: Server) -> list[str]:
    """Return the ids of all containers of a server, also of those that are being created or removed."""
    client = docker.from_env()
    try:
        found = client.api.containers(all=True, filters={"label": LABEL})
        pid = str(server.process.pid)
        return [one["Id"] for one in found if one["Labels"].get(OWNER_LABEL, "").split("/")[2:3] == [pid]]
    finally:
        client.close()


def sandbox_pids(server: Server) -> list[int]:
    """Return the pids of the zuko-init of each running sandbox of a server, on the engine's host."""
    client = docker.from_env()
    try:
        states = [client.api.inspect_container(container)["State"] for container in container_ids(server)]
        return [state["Pid"] for state in states if state["Running"]]
    finally:
        client.close()


def family(pid: int) -> list[int]:
    """Return a process and all that it has started, directly or not, by this host's /proc."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for each in found:  # it grows meanwhile
        found += parents.get(each, [])
    return found


def private_kib(pid: int) -> int:
    """Return a process's share of anonymous memory, KiB; 0 if it has ended (proc(5), smaps_rollup)."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))
    return 0


def engine_rss_kib() -> int | None:
    """Return the RSS of the engine's daemons on this host, KiB; None if they are not here."""
    sizes = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "comm").read_text().strip() in {"dockerd", "containerd"}:
                sizes.append(rss_kib(int(entry.name)) or 0)
    return sum(sizes) or None


def remove_leftovers() -> int:
    """End containers that `docker run` of this process left after a failure, and those of a killed service."""
    removed = remove_containers({"label": f"{BENCHMARK_LABEL}={os.getpid()}"})
    with contextlib.closing(Engine()) as engine:
        return removed + engine.sweep()


def remove_containers(filters: dict[str, str]) -> int:
    """End the containers that the filters of `docker ps` find; return how many there were."""
    client = docker.from_env()
    try:
        left = client.api.containers(all=True, filters=filters)
        for container in left:
            with contextlib.suppress(docker.errors.APIError):
                client.api.remove_container(container["Id"], force=True)
        return len(left)
    finally:
        client.close()


def facts() -> list[tuple[str, str]]:
    """Return the facts about the machine that are needed to compare its figures with another's."""
    client = docker.from_env()
    try:
        engine = client.api.info()
        image = client.images.get(PYTHON.image).short_id
        probe = "import sys; print(sys.version.split()[0], len(sys.modules))"
        inside = client.containers.run(
            PYTHON.image,
            ["-c", probe],
            entrypoint="python3.12",
            remove=True,
            labels={BENCHMARK_LABEL: str(os.getpid())},
        )
    finally:
        client.close()
    inner_version, inner_modules = inside.decode().split()
    argv = [interpreter(), "-c", probe]
    outer_version, outer_modules = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    site = Path(sysconfig.get_path("purelib", vars={"base": str(Path(interpreter()).parent.parent)}))
    hooks = sum(line.startswith("import ") for file in site.glob("*.pth") for line in file.read_text().splitlines())
    optimized = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    cgroup = engine.get("CgroupVersion", "1")
    return [
        ("machine", f"{CORES} cores, {_processor()}, {_memory_mib()} MiB, load {os.getloadavg()[0]:.2f}"),
        ("kernel", f"{platform.system()} {platform.release()}, cgroup v{cgroup}"),
        ("engine", f"{engine['ServerVersion']}, runtime {engine['DefaultRuntime']}, image {PYTHON.image} ({image})"),
        ("bare interpreter", f"CPython {outer_version}, {outer_modules} modules at start, {hooks} .pth hooks"),
        ("image's interpreter", f"CPython {inner_version}, {inner_modules} modules at start"),
        ("host's build", "with profile-guided optimization" if optimized else "without profile-guided optimization"),
    ]


def _processor() -> str:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return platform.machine()


def _memory_mib() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
