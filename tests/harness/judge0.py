"""Judge0's façade over a store, without a server and without an engine: a test is the worker."""

import asyncio
import base64
import io
import json
import zipfile
from typing import Any, Final

import httpx2

from tests.harness.stored import StoredApi
from zuko.submissions.store import Store
from zuko.wire.execute import HELLO_RESPONSE

PROGRAM: Final = {"source_code": "print(1)", "language_id": 71}
UNKNOWN: Final = "01980f3e-6d1c-7a52-9a54-0c6f2f4f6b1d"
DEFAULT: Final = {"token", "time", "memory", "stdout", "stderr", "compile_output", "message", "status"}


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> str:
    """Return a zip in base64."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return base64.b64encode(content.getvalue()).decode()


def files_in(content: str) -> dict[str, bytes]:
    """Return the files of a zip in base64."""
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(content))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class Judge0:
    """The façade of one process over a store."""

    def __init__(self, store: Store, **settings: Any) -> None:
        self.stored = StoredApi(store, facades="judge0", **{"judge0_admin_tokens": "root,other", **settings})

    async def send(self, method: str, path: str, **sent: Any) -> httpx2.Response:
        transport = httpx2.ASGITransport(self.stored.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://zuko", timeout=30) as client:
            return await client.request(method, path, **sent)

    def call(self, method: str, path: str, **sent: Any) -> httpx2.Response:
        return asyncio.run(self.send(method, path, **sent))

    def submit(self, **fields: Any) -> str:
        response = self.call("POST", "/submissions", json={**PROGRAM, **fields})
        assert response.status_code == 201, response.text
        token: str = response.json()["token"]
        return token

    def finish(self, stdout: bytes = b"1\n", **result: Any) -> None:
        sent = {**HELLO_RESPONSE, "stdout": base64.b64encode(stdout).decode(), **result}
        self.stored.finish(result=json.dumps(sent))

    def shown(self, token: str, query: str = "") -> Any:
        response = self.call("GET", f"/submissions/{token}{query}")
        assert response.status_code == 200, response.text
        return response.json()
