"""Reading bodies: its memory, and that no other request waits for it."""

import threading
import time
from typing import Final

import psutil
import pytest

from tests.harness.server import Server
from zuko.api.request_body import VALUES_MAX

MIB: Final = 1 << 20


HEAD: Final = b'{"language": "python", "code": "1", '
FILE: Final = b'{"name": "", "content": ""}'


@pytest.mark.alone
@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        ("execute", HEAD + b'"files": [' + b"{}," * (4 * MIB - 30) + b"{}]}", "too_many_values"),
        ("judge", HEAD + b'"cases": [' + b"{}," * (20 * MIB) + b"{}]}", "too_many_values"),
        ("execute", HEAD + b'"files": [' + FILE + (b"," + FILE) * 10_000 + b"]}", "too_long"),
        ("judge", HEAD + b'"cases": [' + b"{}," * (VALUES_MAX // 2 - 10) + b"{}]}", "too_long"),
        (
            "execute",
            HEAD + b", ".join(b'"%d": 1' % number for number in range(VALUES_MAX // 2)) + b"}",
            "too_many_problems",
        ),
    ],
    ids=["12 MB of objects", "60 MB of objects", "files", "cases", "names"],
)
def test_a_body_of_many_values_delays_no_other_request(server: Server, path: str, sent: bytes, said: str) -> None:
    """Parsing millions of values took seconds, gigabytes and the interpreter's lock."""
    process, waits_s, done = psutil.Process(server.process.pid), [0.0], threading.Event()
    before = process.memory_info().rss

    def probe() -> None:
        while not done.is_set():
            started = time.monotonic()
            server.get_status("/healthz")
            waits_s.append(time.monotonic() - started)

    prober = threading.Thread(target=probe)
    prober.start()
    try:
        response = server.client.post(
            f"/api/v1/{path}", content=sent, headers={"content-type": "application/json"}, timeout=60
        )
    finally:
        done.set()
        prober.join()
    assert response.status_code == 422
    assert response.json()["detail"][-1]["type"] == said
    assert max(waits_s) < 0.5
    assert process.memory_info().rss - before < 3 * len(sent) + 256 * MIB
