"""docs/how-to/behind-a-proxy.md: its configurations, run before two services of which one ends under load."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx2
import pytest

from tests import ROOT
from tests.harness.load import busy
from tests.harness.server import Server, free_port
from tests.harness.waiting import wait_for

pytestmark = pytest.mark.long(45)

PAGE: Final = ROOT / "docs" / "how-to" / "behind-a-proxy.md"
CLIENTS: Final = 4
PROGRAM: Final = "import sys, time; time.sleep(0.1); print(len(sys.stdin.read()))"


def configuration(kind: str, servers: tuple[Server, Server]) -> str:
    """Return the first configuration of a kind in the page, with the addresses of the test."""
    found = re.search(rf"^```{kind}\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert found, kind
    text = found.group(1)
    for address, server in zip(("10.0.0.11:8000", "10.0.0.12:8000"), servers, strict=True):
        assert address in text
        text = text.replace(address, f"127.0.0.1:{server.port}")
    return text


def tool(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert found, f"no {name} here, and a test of its how-to needs it: scripts/setup.sh installs it"
    return found


def haproxy(directory: Path, servers: tuple[Server, Server], port: int) -> list[str]:
    text = configuration("haproxy", servers).replace("bind *:80", f"bind 127.0.0.1:{port}")
    (directory / "haproxy.cfg").write_text(text.replace("/run/haproxy/admin.sock", str(directory / "admin.sock")))
    return [tool("haproxy"), "-db", "-f", str(directory / "haproxy.cfg")]


def nginx(directory: Path, servers: tuple[Server, Server], port: int) -> list[str]:
    (directory / "zuko.conf").write_text(
        configuration("nginx", servers).replace("listen 80;", f"listen 127.0.0.1:{port};")
    )
    paths = "".join(
        f"    {name}_temp_path {directory}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (directory / "nginx.conf").write_text(
        f"{user}daemon off;\npid {directory}/nginx.pid;\nerror_log {directory}/error.log;\nevents {{}}\n"
        f"http {{\n    access_log off;\n{paths}    include {directory}/zuko.conf;\n}}\n"
    )
    return [tool("nginx"), "-p", str(directory), "-c", str(directory / "nginx.conf")]


@contextlib.contextmanager
def running(command: list[str], url: str) -> Iterator[None]:
    """Run a proxy until the block ends."""
    process = subprocess.Popen(command)
    try:
        wait_for(lambda: answers(url), 20, "the proxy")
        yield
    finally:
        process.terminate()
        process.wait(20)


def answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


@dataclass
class Load:
    """Requests of several clients, one after another each, until the block ends."""

    url: str
    lost: list[str] = field(default_factory=list)
    count: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)

    def pass_more(self, count: int) -> None:
        """Wait until some more have been answered."""
        wanted = self.count + count
        wait_for(lambda: self.count >= wanted, 90, f"{count} more responses")

    def _send(self, number: int) -> None:
        # A body of each size: of one packet, and of several; one of them is judged.
        given = "x" * (10, 100_000)[number % 2]
        with httpx2.Client(base_url=self.url, timeout=90) as client:
            while not self._stopping.is_set():
                try:
                    self._send_one(client, given, judged=number == 1)
                except (httpx2.TransportError, ValueError, AssertionError) as error:
                    self.lost.append(f"{type(error).__name__}: {error}")
                self.count += 1

    def _send_one(self, client: httpx2.Client, given: str, *, judged: bool) -> None:
        program = {"language": "python", "code": PROGRAM}
        if judged:
            case = {"input": given, "output": f"{len(given)}\n"}
            response = client.post("/api/v1/judge", json={**program, "cases": [case], "wall_time_limit_ms": 15_000})
            assert response.status_code == 200, response.text
            assert response.json()["verdict"] == "AC", response.text
            return
        response = client.post("/api/v1/execute", json={**program, "input_data": given, "timeout": 15})
        assert response.status_code == 200, response.text
        assert response.json()["stdout"] == f"{len(given)}\n", response.text


def started_again(server: Server) -> None:
    """Start a service again, on the same port."""
    server.client.close()
    server.__enter__().wait_ready()


@pytest.mark.parametrize("proxy", [haproxy, nginx], ids=lambda proxy: proxy.__name__)
def test_a_service_that_ends_loses_no_request(
    tmp_path: Path, proxy: Callable[[Path, tuple[Server, Server], int], list[str]]
) -> None:
    # Room for all while only one is left, and patience on a busy machine.
    env = {"ZUKO_CONCURRENCY": "2", "ZUKO_QUEUE_TIMEOUT_S": "60", "ZUKO_STORE": "none"}
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with Server(env) as first, Server(env) as second:
        first.wait_ready()
        second.wait_ready()
        with running(proxy(tmp_path, (first, second), port), url), Load(url) as load:
            load.pass_more(20)
            for number in (signal.SIGTERM, signal.SIGKILL):
                wait_for(lambda: busy(first) >= 1, 30, "a program on the first service")
                first.process.send_signal(number)
                first.process.wait(60)
                load.pass_more(20)
                assert not load.lost, load.lost[:3]
                started_again(first)
                load.pass_more(20)
                assert not load.lost, load.lost[:3]
            # Events and other routes pass, too.
            body = {"language": "python", "code": "print(1)", "cases": [{"output": "1\n"}]}
            events = httpx2.post(f"{url}/api/v1/judge", json=body, headers={"accept": "text/event-stream"}, timeout=60)
            assert "event: judgement" in events.text
            assert httpx2.get(f"{url}/api/v1/languages", timeout=10).status_code == 200
        assert not load.lost, load.lost[:3]
