"""The function with a store and without a Docker host: it stores and reads, and workers elsewhere do the rest."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from tests.harness.aws_place import new_place, url_of
from tests.harness.emulator import http_event
from tests.harness.moto_server import MotoServer
from zuko.aws.function import Function
from zuko.settings import Auth, Settings
from zuko.submissions.aws import AwsStore
from zuko.submissions.aws.place import Place
from zuko.submissions.keys import Scope, make_key
from zuko.submissions.model import State

NONE: Mapping[str, str] = {}
REQUEST = {"language": "python", "code": "print(1)"}


@pytest.fixture
def place(moto_server: MotoServer) -> Iterator[Place]:
    with new_place(moto_server) as place:
        yield place


@pytest.fixture(params=[None])
def function(place: Place, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Function]:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "zuko")
    asyncio.set_event_loop(asyncio.new_event_loop())
    function = Function(Settings(store=url_of(place), auth=request.param))
    yield function
    function.close()
    asyncio.get_event_loop().close()
    asyncio.set_event_loop(None)


@pytest.fixture
def store(place: Place) -> Iterator[AwsStore]:
    store = AwsStore(place)
    store.open()
    yield store
    store.close()


def call(
    function: Function, path: str, body: object = None, method: str = "GET", headers: Mapping[str, str] = NONE
) -> tuple[int, Any]:
    context = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 20_000)
    event = http_event(path, body, method)
    event["headers"] |= headers
    response = function(event, context)
    return response["statusCode"], json.loads(response["body"])


def test_a_submission_is_stored_and_read(function: Function, store: AwsStore) -> None:
    status, submitted = call(function, "/api/v1/submissions", REQUEST, "POST")
    assert (status, submitted["state"]) == (202, "queued")
    (claim,) = store.claim("worker", None, 1)
    assert claim.hold.id == submitted["id"]
    assert store.finish(claim.hold, State.CANCELLED)
    status, read = call(function, submitted["url"])
    assert (status, read["state"], read["attempt"]) == (200, "cancelled", 1)
    status, queue = call(function, "/api/v1/queue")
    assert (status, queue["queued"], queue["workers"]) == (200, 0, [])


@pytest.mark.parametrize("function", [Auth.KEYS], indirect=True)
def test_keys_of_the_store(function: Function, store: AwsStore) -> None:
    """As the template's Auth=keys has it: made by `zuko keys`, and found by the function."""
    text, key = make_key("ann", (Scope.RUN,), now=time.time(), expires_at=None)
    store.put_key(key)
    bearer = {"authorization": f"Bearer {text}"}
    assert call(function, "/api/v1/submissions", REQUEST, "POST")[0] == 401
    assert call(function, "/healthz")[0] == 200
    status, submitted = call(function, "/api/v1/submissions", REQUEST, "POST", bearer)
    assert status == 202
    assert call(function, submitted["url"], headers=bearer)[0] == 200
    assert [claim.tenant for claim in store.claim("worker", None, 1)] == ["ann"]


def test_nothing_runs_between_two_requests(function: Function, store: AwsStore) -> None:
    """Neither a worker nor a keeper, and no thread that waits for messages: Lambda freezes the environment."""
    _, submitted = call(function, "/api/v1/submissions", REQUEST, "POST")
    call(function, f"{submitted['url']}?wait=1")
    names = {thread.name.rpartition("_")[0] or thread.name for thread in threading.enumerate()}
    # Of pools, which wait for work: they have none.
    assert {name for name in names if name.startswith("zuko")} <= {"zuko-store", "zuko-run", "zuko-standby"}
    assert [claim.hold.id for claim in store.claim("worker", None, 5)] == [submitted["id"]]
