"""AWS's runtime interface emulator: the function as Lambda runs it, on this host and without a container."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import psutil

import docker
from tests import ROOT
from tests.harness.waiting import wait_for
from zuko.api.routes import READINESS_KEPT_S
from zuko.engine.engine import LABEL, OWNER_LABEL

INVOCATIONS = "/2015-03-31/functions/function/invocations"


def emulator_program() -> Path:
    """Return the emulator of aws-sam-cli, which scripts/setup.sh installs."""
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}[os.uname().machine]
    found = sorted((ROOT / ".tools").glob(f"sam-*/**/samcli/local/rapid/aws-lambda-rie-{machine}"))
    assert found, "no runtime interface emulator: scripts/setup.sh test"
    return found[-1]


class Emulator:
    """One environment of the function. It serves one request at a time, as in Lambda; callers see to that.

    Args:
        env: settings, over those of this process.
        timeout_s: Lambda's timeout of the function.
        handler: the function's entry point.
    """

    def __init__(
        self, env: dict[str, str] | None = None, timeout_s: int = 30, handler: str = "handler.api.handler"
    ) -> None:
        self.env = env or {}
        self.timeout_s = timeout_s
        self.handler = handler

    def __enter__(self) -> "Emulator":
        self.port, runtime = _free_ports(2)
        self.log = tempfile.NamedTemporaryFile(prefix="zuko-emulator-")
        self.process = subprocess.Popen(
            [
                str(emulator_program()),
                *("--runtime-interface-emulator-address", f"127.0.0.1:{self.port}"),
                *("--runtime-api-address", f"127.0.0.1:{runtime}"),
                *(sys.executable, "-m", "awslambdaric", self.handler),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self.timeout_s),
                "AWS_LAMBDA_FUNCTION_NAME": "zuko",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
                **self.env,
            },
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)
        wait_for(lambda: _listens(self.port), 30, "the emulator to listen")
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.signal(signal.SIGCONT)
        with contextlib.suppress(psutil.NoSuchProcess):
            function = psutil.Process(self.process.pid).children(recursive=True)
            for each in function:
                each.terminate()  # where coverage is measured, it is written at this signal
            psutil.wait_procs(function, timeout=5)
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def invoke(self, event: object) -> Any:
        """Return the function's result for an event, or Lambda's error object."""
        content = self.invoke_raw(event).content
        try:
            return json.loads(content)
        except ValueError:
            raise AssertionError(f"the function answered {content[:500]!r}") from None

    def invoke_raw(self, event: object) -> httpx2.Response:
        return self.client.post(INVOCATIONS, content=json.dumps(event).encode())

    def pids(self) -> list[int]:
        """Return the processes of the environment: the emulator gives the function a process group of its own."""
        with contextlib.suppress(psutil.NoSuchProcess):
            emulator = psutil.Process(self.process.pid)
            return [emulator.pid, *(child.pid for child in emulator.children(recursive=True))]
        return []

    def signal(self, number: int) -> None:
        """Send a signal to every process of the environment: SIGSTOP is like Lambda's freeze, seen from outside."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the environment, and the emulator with it, for the length of the block."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def lines(self) -> list[dict[str, Any]]:
        """Return the JSON lines that the function has logged."""
        content = []
        for line in Path(self.log.name).read_text(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                parsed = json.loads(line)
                if isinstance(parsed, dict):
                    content.append(parsed)
        return content


def http_event(path: str = "/api/v1/execute", body: object = None, method: str = "POST", **more: Any) -> dict[str, Any]:
    """Return an event of an HTTP API, payload format 2.0, as API Gateway sends it."""
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "content-type": "application/json",
            "host": "abcdefghij.execute-api.eu-central-1.amazonaws.com",
            "user-agent": "curl/8.5.0",
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.eu-central-1.amazonaws.com",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "curl/8.5.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": f"{method} {path}",
            "stage": "$default",
            "time": "23/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1795435200000,
        },
        "body": body if isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
        **more,
    }


def program(code: str, **fields: object) -> dict[str, object]:
    return {"language": "python", "code": code, **fields}


HELLO: Final = program("print('Hello', input())", input_data="Zuko\n")


def answer(returned: dict[str, Any], status_code: int = 200) -> dict[str, Any]:
    """Return the contract's response from the function's response to API Gateway."""
    assert returned["statusCode"] == status_code, returned
    assert not returned["isBase64Encoded"]
    held: dict[str, Any] = json.loads(returned["body"])
    return held


def execute(function: Emulator, code: str, **fields: object) -> dict[str, Any]:
    return answer(function.invoke(http_event(body=program(code, **fields))))


def containers(client: docker.DockerClient, function: Emulator) -> list[dict[str, Any]]:
    """Return the containers of one environment, whose handler runs in a process of the emulator's group."""
    found = client.api.containers(all=True, filters={"label": LABEL})
    pids = function.pids()
    return [each for each in found if int(each["Labels"][OWNER_LABEL].split("/")[2]) in pids]


def one_of_each(client: docker.DockerClient, function: Emulator) -> tuple[str, str]:
    """Return the ids of the created and the running container, when the function has one of each and one is ready.

    The function's own state is checked first: a used one may still run while the created one is being started.
    """
    found: dict[str, str] = {}
    ready: dict[str, Any] = {}
    there: list[dict[str, Any]] = []

    def settled() -> bool:
        nonlocal ready, there
        time.sleep(READINESS_KEPT_S)  # an older result would be returned until then
        ready = json.loads(function.invoke(http_event("/readyz", method="GET"))["body"])
        there = containers(client, function)
        if ready["sandboxes_ready"] != 1:
            return False
        found.update({each["State"]: each["Id"] for each in there})
        return sorted(each["State"] for each in there) == ["created", "running"]

    wait_for(settled, 15, "one created and one ready", lambda: (ready, there, function.lines()[-20:]))
    return found["created"], found["running"]


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    time.sleep(0.05)
    return False
