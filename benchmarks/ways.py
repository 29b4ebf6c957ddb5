"""One execution by each way in: uvicorn, and the function under AWS's runtime interface emulator, taken in turn."""

import json
import time
from typing import Final

from benchmarks import host
from benchmarks.client import Client, execute_request, post_request
from benchmarks.host import Server
from benchmarks.table import Table, percentile
from tests.emulator import INVOCATIONS, Emulator, http_event

AIM_MS: Final = 5.0  # the emulator's p50 at most this much above uvicorn's
SETTLE_S: Final = 0.6  # for the next sandbox to be ready: it starts after the answer
WARM_UP: Final = 3


def run(quick: bool) -> list[Table]:
    """Each round takes one sample of each; a cold start is measured before."""
    rounds = 30 if quick else 120
    samples: dict[str, list[float]] = {"uvicorn": [], "emulator": []}
    waits: list[float] = []
    by_http = execute_request(host.HELLO, host.HELLO_INPUT)
    event = http_event(body={"language": "python", "code": host.HELLO, "input_data": host.HELLO_INPUT})
    by_event = post_request(INVOCATIONS, event)
    with Server(1) as server, Emulator() as function:
        client = Client(function.port)
        started = time.perf_counter()
        _check(json.loads(client.send(by_event).json()["body"]))
        cold_s = time.perf_counter() - started
        for turn in range(-WARM_UP, rounds):
            server.wait_full()
            time.sleep(SETTLE_S)
            told = server.client.execute(by_http)
            _check(told)
            server.wait_full()
            time.sleep(SETTLE_S)
            answer = client.send(by_event)
            _check(json.loads(answer.json()["body"]))
            if turn >= 0:
                samples["uvicorn"].append(told["total_ms"])
                samples["emulator"].append(answer.elapsed_ms)
        waits = [line["sandbox_wait_ms"] for line in function.lines() if line.get("message") == "request"][1:]
        client.close()
    table = Table(
        "latency of a hello-world by each way in, ms",
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
    table.notes.append(
        f"The function's first answer after a cold start: {cold_s:.2f} s; its wait for a sandbox, p50"
        f" {percentile(waits, 50):.2f} ms."
    )
    return [table]


def _check(told: dict[str, object]) -> None:
    if told["stdout"] != host.HELLO_OUTPUT:
        raise RuntimeError(f"a wrong answer: {str(told)[:300]}")


_TITLES: Final = {"uvicorn": "uvicorn", "emulator": "the function, emulated"}
