"""The tools for agents, called by the SDK's client: over HTTP, and on the standard streams of a process."""

import asyncio
import base64
import contextlib
import http.client
import json
import os
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, ImageContent, TextContent

from tests import ROOT
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.mcp.texts import OUTPUT_CHARS

FOREVER: Final = "while True: pass"
MODES: Final = ("auto", "legacy")  # protocol 2026-07-28, and what came before it
# A picture is a PNG, made with what every Python has.
PICTURE: Final = """
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\\0" + bytes([x * 8 % 256] * 96) for x in range(32))
with open("plot.png", "wb") as file:
    file.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0))
               + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
print("drawn")
"""


@pytest.fixture(scope="module")
def mcp_server() -> Iterator[Server]:
    env = {"ZUKO_MCP": "true", "ZUKO_HOSTS": "judge.example", "ZUKO_CONCURRENCY": "2", "ZUKO_READY_SANDBOXES": "1"}
    with Server(env) as server:
        yield server.wait_ready()


def stdio(*arguments: str, **env: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", "zuko", "mcp", *arguments], env={**os.environ, **env}, cwd=str(ROOT)
    )


def use(target: Any, work: Callable[[Client], Awaitable[None]], mode: str = "auto") -> None:
    async def run() -> None:
        async with asyncio.timeout(60), Client(target, mode=mode) as client:
            await work(client)

    asyncio.run(run())


def text_of(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


async def every_tool(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"run_code", "run_tests", "list_languages"}
    assert "No network" in str(tools["run_code"].description)
    assert "at most 20 s" in str(tools["run_code"].description)
    files = [
        {"name": "pkg/util.py", "content": "answer = 42"},
        {"name": "data.bin", "content": base64.b64encode(b"\xff\x00").decode(), "encoding": "base64"},
    ]
    code = "import sys; from pkg import util; print(util.answer, sys.argv[1], input(), open('data.bin', 'rb').read())"
    ran = await client.call_tool("run_code", {"code": code, "stdin": "given", "args": ["a b"], "files": files})
    assert not ran.is_error
    assert ran.structured_content is not None
    assert ran.structured_content["stdout"] == "42 a b given b'\\xff\\x00'\n"
    drawn = await client.call_tool("run_code", {"code": PICTURE, "return_files": ["*.png"]})
    (image,) = (block for block in drawn.content if isinstance(block, ImageContent))
    assert image.mime_type == "image/png"
    data = base64.b64decode(image.data)
    assert struct.unpack(">II", data[16:24]) == (32, 32)
    assert zlib.crc32(data[-8:-4]) == struct.unpack(">I", data[-4:])[0]
    failed = await client.call_tool("run_code", {"code": "int x = ;", "language": "c"})
    assert not failed.is_error, "a program that does not compile is a result"
    assert failed.structured_content is not None
    assert failed.structured_content["status"] == "COMPILE_ERROR"
    assert "error" in failed.structured_content["compile_output"]
    cases = [{"input": "1 2", "output": "3"}, {"input": "2 2", "output": "5", "name": "odd"}]
    judged = await client.call_tool("run_tests", {"code": "print(sum(map(int, input().split())))", "cases": cases})
    assert text_of(judged).startswith("WA: Wrong answer; 1 of 2 cases accepted")
    assert "odd: WA" in text_of(judged)
    assert "javascript" in text_of(await client.call_tool("list_languages", {}))


@pytest.mark.parametrize("mode", MODES)
def test_every_tool_over_http(mcp_server: Server, mode: str) -> None:
    use(f"{mcp_server.url}/mcp", every_tool, mode)


def test_every_tool_on_standard_streams() -> None:
    use(stdio(), every_tool)


def test_a_service_elsewhere_runs_them(mcp_server: Server) -> None:
    """Without a Docker host here."""
    use(stdio("--remote", mcp_server.url, DOCKER_HOST="tcp://127.0.0.1:1"), every_tool, "legacy")


WRONG: Final[dict[str, tuple[str, dict[str, Any], str]]] = {
    "language": ("run_code", {"code": "x", "language": "intercal"}, "unknown language 'intercal'; supported: "),
    "limit": ("run_code", {"code": "x", "timeout_s": 99}, "timeout_s must be from 1 to 20 s"),
    "code": ("run_code", {"code": "x" * 300_000}, "code is larger than 262144 bytes"),
    "missing": ("run_code", {}, "Field required"),
    "name": ("run_code", {"code": "x", "files": [{"name": "../a", "content": ""}]}, "'../a' is not a valid file name"),
    "base64": (
        "run_code",
        {"code": "x", "files": [{"name": "a", "content": "%", "encoding": "base64"}]},
        "'a' is not base64",
    ),
    "pattern": ("run_code", {"code": "x", "return_files": ["/etc/*"]}, "return_files"),
    "cases": ("run_tests", {"code": "x", "cases": []}, "at least 1 item"),
    "case_limit": ("run_tests", {"code": "x", "cases": [{"output": ""}], "time_limit_ms": 0}, "time_limit_ms must be"),
}


def test_wrong_arguments_are_errors_that_a_model_can_act_on(mcp_server: Server) -> None:
    async def work(client: Client) -> None:
        for name, (tool, arguments, message) in WRONG.items():
            result = await client.call_tool(tool, arguments)
            assert result.is_error, name
            assert message in text_of(result), (name, text_of(result))
            assert str(ROOT) not in text_of(result)

    use(f"{mcp_server.url}/mcp", work)


def test_long_output_is_cut(mcp_server: Server) -> None:
    async def work(client: Client) -> None:
        code = "import sys; print('x' * 500_000); sys.exit('the end')"
        result = await client.call_tool("run_code", {"code": code})
        assert result.structured_content is not None
        assert result.structured_content["truncated"]
        assert result.structured_content["stderr"] == "the end\n"
        assert len(text_of(result)) <= OUTPUT_CHARS + 500

    use(f"{mcp_server.url}/mcp", work)


def busy(server: Server) -> int:
    return int(server.client.get("/readyz").json()["sandboxes_busy"])


async def cancelled(client: Client, begun: Callable[[], bool]) -> None:
    call = asyncio.ensure_future(client.call_tool("run_code", {"code": FOREVER, "timeout_s": 20}))
    await asyncio.to_thread(wait_for, begun, 20, "the program to run")
    call.cancel()
    await asyncio.wait({call})


@pytest.mark.parametrize("mode", MODES)
def test_cancelling_a_call_ends_its_program(mcp_server: Server, mode: str) -> None:
    """It would run for 20 s."""

    async def work(client: Client) -> None:
        await cancelled(client, lambda: busy(mcp_server) == 1)
        await asyncio.to_thread(wait_for, lambda: busy(mcp_server) == 0, 5, "the sandbox to be idle")

    use(f"{mcp_server.url}/mcp", work, mode)


@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28"])
def test_a_client_that_drops_its_connection_ends_its_program(mcp_server: Server, version: str) -> None:
    """In a session, where it has not cancelled the call, too."""
    session = mcp_server.client.post("/mcp", json=BEGIN, headers=ACCEPT).headers["mcp-session-id"]
    arguments = {"code": FOREVER, "timeout_s": 20}
    meta = {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": STARTED["clientInfo"],
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": "run_code", "arguments": arguments, "_meta": meta}
    call = {**BEGIN, "id": 7, "method": "tools/call", "params": params}
    headers = {**ACCEPT, "mcp-protocol-version": version, "mcp-method": "tools/call", "mcp-name": "run_code"}
    if version < "2026":
        headers["mcp-session-id"] = session
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", mcp_server.port)) as leaving:
        leaving.request("POST", "/mcp", json.dumps(call), {**headers, "content-type": "application/json"})
        wait_for(lambda: busy(mcp_server) == 1, 5, "the program to run")
    wait_for(lambda: busy(mcp_server) == 0, 5, "the sandbox to be idle")


@pytest.mark.parametrize("mode", MODES)
def test_cancelling_on_standard_streams(mode: str) -> None:
    """One program at a time: the next one does not wait for it."""

    async def work(client: Client) -> None:
        began = time.monotonic()
        await cancelled(client, lambda: time.monotonic() - began > 1.5)
        after = await client.call_tool("run_code", {"code": "print(1)"})
        assert "--- stdout\n1" in text_of(after)
        assert time.monotonic() - began < 15

    use(stdio(ZUKO_JUDGE_WORKERS="1"), work, mode)


@pytest.mark.parametrize("mode", MODES)
def test_progress(mcp_server: Server, mode: str) -> None:
    seen: list[tuple[float, float | None, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total, message))

    async def work(client: Client) -> None:
        await client.call_tool(
            "run_code", {"code": "import time; time.sleep(2.3)", "timeout_s": 5}, progress_callback=note
        )
        assert [message for _, _, message in seen][:2] == ["running for 1 s", "running for 2 s"]
        del seen[:]
        code = "import time; time.sleep(0.6)"
        cases = [{"output": ""}] * 6
        await client.call_tool("run_tests", {"code": code, "cases": cases}, progress_callback=note)
        assert [progress for progress, _, _ in seen] == sorted({progress for progress, _, _ in seen})
        assert seen[-1][1] == 6

    use(f"{mcp_server.url}/mcp", work, mode)


STARTED: Final = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
BEGIN: Final[dict[str, Any]] = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": STARTED}
ACCEPT: Final = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}


@pytest.mark.parametrize(
    ("headers", "status_code"),
    [
        ({}, 200),
        ({"host": "localhost:1"}, 200),
        ({"host": "judge.example"}, 200),
        ({"host": "judge.example:8443"}, 200),
        ({"host": "evil.example"}, 421),
        ({"host": "judge.example.evil"}, 421),
        ({"origin": "https://evil.example"}, 403),
    ],
)
def test_pages_that_lead_a_name_here_are_refused(mcp_server: Server, headers: dict[str, str], status_code: int) -> None:
    response = mcp_server.client.post("/mcp", json=BEGIN, headers={**ACCEPT, **headers})
    assert response.status_code == status_code, response.text


def test_what_else_is_refused(mcp_server: Server) -> None:
    assert mcp_server.client.get("/mcp", headers=ACCEPT).status_code == 405
    assert mcp_server.client.put("/mcp").status_code == 405
    assert mcp_server.client.post("/mcp/", json=BEGIN, headers=ACCEPT).status_code == 200
    large = {**BEGIN, "params": {"x": "y" * (13 << 20)}}
    assert mcp_server.client.post("/mcp", json=large, headers=ACCEPT).status_code == 413
    many = mcp_server.client.post("/mcp", content=b"[" + b"{}," * 200_000 + b"{}]", headers=ACCEPT)
    assert (many.status_code, "more than 100000 values" in many.text) == (413, True)  # it stopped the event loop
    broken = mcp_server.client.post("/mcp", content=b"{", headers={**ACCEPT, "content-type": "application/json"})
    assert broken.status_code == 400


def test_without_sessions_any_process_serves_a_request() -> None:
    """Also of clients of earlier versions."""
    env = {"ZUKO_MCP": "true", "ZUKO_MCP_SESSIONS": "false", "ZUKO_CONCURRENCY": "1", "ZUKO_READY_SANDBOXES": "1"}
    with Server(env) as one, Server(env) as other:
        one.wait_ready()
        other.wait_ready()
        call = {**BEGIN, "method": "tools/call", "params": {"name": "run_code", "arguments": {"code": "print(1)"}}}
        for server in (one, other, one):
            answer = server.client.post("/mcp", json=call, headers=ACCEPT)
            assert "--- stdout" in answer.text, answer.text
        assert one.client.delete("/mcp").status_code == 405


def test_it_is_off_unless_it_is_wanted(api: httpx2.Client) -> None:
    assert api.post("/mcp", json=BEGIN, headers=ACCEPT).status_code == 404


def test_standard_output_has_nothing_but_the_protocol() -> None:
    """And standard input's end is the end, with exit code 0, although a program runs."""
    call = {"name": "run_code", "arguments": {"code": "print(1)"}}
    endless = {"name": "run_code", "arguments": {"code": FOREVER, "timeout_s": 20}}
    messages = [
        BEGIN,
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call},
        "not JSON",
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": endless},
    ]
    command = [sys.executable, "-m", "zuko", "mcp"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for message in messages:
            process.stdin.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
            process.stdin.flush()
        lines = [process.stdout.readline()]
        while '"id":2' not in lines[-1].replace(" ", ""):
            lines.append(process.stdout.readline())
        process.stdin.close()
        lines += process.stdout.read().splitlines()
        code = process.wait(15)
    answers = [json.loads(line) for line in lines if line.strip()]
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)
    by_id = {answer.get("id"): answer for answer in answers}
    assert by_id[2]["result"]["structuredContent"]["stdout"] == "1\n"
    assert code == 0


def test_no_docker_host_is_said_before_an_agent_waits() -> None:
    command = [sys.executable, "-m", "zuko", "mcp"]
    env = {**os.environ, "DOCKER_HOST": "tcp://127.0.0.1:1", "ZUKO_ALLOW_PLAIN_TCP": "true"}
    result = subprocess.run(command, cwd=ROOT, env=env, input=b"", capture_output=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (75, b""), result.stderr
    assert result.stderr.startswith(b"zuko: ")
