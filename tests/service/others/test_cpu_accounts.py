"""The CPU time of a key's day holds over all processes that share a store: services, workers, and after a restart."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.harness.postgres import Postgres
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.caller import Allowance
from zuko.submissions.keys import Scope, make_key
from zuko.submissions.make import make_store

BURNER: Final = {"language": "python", "code": "import time\nwhile time.process_time() < 0.3: pass", "timeout": 20}
HELLO: Final = {"language": "python", "code": "print('hello')"}
NOTHING: Final = {"language": "rust"}  # to be judged again


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    with Postgres() as server, server.schema() as url:
        yield url


def test_a_day_is_one_for_all_processes(url: str) -> None:
    """0.3 s in a service and 0.3 s in what does its submissions: 0.5 s are used up in both, and after a restart."""
    allowance = Allowance(cpu_s_per_day=0.5)
    keys = {}
    with closing(make_store(url)) as store:
        store.migrate()
        store.open()
        for name in ("burner", "other"):
            keys[name], key = make_key(name, (Scope.RUN,), now=time.time(), expires_at=None, allowance=allowance)
            store.put_key(key)

    def post(server: Server, path: str, body: dict[str, Any], name: str = "burner") -> httpx2.Response:
        headers = {"authorization": f"Bearer {keys[name]}"}
        return server.client.post(f"/api/v1/{path}", json=body, headers=headers)

    env = {"ZUKO_AUTH": "keys", "ZUKO_STORE": url, "ZUKO_CONCURRENCY": "1", "ZUKO_READY_SANDBOXES": "1"}
    with Server({**env, "ZUKO_WORKER_SLOTS": "0"}) as service, Server(env) as worker:
        service.wait_ready()
        worker.wait_ready()
        stored = post(service, "submissions", BURNER)
        assert stored.status_code == 202
        headers = {"authorization": f"Bearer {keys['burner']}"}
        ended = service.client.get(f"{stored.json()['url']}?wait=30", headers=headers).json()
        assert ended["result"]["status"] == "OK"
        assert post(service, "execute", BURNER).json()["status"] == "OK"
        service.__exit__()  # what it has not stored yet, it stores now
        # What is refused or finds nothing costs its caller nothing.
        wait_for(lambda: post(worker, "submissions/rejudge", NOTHING).status_code == 429, 20, "the limit to be known")
        refused = post(worker, "execute", HELLO)
        assert refused.status_code == 429
        assert "0.5 s of CPU time a day" in refused.json()["message"]
        service.__enter__().wait_ready()
        assert post(service, "execute", HELLO).status_code == 429
        assert post(service, "execute", HELLO, "other").status_code == 200
