"""The API over a store, without a server and without an engine: a test is the worker."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx2

from tests.harness.waiting import wait_for
from zuko.api.app import create_app
from zuko.settings import Settings
from zuko.submissions.model import Claim, Event, State
from zuko.submissions.opening import StoreAccess
from zuko.submissions.store import Store
from zuko.wire.execute import HELLO_RESPONSE

SUBMISSIONS: Final = "/api/v1/submissions"
PROGRAM: Final[dict[str, Any]] = {"language": "python", "code": "print(1)"}
JUDGED: Final[dict[str, Any]] = {**PROGRAM, "cases": [{"input": "", "output": "1\n"}]}
RESULT: Final = json.dumps(HELLO_RESPONSE)


class StoredApi:
    """The API of one process. Several may have the same store, as several processes would.

    Args:
        store: open.
        settings: of the process.
    """

    def __init__(self, store: Store, **settings: Any) -> None:
        self.store = store
        self.app = create_app(Settings(**settings), stores=StoreAccess.holding(store))

    async def send(self, method: str, path: str = "", **sent: Any) -> httpx2.Response:
        """Return the response to a request, in an event loop."""
        sent["headers"] = {"x-request-id": "one", **sent.get("headers", {})}
        transport = httpx2.ASGITransport(self.app, raise_app_exceptions=False)
        url = path if path.startswith("/api") else f"{SUBMISSIONS}{path}"
        async with httpx2.AsyncClient(transport=transport, base_url="http://zuko", timeout=30) as client:
            return await client.request(method, url, **sent)

    def call(self, method: str, path: str = "", **sent: Any) -> httpx2.Response:
        """Return the response to a request."""
        return asyncio.run(self.send(method, path, **sent))

    def while_it_waits(self, request: Callable[[], Awaitable[httpx2.Response]], act: Callable[[], object]) -> Any:
        """Return the response to a request that waits, and act meanwhile, once it listens."""

        async def both() -> httpx2.Response:
            waiting = asyncio.ensure_future(request())
            await asyncio.to_thread(self._wait_for_listeners)
            await asyncio.to_thread(act)
            return await waiting

        return asyncio.run(both())

    def drain(self) -> None:
        """Begin to shut down."""
        self.app.state.service.drain()

    def _wait_for_listeners(self) -> None:
        wait_for(lambda: self.store.bell.has_listeners, 10, "a request that listens")

    def submit(self, body: dict[str, Any] | None = None, **headers: str) -> str:
        """Store a submission, and return its id."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.call("POST", json=PROGRAM if body is None else body, headers=named)
        assert response.status_code == 202, response.text
        submission_id: str = response.json()["id"]
        return submission_id

    def claim(self) -> Claim:
        """Claim a submission, as a worker does."""
        (claim,) = self.store.claim("worker", None, 1)
        return claim

    def finish(self, *cases: str, state: State = State.DONE, result: str | None = RESULT) -> Claim:
        """Do a submission, with events of its cases."""
        claim = self.claim()
        self.add(claim, *cases)
        assert self.store.finish(claim.hold, state, result=result)
        return claim

    def add(self, claim: Claim, *cases: str) -> None:
        """Store events of cases that a claim has."""
        events = [Event(claim.hold.attempt, number, json.dumps({"name": name})) for number, name in enumerate(cases, 1)]
        assert not events or self.store.add_events(claim.hold, events)


def events_of(response: httpx2.Response) -> list[tuple[str | None, str, Any]]:
    """Return the events of a stream: id, kind and data of each."""
    found = []
    for block in response.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields.get("id"), fields["event"], json.loads(fields["data"])))
    return found
