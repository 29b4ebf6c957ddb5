"""The routes by themselves, with an executor that is made here: what a request holds while its program runs."""

import asyncio
import gc
import json
import time
from typing import Any, Final, cast

import pytest

from tests.harness.executing import Parts
from zuko.api.app import create_app
from zuko.errors import NoCapacityError
from zuko.execution.executor import Executor
from zuko.settings import Settings
from zuko.wire.execute import ExecuteRequest
from zuko.wire.judge import JudgeRequest

CASES: Final = [{"input": "", "output": ""}]
KINDS: Final = {"execute": ExecuteRequest, "judge": JudgeRequest}


class FakeExecutor(Parts):
    """An executor without sandboxes, which looks for requests of a kind in memory when it is called."""

    settings = Settings()

    def __init__(self, kind: type) -> None:
        super().__init__()
        self.kind = kind
        self.held: list[object] = []

    async def execute(self, *_: object, **__: object) -> Any:
        # The thread that admitted it drops its own reference after the result, when it gets a core again.
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            self.held = []  # else what was found once is held by this
            gc.collect()
            self.held = [each for each in gc.get_objects() if isinstance(each, self.kind)]
            if not self.held:
                break
            await asyncio.sleep(0.01)
        raise NoCapacityError("all are busy")

    judge = execute


@pytest.mark.parametrize(("path", "fields"), [("execute", {}), ("judge", {"cases": CASES})])
def test_a_request_is_gone_when_it_has_been_admitted(path: str, fields: dict[str, object]) -> None:
    """The submission has its bytes: with the text beside them, all that wait for a sandbox would take twice as much."""
    executor = FakeExecutor(KINDS[path])
    app = create_app(executor.settings, cast(Executor, executor))
    body = json.dumps({"language": "python", "code": "print()", **fields}).encode()
    messages = iter([{"type": "http.request", "body": body}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        for message in messages:
            return message
        await asyncio.sleep(60)  # the client waits
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/api/v1/{path}",
        "headers": [(b"content-type", b"application/json")],
        "query_string": b"",
    }
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 503
    assert executor.held == []
