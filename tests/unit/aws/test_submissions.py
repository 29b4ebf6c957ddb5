"""Stored submissions through the function's gateways, over a file of SQLite and without an engine."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mangum import Mangum

from tests.harness.stored import JUDGED, SUBMISSIONS, StoredApi
from zuko.api.responses import Responses
from zuko.aws.function import RESPONSE_LIMIT_BYTES
from zuko.aws.gateways import Direct, HttpApi, RestApi
from zuko.submissions.model import State
from zuko.submissions.sqlite import SqliteStore
from zuko.wire.truncate import enveloped_document_size, enveloped_size

type Invoke = Callable[..., dict[str, Any]]


class Context:
    """Lambda's context, as far as the gateways look at it."""

    def __init__(self, left_s: float) -> None:
        self._ends_at = time.monotonic() + left_s

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends_at - time.monotonic()) * 1000)


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[StoredApi]:
    store = SqliteStore(tmp_path / "submissions.db")
    store.open()
    api = StoredApi(store)
    api.app.state.service.responses = Responses(
        RESPONSE_LIMIT_BYTES, enveloped_size, enveloped_document_size, streams=False
    )
    yield api
    store.close()


@pytest.fixture
def invoke(stored: StoredApi) -> Iterator[Invoke]:
    """Return the function: it takes an HTTP API's event of a request, and the time that Lambda has left."""
    loop = asyncio.new_event_loop()
    # In a thread with an event loop of its own, as in Lambda's runtime.
    runtime = ThreadPoolExecutor(1, initializer=asyncio.set_event_loop, initargs=(loop,))
    make = partial(Mangum, stored.app, lifespan="off", custom_handlers=[Direct, HttpApi, RestApi])
    serve: Any = runtime.submit(make).result()

    def call(
        method: str, path: str, body: object = None, *, query: str = "", left_s: float = 29, **headers: str
    ) -> dict[str, Any]:
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"content-type": "application/json", "host": "a.example", **headers},
            "requestContext": {
                "stage": "prod",
                "domainName": "a.example",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            },
            "isBase64Encoded": False,
        }
        if body is not None:
            event["body"] = json.dumps(body)
        response: dict[str, Any] = runtime.submit(serve, event, Context(left_s)).result()
        return response

    yield call
    runtime.shutdown()
    loop.close()


def test_a_submission_is_stored_and_read(stored: StoredApi, invoke: Invoke) -> None:
    """Links have the stage, which is the root path there."""
    response = invoke("POST", f"/prod{SUBMISSIONS}", JUDGED)
    assert response["statusCode"] == 202, response["body"]
    path = response["headers"]["location"]
    assert path == json.loads(response["body"])["url"]
    assert path.startswith(f"/prod{SUBMISSIONS}/")
    stored.finish("1")
    assert json.loads(invoke("GET", path)["body"])["state"] == "done"
    assert len(json.loads(invoke("GET", SUBMISSIONS, query="state=done&limit=1")["body"])["submissions"]) == 1
    assert invoke("DELETE", path)["statusCode"] == 204
    assert invoke("GET", path)["statusCode"] == 404


def test_a_wait_ends_before_lambda_does(stored: StoredApi, invoke: Invoke) -> None:
    submission_id = stored.submit()
    began = time.monotonic()
    response = invoke("GET", f"{SUBMISSIONS}/{submission_id}", query="wait=60", left_s=1.5)
    assert time.monotonic() - began < 1.4
    assert (response["statusCode"], json.loads(response["body"])["state"]) == (200, "queued")


def test_a_wait_ends_with_the_submission(stored: StoredApi, invoke: Invoke) -> None:
    submission_id = stored.submit()
    timer = threading.Timer(0.3, stored.finish)
    timer.start()
    response = invoke("GET", f"{SUBMISSIONS}/{submission_id}", query="wait=60")
    timer.join()
    assert json.loads(response["body"])["state"] == "done"


def names(response: dict[str, Any]) -> list[str]:
    assert (response["statusCode"], response["isBase64Encoded"]) == (200, False)
    return [line.removeprefix("id: ") for line in response["body"].splitlines() if line.startswith("id: ")]


def test_events_are_one_response_and_go_on_in_the_next(stored: StoredApi, invoke: Invoke) -> None:
    submission_id = stored.submit(JUDGED)
    path = f"{SUBMISSIONS}/{submission_id}/events"
    claim = stored.claim()
    stored.add(claim, "a", "b")
    first = invoke("GET", path, left_s=1.2)
    assert first["headers"]["content-type"].startswith("text/event-stream")
    assert names(first) == ["1.0", "1.1", "1.2"]
    stored.store.finish(claim.hold, State.DONE, result="{}")
    assert names(invoke("GET", path, **{"last-event-id": "1.2"})) == ["1.end"]
    assert invoke("GET", path, **{"last-event-id": "1.end"})["statusCode"] == 204
