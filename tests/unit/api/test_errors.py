"""Errors of the store as responses: their statuses, their shapes, and when to try again."""

import asyncio
import json
import threading
from typing import Any, cast

import httpx2
import pytest
from fastapi import FastAPI

from tests.harness.executing import Parts
from zuko.api.app import create_app
from zuko.api.errors import RefusedError, translate_errors
from zuko.api.responses import Responses
from zuko.api.service import Service
from zuko.errors import CursorError, KeyConflictError, QueueFullError, StoreError
from zuko.execution.executor import Executor
from zuko.settings import Settings
from zuko.submissions.bell import Bell
from zuko.submissions.opening import StoreAccess
from zuko.submissions.store import Store


def answer(error: Exception) -> httpx2.Response:
    """Return the response to a request whose route raises an error."""
    app = FastAPI()
    translate_errors(app, Responses(1 << 20))

    @app.get("/")
    async def route() -> None:
        raise error

    async def call() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://zuko") as client:
            return await client.get("/")

    return asyncio.run(call())


@pytest.mark.parametrize(
    ("error", "status_code", "reason"),
    [
        (QueueFullError(7, of_tenant=True), 429, "no_capacity"),
        (QueueFullError(7, of_tenant=False), 503, "no_capacity"),
        (StoreError("the store does not answer"), 503, "store_unavailable"),
    ],
)
def test_what_may_work_later_says_when(error: Exception, status_code: int, reason: str) -> None:
    """A tenant that has too much gets another status than everyone while the whole queue is full."""
    response = answer(error)
    assert (response.status_code, response.json()["reason"]) == (status_code, reason)
    assert response.json()["message"] == str(error)
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("error", "status_code", "place", "kind"),
    [
        (KeyConflictError("k" * 500), 409, ["header", "Idempotency-Key"], "key_conflict"),
        (CursorError(), 422, ["query", "cursor"], "out_of_bounds"),
        (RefusedError(404, "path", "id", message="there is none", kind="not_found"), 404, ["path", "id"], "not_found"),
    ],
)
def test_what_is_wrong_is_named(error: Exception, status_code: int, place: list[str], kind: str) -> None:
    response = answer(error)
    (found,) = response.json()["detail"]
    assert response.status_code == status_code
    assert (found["loc"], found["msg"], found["type"]) == (place, str(error), kind)
    assert len(json.dumps(found)) < 300


class Ringing(Parts):
    """An executor and a store, as far as a drain concerns them."""

    def __init__(self) -> None:
        super().__init__()
        self.bell = Bell()
        self.drained = False
        self.settings = Settings()

    def drain(self) -> None:
        self.drained = True


def test_a_drain_wakes_what_waits_for_a_submission() -> None:
    async def run() -> bool:
        ringing: Any = Ringing()
        stores = StoreAccess.holding(cast(Store, ringing))
        service = Service(cast(Executor, ringing), Responses(1 << 20), stores)
        with ringing.bell.listening("an id") as wakeup:
            service.drain()
            return ringing.drained and service.is_draining and await wakeup.wait(5)

    assert asyncio.run(run())


def test_calls_of_the_store_have_threads_of_their_own() -> None:
    async def run() -> str:
        service = Service(cast(Executor, Ringing()), Responses(1 << 20))
        return await service.in_store(lambda: threading.current_thread().name)

    assert asyncio.run(run()).startswith("zuko-store")


def test_a_call_of_the_store_ends_as_its_method_or_with_who_waits() -> None:
    async def run() -> None:
        service = Service(cast(Executor, Ringing()), Responses(1 << 20))
        surprises: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: surprises.append(context))
        release, ended = threading.Event(), threading.Event()

        def late() -> None:
            release.wait(5)
            ended.set()

        def fail() -> None:
            raise KeyError("gone")

        left = service.in_store(late)
        left.cancel()
        release.set()
        with pytest.raises(KeyError, match="gone"):
            await service.in_store(fail)
        assert await service.in_store(ended.wait, 5)
        assert left.cancelled()
        await asyncio.sleep(0.05)  # what the thread has left in the loop
        assert not surprises

    asyncio.run(run())


def test_without_a_store_there_is_an_error() -> None:
    service = Service(cast(Executor, Ringing()), Responses(1 << 20))
    with pytest.raises(StoreError, match="no store"):
        service.stores.now()


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/api/v1/submissions", "GET, POST"),
        ("OPTIONS", "/api/v1/submissions/x", "DELETE, GET"),
        ("POST", "/api/v1/problems/sum", "DELETE, GET, PUT"),
        ("GET", "/api/v1/execute", "POST"),
    ],
)
def test_another_method_is_told_all_that_a_path_has(method: str, path: str, allowed: str) -> None:
    """Several routes have a path; the router names the methods of the first."""
    response = call(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)
    assert response.json() == {"detail": "Method Not Allowed"}


def test_an_unknown_path_has_no_methods() -> None:
    assert "allow" not in call("PATCH", "/api/v1/nothing").headers


def call(method: str, path: str) -> httpx2.Response:
    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(cast(Any, create_app(Settings(store="none"))))
        async with httpx2.AsyncClient(transport=transport, base_url="http://zuko") as client:
            return await client.request(method, path)

    return asyncio.run(send())
