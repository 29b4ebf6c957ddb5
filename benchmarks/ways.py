"""One execution by each entry point, in turn: uvicorn, the function in AWS's emulator, `sam local start-api`."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

import psutil

from benchmarks import host
from benchmarks.client import Client, execute_request, post_request
from benchmarks.host import ROOT, Server
from benchmarks.table import Table, percentile
from tests.harness.emulator import INVOCATIONS, Emulator, http_event

AIM_MS: Final = 5.0  # the emulator's p50 at most this much above uvicorn's
SETTLE_S: Final = 0.6  # until the next sandbox is ready: it starts after the response
SAM_EVERY: Final = 4  # rounds: it is slow
SAM_STARTS_S: Final = 280  # the first run installs it and builds two images
SAM_ENDS_S: Final = 60  # the script gives its own jobs 25
WARM_UP: Final = 3

_SENT: Final = execute_request(host.HELLO, host.HELLO_INPUT)


class SamLocal:
    """`make sam-local` on a port of its own: the function in a container, its engine behind TLS."""

    def __enter__(self) -> Self:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._log = tempfile.NamedTemporaryFile(prefix="zuko-sam-local-")
        self.process = subprocess.Popen(
            ["scripts/sam-local.sh", "start-api", "--port", str(self.port)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        deadline = time.monotonic() + SAM_STARTS_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                output = self._output()
                self.__exit__()
                raise RuntimeError(f"sam local does not answer; the end of its output:\n{output}")
            time.sleep(0.5)  # sam does not report when it is ready; a start takes many seconds
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the script with SIGTERM, and remove what it leaves behind.

        SIGINT would not do: the background job of a script ignores it, with all its children, and a shell cannot
        catch a signal that it ignores.
        """
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(SAM_ENDS_S)
        except subprocess.TimeoutExpired:
            print(
                f"sam local did not end within {SAM_ENDS_S} s; the end of its output:\n{self._output()}",
                file=sys.stderr,
            )
            self._kill()
        self._log.close()

    def _kill(self) -> None:
        """Kill all processes of its session, as the script's jobs have their own groups; remove containers and keys."""
        made: set[str] = set()
        for process in psutil.process_iter():
            with contextlib.suppress(ProcessLookupError, psutil.Error):
                if os.getsid(process.pid) == self.process.pid:
                    made.update(re.findall(r"/\S+/\.aws-sam/local\.\w+", " ".join(process.cmdline())))
                    process.kill()
        self.process.wait()
        for directory in made:
            host.remove_containers({"volume": f"{directory}/build/ApiFunction"})
            shutil.rmtree(directory, ignore_errors=True)

    def _output(self) -> str:
        return Path(self._log.name).read_text(errors="replace")[-3000:]

    def execute(self) -> dict[str, Any]:
        """Execute on a new connection: the server keeps none open."""
        with Client(self.port) as client:
            return client.execute(_SENT)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), Client(self.port) as client:
            return client.get("/healthz").status == 200
        return False


def run(quick: bool) -> list[Table]:
    """Measure one sample of each in every round; the emulator's cold start is measured before."""
    rounds = 24 if quick else 120
    samples: dict[str, list[float]] = defaultdict(list)
    event = http_event(body={"language": "python", "code": host.HELLO, "input_data": host.HELLO_INPUT})
    by_event = post_request(INVOCATIONS, event)
    with Server() as server, Emulator() as function, SamLocal() as sam_local:
        emulated = Client(function.port)

        def take_emulated() -> dict[str, Any]:
            answer = emulated.send(by_event)
            return {**json.loads(answer.json()["body"]), "total_ms": answer.elapsed_ms}

        takers: dict[str, Callable[[], dict[str, Any]]] = {
            "uvicorn": lambda: server.client.execute(_SENT),
            "emulator": take_emulated,
            "sam local": sam_local.execute,
        }
        cold_ms = take_emulated()["total_ms"]
        for turn in range(-WARM_UP, rounds):
            for name, take in takers.items():
                if name == "sam local" and turn % SAM_EVERY:
                    continue
                server.wait_full()
                time.sleep(SETTLE_S)
                response = take()
                if response["stdout"] != host.HELLO_OUTPUT:
                    raise RuntimeError(f"a wrong answer by {name}: {str(response)[:300]}")
                if turn >= 0:
                    samples[name].append(response["total_ms"])
        waits = [line["sandbox_wait_ms"] for line in function.lines() if line.get("message") == "request"][1:]
        emulated.close()
    table = _table(samples)
    table.notes.append(
        f"The emulator's first answer after a cold start: {cold_ms / 1000:.2f} s; afterwards the function waited"
        f" {percentile(waits, 50):.2f} ms for its sandbox (p50)."
    )
    return [table]


def _table(samples: dict[str, list[float]]) -> Table:
    table = Table(
        "latency of a hello-world by each entry point, ms",
        ("", "p50 / uvicorn", "p50 - uvicorn", "p50", "p95", "p99", "samples", "aim"),
    )
    floor = percentile(samples["uvicorn"], 50)
    for name, totals in samples.items():
        above = percentile(totals, 50) - floor
        table.rows.append(
            (
                _TITLES[name],
                f"{percentile(totals, 50) / floor:.2f}",
                f"{above:+.2f}",
                *(f"{percentile(totals, percent):.2f}" for percent in (50, 95, 99)),
                str(len(totals)),
                table.aim(f"at most +{AIM_MS:g} ms", above <= AIM_MS) if name == "emulator" else "",
            )
        )
    return table


_TITLES: Final = {
    "uvicorn": "uvicorn",
    "emulator": "the function, emulated",
    "sam local": "the function, sam local",
}
