"""The guard between a client and an engine that is made here."""

import asyncio
import json
from pathlib import Path
from typing import Final

import pytest

from zuko.engine.engine import LABEL
from zuko.guard import proxy
from zuko.guard.proxy import Guard, listening
from zuko.guard.rules import Rules

ID: Final = "ab" * 32


def response(status: int, body: object) -> bytes:
    content = json.dumps(body).encode()
    return f"HTTP/1.1 {status} -\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode() + content


def test_an_engine_is_asked_in_the_version_of_the_client(tmp_path: Path) -> None:
    """Whether a container is a sandbox: an engine of today does not answer to the versions of some years ago."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.partition("\r\n")[0].split()
        asked.append(f"{method} {target}")
        if not target.startswith("/v1.52/"):
            writer.write(response(400, {"message": "client version is too old"}))
        elif method == "GET":
            writer.write(response(200, {"Id": ID, "Config": {"Labels": {LABEL: "true"}}}))
        else:
            writer.write(response(204, None))
        writer.close()

    async def start() -> bytes:
        engine, guarded = tmp_path / "engine", tmp_path / "guard"
        async with (
            await asyncio.start_unix_server(answer, engine),
            listening(Guard(Rules(), str(engine)), guarded, 0o600),
        ):
            reader, writer = await asyncio.open_unix_connection(guarded)
            writer.write(f"POST /v1.52/containers/{ID}/start HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
            found = await reader.read()
            writer.close()
            return found

    assert asyncio.run(asyncio.wait_for(start(), 10)).startswith(b"HTTP/1.1 204 ")
    assert asked == [f"GET /v1.52/containers/{ID}/json", f"POST /v1.52/containers/{ID}/start"]


def test_connections_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One too many is closed, which is logged; the others are served."""
    monkeypatch.setattr(proxy, "CONNECTIONS_MAX", 2)

    async def start() -> list[bytes]:
        guarded = tmp_path / "guard"
        async with listening(Guard(Rules(), str(tmp_path / "engine")), guarded, 0o600):
            opened = [await asyncio.open_unix_connection(guarded) for _ in range(3)]
            responses = []
            for number, (reader, writer) in enumerate(opened):
                if number < 2:
                    writer.write(b"HEAD /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
                responses.append(await reader.read())
                writer.close()
                await writer.wait_closed()
            return responses

    *served, refused = asyncio.run(asyncio.wait_for(start(), 10))
    assert refused == b""
    assert caplog.text.count("a connection is closed at once: 2 are open") == 1
    for each in served:
        assert b"HEAD /_ping is not a call of Zuko's" in each
