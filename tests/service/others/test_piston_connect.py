"""Piston's WebSocket, by messages written by hand: no client of it can be installed."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.harness.server import Server
from tests.harness.waiting import wait_for

ASKS: Final = "print('who?', flush=True)\nprint('hello', input())"
WAITS: Final = "print('x', flush=True)\ninput()"


class Client:
    """A connection, and what has come by it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def send(self, kind: str, **fields: object) -> None:
        self.socket.send(json.dumps({"type": kind, **fields}))

    def init(self, code: str, language: str = "python", **fields: object) -> None:
        self.send("init", language=language, version="*", files=[{"content": code}], **fields)

    def say(self, text: str, stream: str = "stdin") -> None:
        self.send("data", stream=stream, data=text)

    def until(self, kind: str) -> list[dict[str, Any]]:
        """Return the messages up to one of a kind."""
        read: list[dict[str, Any]] = []
        while not read or read[-1]["type"] != kind:
            read.append(json.loads(self.socket.recv(timeout=20)))
        return read

    def end(self) -> tuple[list[dict[str, Any]], int]:
        """Return the messages to the end, and the code with which the connection is closed."""
        read = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                read.append(json.loads(self.socket.recv(timeout=20)))
        assert self.socket.close_code is not None
        return read, self.socket.close_code


@pytest.fixture
def url(facades: Server) -> str:
    return f"{facades.url.replace('http', 'ws')}/api/v2/connect"


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with connect(url) as socket:
        yield Client(socket)


def test_a_program_is_talked_to(client: Client) -> None:
    client.init(ASKS)
    runtime, stage, asked = client.until("data")
    assert (runtime["type"], runtime["language"], stage) == ("runtime", "python", {"type": "stage", "stage": "run"})
    assert asked == {"type": "data", "stream": "stdout", "data": "who?\n"}
    client.say("Zu")
    client.say("ko é\n")
    (said, ended), code = client.end()
    assert said["data"] == "hello Zuko é\n"
    assert ended == {"type": "exit", "stage": "run", "code": 0, "signal": None}
    assert code == 4999


def test_stages_of_a_compiled_program(client: Client) -> None:
    client.init('#include <stdio.h>\nint main(void) { fputs("e", stderr); return 3; }', "c")
    messages, code = client.end()
    assert [(each["type"], each.get("stage"), each.get("code")) for each in messages] == [
        ("runtime", None, None),
        ("stage", "compile", None),
        ("exit", "compile", 0),
        ("stage", "run", None),
        ("data", None, None),
        ("exit", "run", 3),
    ]
    assert (messages[4]["stream"], code) == ("stderr", 4999)


def test_a_compile_error_has_no_run(client: Client) -> None:
    client.init("int main( {", "c")
    messages, code = client.end()
    assert "error" in messages[2]["data"]
    assert (messages[-1], code) == ({"type": "exit", "stage": "compile", "code": 1, "signal": None}, 4999)


def test_a_signal_ends_the_program(client: Client) -> None:
    client.init("print('x', flush=True)\nwhile True: pass", run_timeout=20_000)
    client.until("data")
    client.send("signal", signal="SIGINT")
    messages, code = client.end()
    assert (messages[-1], code) == ({"type": "exit", "stage": "run", "code": None, "signal": "SIGINT"}, 4999)


def test_a_program_that_is_too_slow(client: Client) -> None:
    client.init(WAITS, run_timeout=300)
    messages, code = client.end()
    assert (messages[-1], code) == ({"type": "exit", "stage": "run", "code": None, "signal": "SIGKILL"}, 4999)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"type": "init"}, 4000),
        ({"type": "data", "stream": "stdout", "data": ""}, 4004),
        ({"type": "signal", "signal": "SIGFOO"}, 4005),
        ({"type": "signal", "signal": ["SIGINT"]}, 4005),
        ({"type": "signal", "signal": {}}, 4005),
    ],
)
def test_broken_rules_end_a_program(client: Client, sent: dict[str, Any], code: int) -> None:
    client.init(WAITS)
    client.until("data")
    client.socket.send(json.dumps(sent))
    assert client.end() == ([], code)


@pytest.mark.parametrize(
    ("sent", "message", "code"),
    [
        ('{"type": "data", "stream": "stdin", "data": ""}', None, 4003),
        ('{"type": "init"}', "language is required as a string", 4002),
        ('{"type": "init", "language": "x", "version": "1", "files": []}', "x-1 runtime is unknown", 4002),
        ("nonsense", "the body is not JSON: expected ident at line 1 column 2", 4002),
        ("[]", "the message is not an object", 4002),
    ],
)
def test_what_is_no_beginning(client: Client, sent: str, message: str | None, code: int) -> None:
    client.socket.send(sent)
    messages, ended = client.end()
    assert ended == code
    assert messages == ([] if message is None else [{"type": "error", "message": message}])


def test_a_client_that_says_nothing_is_cut(client: Client) -> None:
    assert client.end() == ([], 4001)


def test_words_that_are_not_read_are_bounded(client: Client) -> None:
    client.init("print('x', flush=True)\nwhile True: pass", run_timeout=20_000)
    client.until("data")
    with contextlib.suppress(ConnectionClosed):  # before the last of them
        for _ in range(20):
            client.say("x" * 100_000)
    messages, code = client.end()
    assert (messages[-1]["message"], code) == ("the program does not read its input", 4002)


def test_a_message_has_no_more_values_than_a_body(client: Client) -> None:
    """A hundred thousand are enough: they take the event loop longer than their bytes do."""
    client.socket.send('{"type": "init", "files": [' + "{}," * 200_000 + "{}]}")
    messages, code = client.end()
    assert ("values, which no request needs" in messages[0]["message"], code) == (True, 4002)


def test_pages_of_other_sites_may_not_connect(url: str) -> None:
    """A browser lets any page open a WebSocket anywhere, and does not ask first."""
    with pytest.raises(InvalidStatus, match="403"), connect(url, origin=Origin("http://evil.example")):
        pass
    host = url.split("/")[2]
    with connect(url, origin=Origin(f"http://{host}")) as socket:
        Client(socket).init("print(1)")
        assert Client(socket).end()[1] == 4999


def test_a_client_that_leaves_ends_its_program(facades: Server, url: str) -> None:
    with connect(url) as socket:
        client = Client(socket)
        client.init("print('x', flush=True)\nwhile True: pass", run_timeout=60_000)
        client.until("data")
    idle = lambda: not facades.client.get("/readyz").json()["sandboxes_busy"]  # noqa: E731 - one question
    wait_for(idle, 10, "the program to end")
