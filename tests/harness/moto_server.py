"""moto's stand-in for AWS, in a process of its own: it is neither measured nor slowed down by what measures the tests.

`python -m tests.harness.moto_server` prints its address, and ends with its standard input.
"""

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tests import ROOT
from tests.harness.preloaded import Preloaded

if TYPE_CHECKING:
    from moto.dynamodb.responses import DynamoHandler


@dataclass
class MotoServer:
    """A running one."""

    url: str = ""

    def __enter__(self) -> Self:
        env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        pipe = subprocess.PIPE
        self._process = Preloaded(
            "tests.harness.moto_server",
            cwd=ROOT,
            env=env,
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url, "moto has not started"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)


def one_at_a_time() -> None:
    """Let moto's DynamoDB do one request after the other: in threads, its conditional writes are not atomic."""
    from moto.dynamodb.responses import DynamoHandler

    lock = threading.Lock()
    call = DynamoHandler.call_action

    def call_alone(self: "DynamoHandler") -> Any:
        with lock:
            return call(self)

    DynamoHandler.call_action = call_alone  # type: ignore[method-assign]


def list_modules_once() -> None:
    """Keep the list of moto's modules, for which it reads its directory at each request."""
    from moto import backends

    modules = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules


def main() -> None:
    from moto.server import ThreadedMotoServer

    one_at_a_time()
    list_modules_once()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
