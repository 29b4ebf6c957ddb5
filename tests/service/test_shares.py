"""Keys share a real service: a flood of one leaves the answers to another where they were, and each has its limits."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

import httpx2
import pytest

import docker
from tests.harness.load import busy
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.caller import Allowance
from zuko.submissions.keys import Scope, make_key
from zuko.submissions.sqlite import SqliteStore

EXECUTE: Final = "/api/v1/execute"
SUBMISSIONS: Final = "/api/v1/submissions"
HELLO: Final = {"language": "python", "code": "print('hello')"}
SLEEPER: Final = {"language": "python", "code": "import time; time.sleep(20)", "timeout": 20}
BURNER: Final = {"language": "python", "code": "import time\nwhile time.process_time() < 0.3: pass", "timeout": 20}
WAITING: Final = 200
ANSWER_S: Final = 1.0


class Shared:
    """A server with keys, each with limits of its own."""

    def __init__(self, server: Server, keys: dict[str, str]) -> None:
        self.server = server
        self._keys = keys

    def bearer(self, name: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self._keys[name]}"}

    def post(self, name: str, path: str, body: dict[str, Any]) -> httpx2.Response:
        return self.server.client.post(path, json=body, headers=self.bearer(name))

    def figure(self, name: str) -> float:
        text = self.server.client.get("/metrics", headers=self.bearer("operator")).text
        found = [line for line in text.splitlines() if line.startswith(f"{name} ")]
        return float(found[0].split()[1]) if found else 0.0


@pytest.fixture(scope="module")
def shared(docker_client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    path = tmp_path_factory.mktemp("shares") / "store.db"
    limits = {
        "flood": Allowance(runs=1),
        "half": Allowance(runs=1, queue_share=0.01),
        "burner": Allowance(cpu_s_per_day=0.5),
        "other": Allowance(),
    }
    keys = {}
    with closing(SqliteStore(path)) as store:
        store.open()
        for name, allowance in limits.items():
            keys[name], key = make_key(name, (Scope.RUN,), now=time.time(), expires_at=None, allowance=allowance)
            store.put_key(key)
        keys["operator"], key = make_key("operator", (Scope.ADMIN,), now=time.time(), expires_at=None)
        store.put_key(key)
    env = {
        "ZUKO_AUTH": "keys",
        "ZUKO_STORE": f"sqlite:///{path}",
        "ZUKO_METRICS": "true",
        "ZUKO_CONCURRENCY": "2",
        "ZUKO_QUEUE_SIZE": "256",
        "ZUKO_QUEUE_TIMEOUT_S": "120",
    }
    with Server(env) as server:
        yield Shared(server.wait_ready(), keys)


@pytest.mark.alone
def test_two_hundred_sleepers_of_one_key_leave_the_answers_to_another(shared: Shared) -> None:
    async def flooded() -> list[float]:
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(base_url=shared.server.url, timeout=120, limits=limits) as client:

            async def send(name: str, body: dict[str, Any]) -> httpx2.Response:
                return await client.post(EXECUTE, json=body, headers=shared.bearer(name))

            flood = [asyncio.create_task(send("flood", SLEEPER)) for _ in range(WAITING)]
            try:
                while (await client.get("/readyz")).json()["waiting"] < WAITING - 1:
                    assert not [each for each in flood if each.done()]
                    await asyncio.sleep(0.05)
                took_s = []
                for _ in range(5):
                    began = time.monotonic()
                    answer = await send("other", HELLO)
                    took_s.append(time.monotonic() - began)
                    assert answer.json()["stdout"] == "hello\n"
                assert (await client.get("/readyz")).json()["sandboxes_busy"] == 1
            finally:
                for each in flood:
                    each.cancel()
                await asyncio.gather(*flood, return_exceptions=True)
            return took_s

    assert max(asyncio.run(flooded())) < ANSWER_S
    wait_for(lambda: busy(shared.server) == 0, 10, "the flood to be gone")


def test_a_share_of_the_queue(shared: Shared) -> None:
    """One program of this key runs, and two may wait: the next is refused at once, and others are not."""

    async def sent() -> httpx2.Response:
        async with httpx2.AsyncClient(base_url=shared.server.url, timeout=60) as client:

            async def send() -> httpx2.Response:
                return await client.post(EXECUTE, json=SLEEPER, headers=shared.bearer("half"))

            waiting = [asyncio.create_task(send()) for _ in range(4)]
            try:
                done, _ = await asyncio.wait(waiting, timeout=10, return_when=asyncio.FIRST_COMPLETED)
                assert len(done) == 1
                return done.pop().result()
            finally:
                for each in waiting:
                    each.cancel()
                await asyncio.gather(*waiting, return_exceptions=True)

    refused = asyncio.run(sent())
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json()["message"] == "you may have 2 submissions waiting at a time"
    assert shared.figure('zuko_limited_total{limit="queue"}') == 1
    wait_for(lambda: busy(shared.server) == 0, 10, "all to be gone")


def test_cpu_time_of_a_day(shared: Shared) -> None:
    """Stored submissions count as well; when it is used up, what is stored can still be read."""
    assert shared.post("burner", EXECUTE, BURNER).json()["status"] == "OK"
    stored = shared.post("burner", SUBMISSIONS, BURNER)
    url = stored.json()["url"]
    headers = shared.bearer("burner")
    assert shared.server.client.get(f"{url}?wait=20", headers=headers).json()["result"]["status"] == "OK"
    for path in (EXECUTE, SUBMISSIONS):
        refused = shared.post("burner", path, HELLO)
        assert refused.status_code == 429
        assert "0.5 s of CPU time a day" in refused.json()["message"]
        assert 1 <= int(refused.headers["retry-after"]) <= 86_400
    assert shared.server.client.get(url, headers=headers).status_code == 200
    assert shared.post("other", EXECUTE, HELLO).json()["stdout"] == "hello\n"
    assert shared.figure('zuko_limited_total{limit="cpu"}') == 2
