"""A real server in a separate process."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

import docker
from tests import ROOT
from tests.harness.preloaded import Preloaded
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL, OWNER_LABEL


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Server:
    """A uvicorn process with the real app, on a loopback port: any that is free, and the same when it is restarted."""

    env: dict[str, str] = field(default_factory=dict)
    port: int = 0
    fresh: bool = False  # its imports are its own, which takes 1 s of CPU time more

    def __enter__(self) -> "Server":
        self.port = self.port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()
        self.client = httpx2.Client(base_url=self.url, timeout=60)
        return self

    def start(self) -> None:
        """Start the process, also again after its end."""
        arguments = ("main:app", "--port", str(self.port), "--log-level", "warning")
        env = {**os.environ, **self.env}
        self.process: subprocess.Popen[Any] = (
            subprocess.Popen([sys.executable, "-m", "uvicorn", *arguments], cwd=ROOT, env=env)
            if self.fresh
            else Preloaded("uvicorn", *arguments, cwd=ROOT, env=env)
        )

    def containers(self, client: docker.DockerClient) -> list[str]:
        """Return the ids of this server's containers, in any state."""
        found = client.api.containers(all=True, filters={"label": LABEL})
        return [each["Id"] for each in found if f"/{self.process.pid}/" in each["Labels"][OWNER_LABEL]]

    def wait_ready(self, timeout_s: float = 60) -> "Server":
        wait_for(lambda: self.get_status("/readyz") == 200, timeout_s, "the server to be ready")
        return self

    def get_status(self, path: str) -> int:
        try:
            return self.client.get(path).status_code
        except httpx2.TransportError:
            return 0

    def execute(self, code: str, **fields: object) -> dict[str, Any]:
        """Return the response to a program that the service must accept."""
        response = self.client.post("/api/v1/execute", json={"language": "python", "code": code, **fields})
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def __exit__(self, *_: object) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise


MakeServer = Callable[..., Server]
