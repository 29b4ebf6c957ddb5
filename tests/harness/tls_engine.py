"""A remote Docker host, on this machine: set up by the script that sets up a real one, reached by TLS alone."""

import fcntl
import socket
import subprocess
from pathlib import Path

from tests import ROOT
from tests.harness.dockerd import Dockerd


class TlsEngine(Dockerd):
    """A `Dockerd` configured by infra/docker-host.sh, with certificates of scripts/certs.sh, on a loopback TCP port.

        with TlsEngine() as engine, Server(engine.client_env()) as server: ...

    `host` is its address, also after it was killed and started again; `certs` is the directory of its certificates,
    with those of a client named as DOCKER_CERT_PATH wants them.
    """

    host: str
    certs: Path

    def prepare(self) -> None:
        self.certs = self.root / "certs"
        self.config = self.root / "etc" / "daemon.json"
        self._port = 0
        subprocess.run([ROOT / "scripts" / "certs.sh", "--directory", self.certs], check=True, capture_output=True)
        subprocess.run(
            [ROOT / "infra" / "docker-host.sh", "configure", "--directory", self.config.parent, "--certs", self.certs],
            check=True,
            capture_output=True,
        )

    def launch(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start it with the configuration that the script wrote, and nothing else.

        Its TCP port is in a network namespace without other processes. It also takes sockets that it inherits, as
        systemd passes them: these are of this namespace, and are closed here so that they live as long as it does.
        """
        (self.root / "docker.sock").unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as local, socket.create_server(("127.0.0.1", self._port)) as remote:
            local.bind(str(self.root / "docker.sock"))
            local.listen()
            self._port = remote.getsockname()[1]
            self.host = f"tcp://127.0.0.1:{self._port}"
            # From sd_listen_fds(3): they are descriptors 3, 4, ... of the process that LISTEN_PID names.
            first, second = (fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 10) for each in (local, remote))
            inherit = f'LISTEN_FDS=2 LISTEN_PID=$$ exec "$@" 3<&{first} {first}<&- 4<&{second} {second}<&-'
            command = ["bash", "-c", inherit, "bash", *command, "--config-file", str(self.config)]
            try:
                return self.spawn(command, pass_fds=(first, second))
            finally:
                socket.close(first)
                socket.close(second)

    def client_env(self) -> dict[str, str]:
        """Return the environment that a client needs to reach it."""
        return {"DOCKER_HOST": self.host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(self.certs)}
