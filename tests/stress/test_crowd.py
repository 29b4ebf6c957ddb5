"""Many clients at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx2

from tests.harness.server import MakeServer


def test_a_full_pool_under_64_clients(own_server: MakeServer) -> None:
    """Each client gets the output of its own program, or an error that there is no capacity."""
    server = own_server(ZUKO_QUEUE_TIMEOUT_S="60", ZUKO_READY_SANDBOXES="2")

    def send(number: int) -> str:
        with httpx2.Client(base_url=server.url, timeout=120) as client:
            body = {"language": "python", "code": "print(input())", "input_data": str(number), "timeout": 10}
            response = client.post("/api/v1/execute", json=body)
            answer = response.json()
            if response.status_code == 503:
                assert answer["reason"] == "no_capacity"
                return "refused"
            assert (answer["status"], answer["stdout"]) == ("OK", f"{number}\n"), answer
            return "served"

    with ThreadPoolExecutor(64) as threads:
        counts = Counter(threads.map(send, range(192)))
    assert counts["served"] > 64
    assert server.execute("print(1)")["status"] == "OK"
