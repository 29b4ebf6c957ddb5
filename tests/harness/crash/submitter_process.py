"""A client in a process of its own: `python -m tests.harness.crash.submitter_process URL FILE START COUNT RATE [HOOK]`.

Its keys are numbers, so that one that is started again submits again what was not acknowledged, and nothing twice.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import httpx2

from tests.harness.crash.worker_process import NOOP

REAL_OF = 12  # one of so many is real
NOOP_S = 0.15


def submission(number: int, webhook: str | None) -> dict[str, Any]:
    """Return the submission of a number: most run for 0.15 s and in no sandbox, some are executed, some judged."""
    asked = {"webhook": webhook} if webhook else {}
    if number % REAL_OF:
        return {"language": NOOP, "code": f"sleep {NOOP_S} {number}", **asked}
    program: dict[str, Any] = {"language": "python", "code": "print(input())", **asked}
    if number % (2 * REAL_OF):
        return program | {"input_data": str(number)}
    return program | {"cases": [{"input": f"{number + n}\n", "output": f"{number + n}\n"} for n in range(3)]}


def main(url: str, acknowledged: Path, start: int, count: int, rate: float, *, webhook: str | None) -> None:
    """Submit, and append number and id to the file once each is acknowledged."""
    file = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    begun = time.monotonic()
    with httpx2.Client(base_url=url, timeout=30) as client:
        for place, number in enumerate(range(start, start + count)):
            time.sleep(max(begun + place / rate - time.monotonic(), 0))
            os.write(file, f"{number} {submit(client, number, webhook)}\n".encode())


def submit(client: httpx2.Client, number: int, webhook: str | None) -> str:
    """Submit until it is acknowledged; return the id."""
    body = submission(number, webhook)
    while True:
        try:
            headers = {"Idempotency-Key": str(number)}
            response = client.post("/api/v1/submissions", json=body, headers=headers)
        except httpx2.TransportError:
            time.sleep(0.1)
            continue
        if response.status_code == 202:
            submission_id: str = response.json()["id"]
            return submission_id
        assert response.status_code == 503, response.text
        time.sleep(0.1)


if __name__ == "__main__":
    address, file, first, many, a_second, *hook = sys.argv[1:]
    main(address, Path(file), int(first), int(many), float(a_second), webhook=next(iter(hook), None))
