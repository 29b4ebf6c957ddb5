"""A Docker engine of the tests' own, beside the machine's: to kill it, or to reach it as a remote one."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Final, Self

import psutil
import pytest

import docker
from tests import ROOT
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL
from zuko.languages.table import PYTHON

# The marks of a test that starts one.
NEEDS_DOCKERD: Final = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a Docker engine of its own"),
    pytest.mark.skipif(shutil.which("dockerd") is None, reason="no dockerd here: the engine is on another machine"),
]


class Dockerd:
    """A Docker engine with its own directories, sockets and containerd, and the sandbox image. A context manager.

    It has its own network namespace too: a second engine on the machine would take the first one's bridge away.
    containerd is a separate service, as packages install it: it outlives a dockerd that is killed. The units that
    infra/docker-host.sh writes also do what must be done before a dockerd starts again; that is done here too.
    """

    def __enter__(self) -> Self:
        self.root = Path(tempfile.mkdtemp(prefix="zuko-dockerd-"))
        self.url = f"unix://{self.root}/docker.sock"
        self.process: subprocess.Popen[bytes] | None = None
        with contextlib.ExitStack() as undo:
            undo.callback(self._clean_up)
            directories = ["--root", f"{self.root}/containerd", "--state", f"{self.root}/containerd-state"]
            self.containerd = self.spawn(["containerd", "--address", f"{self.root}/containerd.sock", *directories])
            self.prepare()
            units = ["units", "--units", str(self.root / "units")]
            subprocess.run([ROOT / "infra" / "docker-host.sh", *units], check=True, capture_output=True)
            self.start()
            self._load(PYTHON.image)
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._clean_up()

    def prepare(self) -> None:
        """Prepare what the first start needs."""

    def start(self) -> None:
        """Start dockerd, also again after `kill`, and wait until it answers."""
        self.end_leftovers()
        (self.root / "docker.pid").unlink(missing_ok=True)  # of one that was killed
        command = ["unshare", "--net", "dockerd", "--pidfile", f"{self.root}/docker.pid"]
        command += ["--containerd", f"{self.root}/containerd.sock"]
        command += ["--data-root", f"{self.root}/data", "--exec-root", f"{self.root}/exec"]
        self.process = self.launch(command)
        wait_for(self.answers, 60, "dockerd to answer")

    def launch(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Run the command, with the options for its sockets and its network."""
        return self.spawn([*command, "--host", self.url, "--bridge", "none", "--iptables=false", "--ip6tables=false"])

    def spawn(self, command: list[str], pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        with (self.root / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, pass_fds=pass_fds)

    def answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, (self.root / "log").read_text()[-2000:]
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            probe.connect(f"{self.root}/docker.sock")
            probe.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in probe.recv(4096)
        return False

    def client(self) -> docker.DockerClient:
        """Return a client of the local socket, which needs no certificate."""
        return docker.DockerClient(self.url, timeout=60)

    def containers(self) -> list[str]:
        """Return the ids of sandboxes, in any state."""
        with contextlib.closing(self.client()) as client:
            return [each["Id"] for each in client.api.containers(all=True, filters={"label": LABEL})]

    def shims(self) -> list[psutil.Process]:
        """Return the process above each container that has processes, whether dockerd is alive and knows it or not."""
        address = ["-address", f"{self.root}/containerd.sock"]
        return [each for each in psutil.process_iter(["cmdline"]) if (each.info["cmdline"] or [])[-2:] == address]

    def processes(self) -> list[psutil.Process]:
        """Return the processes in containers."""
        found = []
        for shim in self.shims():
            with contextlib.suppress(psutil.NoSuchProcess):
                found += shim.children(recursive=True)
        return found

    def kill(self) -> None:
        """Kill dockerd; its containers live on."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def end_leftovers(self) -> None:
        """End what a killed dockerd left running."""
        script = self.root / "units" / "docker.service.d" / "zuko-leftovers.sh"
        with (self.root / "log").open("ab") as log:
            command = ["/bin/sh", str(script), f"{self.root}/containerd.sock"]
            subprocess.run(command, stdout=log, stderr=log, timeout=60, check=False)

    def _load(self, image: str) -> None:
        with contextlib.closing(docker.from_env(timeout=60)) as of_machine, contextlib.closing(self.client()) as own:
            own.images.load(b"".join(of_machine.images.get(image).save(named=image)))

    def _clean_up(self) -> None:
        for process in filter(None, (self.process, self.containerd)):
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        # After dockerd was killed, its containers go on, each under a containerd-shim.
        for shim in self.shims():
            with contextlib.suppress(psutil.NoSuchProcess):
                for each in (*shim.children(recursive=True), shim):
                    each.kill()
        mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        for mount in (path for path in reversed(mounts) if path.startswith(str(self.root))):
            subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(self.root, ignore_errors=True)
