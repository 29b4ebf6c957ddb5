"""The contract, over HTTP, with real sandboxes."""

import http.client
import json
import re
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.harness.server import Server
from zuko.languages.table import LANGUAGES
from zuko.settings import Settings

SETTINGS = Settings()
ANSWER_FIELDS = {
    "status": str,
    "stdout": str,
    "stderr": str,
    "exit_code": int,
    "time_used": float,
    "memory_used": int,
    "time_used_ms": float,
    "memory_used_kb": int,
    "wall_time_ms": float,
    "reason": type(None),
    "message": type(None),
    "stdout_truncated": bool,
    "stderr_truncated": bool,
}


def test_hello(api: httpx2.Client) -> None:
    """The README's example, with every field of the contract and its type."""
    response = api.post(
        "/api/v1/execute", json={"language": "python", "code": "print('Hello', input())", "input_data": "Zuko"}
    )
    body = response.json()
    assert response.status_code == 200
    assert {name: type(value) for name, value in body.items()} == ANSWER_FIELDS
    assert body["stdout"] == "Hello Zuko\n"
    assert body["status"] == "OK"
    assert body["exit_code"] == 0
    assert body["time_used"] == body["time_used_ms"] > 1
    assert body["memory_used"] == body["memory_used_kb"] > 5000
    assert body["wall_time_ms"] > 1


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print('a')", {"status": "OK", "exit_code": 0, "stdout": "a\n", "reason": None, "message": None}),
        ("", {"status": "OK", "exit_code": 0, "stdout": "", "stderr": ""}),
        ("import sys; sys.exit(3)", {"status": "RUNTIME_ERROR", "exit_code": 3, "reason": None}),
        ("import os; os._exit(255)", {"status": "RUNTIME_ERROR", "exit_code": 255, "reason": None}),
        ("import os; os.abort()", {"status": "RUNTIME_ERROR", "exit_code": 134, "reason": "signal"}),
        ("import os; os.kill(os.getpid(), 9)", {"status": "RUNTIME_ERROR", "exit_code": 137, "reason": "signal"}),
        ("import sys; sys.stdout.buffer.write(b'a\\xff\\xfeb')", {"status": "OK", "stdout": "a\ufffd\ufffdb"}),
        ("print(chr(0) + '\\U0001f600')", {"status": "OK", "stdout": "\0\U0001f600\n"}),
    ],
    ids=["ok", "empty", "exit-3", "exit-255", "abort", "killed-itself", "not-utf-8", "nul-and-emoji"],
)
def test_ends(server: Server, code: str, expected: dict[str, Any]) -> None:
    """The response reports how the program ended."""
    response = server.execute(code)
    assert {name: response[name] for name in expected} == expected


def test_exception_has_its_traceback(server: Server) -> None:
    response = server.execute("def f():\n    return 1 / 0\nf()")
    assert response["status"] == "RUNTIME_ERROR"
    assert response["exit_code"] == 1
    assert "ZeroDivisionError" in response["stderr"]
    assert 'File "/workspace/main.py", line 2' in response["stderr"]


def test_wall_time_limit(server: Server) -> None:
    """Output before the limit is kept, although Python had it in its buffer, and the message names the cause."""
    response = server.execute("print('before'); import time; time.sleep(60)", timeout=1)
    assert response["status"] == "TIMEOUT"
    assert response["reason"] == "wall_time_limit"
    assert response["exit_code"] == 137
    assert response["stdout"] == "before\n"
    figures = r"1\.\d{3} s of wall time with 0\.[01]\d\d s of CPU time used"
    assert re.fullmatch(f"stopped after {figures}: it was waiting, perhaps for input", response["message"])
    assert 1000 <= response["wall_time_ms"] < 1500
    assert response["time_used"] < 200


def test_wall_time_limit_of_a_busy_program(server: Server) -> None:
    response = server.execute("print('before')\nwhile True: pass", timeout=1)
    assert response["status"] == "TIMEOUT"
    assert response["stdout"] == "before\n"
    assert response["time_used"] > 100, "it had a core, perhaps with others"


def test_cpu_time_limit(own_server: Callable[..., Server]) -> None:
    """CPU time has a separate limit, to which sleeping does not count."""
    server = own_server(ZUKO_CPU_TIME_LIMIT_MS="300")
    response = server.execute("import time; time.sleep(0.6); print('slept')")
    assert (response["status"], response["stdout"]) == ("OK", "slept\n")
    response = server.execute("print('before')\nwhile True: pass")
    assert (response["status"], response["reason"]) == ("TIMEOUT", "cpu_time_limit")
    assert response["stdout"] == "before\n"
    assert 300 <= response["time_used"] < 450
    assert response["message"].startswith("stopped at its limit of 0.30 s of CPU time")


def test_memory_limit(server: Server) -> None:
    response = server.execute("x = bytearray(1 << 28)\nfor i in range(0, len(x), 4096): x[i] = 1")
    assert response["status"] == "RUNTIME_ERROR"
    assert response["reason"] == "memory_limit"
    assert response["exit_code"] == 137
    assert "128 MiB" in response["message"]
    # Resident pages of shared libraries are in an RSS, but charged to the process that read them first.
    assert 100_000 < response["memory_used"] <= (128 + 16) * 1024


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_limit(server: Server, stream: str) -> None:
    """Exactly the limit passes; one byte more is cut, flagged, and ends the program."""
    limit = SETTINGS.output_limit_bytes
    code = f"import sys; sys.{stream}.write('x' * {limit}); sys.{stream}.flush()"
    response = server.execute(code)
    assert (response["status"], len(response[stream]), response[f"{stream}_truncated"]) == ("OK", limit, False)
    response = server.execute(f"{code}\nsys.{stream}.write('y'); sys.{stream}.flush()\nimport time; time.sleep(2)")
    assert (response["status"], response["reason"]) == ("RUNTIME_ERROR", "output_limit")
    assert (response[stream], response[f"{stream}_truncated"]) == ("x" * limit, True)
    assert stream in response["message"]
    assert response["wall_time_ms"] < 1900


def test_answer_is_bounded_as_json(server: Server) -> None:
    """A NUL is six bytes of JSON: 1 MiB of them on both streams would make an answer of 12 MiB."""
    code = "import sys\nfor s in (sys.stdout, sys.stderr): s.write(chr(0) * (1 << 20)); s.flush()"
    response = server.client.post("/api/v1/execute", json={"language": "python", "code": code})
    body = response.json()
    assert len(response.content) <= SETTINGS.response_limit_bytes + 2048
    assert body["status"] == "OK"
    assert body["stdout_truncated"]
    assert body["stderr_truncated"]
    assert len(body["stdout"]) > 400_000


def test_input_of_the_full_size_is_read(server: Server) -> None:
    size = SETTINGS.input_limit_bytes
    response = server.execute("import sys; print(len(sys.stdin.read()))", input_data="x" * size)
    assert response["stdout"] == f"{size}\n"
    response = server.execute("print('did not read it')", input_data="x" * size)
    assert (response["status"], response["stdout"]) == ("OK", "did not read it\n")


def test_unicode_goes_both_ways(server: Server) -> None:
    text = "žluťoučký kůň 馬 🐎"
    response = server.execute("print(input())", input_data=text)
    assert response["stdout"] == text + "\n"
    assert server.execute(f"print({text!r})")["stdout"] == text + "\n"


def test_unsupported_language(api: httpx2.Client) -> None:
    """200, and the message lists the languages; nothing ran, so no figure is known."""
    response = api.post("/api/v1/execute", json={"language": "intercal", "code": "x"})
    body = response.json()
    assert response.status_code == 200
    assert body["status"] == "ERROR"
    assert body["reason"] == "unsupported_language"
    assert body["message"] == f"unknown language 'intercal'; supported: {', '.join(sorted(LANGUAGES))}"
    for name in ("exit_code", "time_used", "memory_used", "time_used_ms", "memory_used_kb", "wall_time_ms"):
        assert body[name] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"language": "python"}, "code"),
        ({"code": "x"}, "language"),
        ({"language": 1, "code": "x"}, "language"),
        ({"language": "python", "code": None}, "code"),
        ({"language": "python", "code": 7}, "code"),
        ({"language": "python", "code": "x", "input_data": 7}, "input_data"),
        ({"language": "python", "code": "x", "input_data": None}, "input_data"),
        ({"language": "python", "code": "x", "timeout": 0}, "timeout"),
        ({"language": "python", "code": "x", "timeout": -1}, "timeout"),
        ({"language": "python", "code": "x", "timeout": SETTINGS.timeout_max_s + 1}, "timeout"),
        ({"language": "python", "code": "x", "timeout": 10**30}, "timeout"),
        ({"language": "python", "code": "x", "timeout": 1.5}, "timeout"),
        ({"language": "python", "code": "x", "timeout": "3"}, "timeout"),
        ({"language": "python", "code": "x", "timeout": True}, "timeout"),
        ({"language": "python", "code": "x", "speed": 1}, "speed"),
        ({"language": "python", "code": "#" * (SETTINGS.code_limit_bytes + 1)}, "code"),
        ({"language": "python", "code": "é" * (SETTINGS.code_limit_bytes // 2 + 1)}, "code"),
        ({"language": "python", "code": "x", "input_data": "x" * (SETTINGS.input_limit_bytes + 1)}, "input_data"),
    ],
)
def test_malformed_request_names_the_field(api: httpx2.Client, body: dict[str, Any], field: str) -> None:
    response = api.post("/api/v1/execute", json=body)
    assert response.status_code == 422
    assert [problem["loc"] for problem in response.json()["detail"]] == [["body", field]]
    assert len(response.content) < 1000, "the request must not be echoed"


def test_many_mistakes_are_one_problem(api: httpx2.Client) -> None:
    """Listing an error for each of a million unknown fields took 47 s and 1.7 GB."""
    body = b"{" + b",".join(b'"%d":0' % number for number in range(60_000)) + b"}"
    start = time.monotonic()
    response = api.post("/api/v1/execute", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.json()["detail"][0]["msg"] == "60002 errors"
    assert time.monotonic() - start < 2
    long_name = api.post("/api/v1/execute", json={"language": "python", "code": "x", "n" * 1_000_000: 1})
    assert long_name.status_code == 422
    assert len(long_name.content) < 1000


def test_a_body_that_does_not_come_is_given_up(own_server: Callable[..., Server]) -> None:
    """A client that declares a body and sends none or half of it gets 408, and its memory is freed."""
    server = own_server(ZUKO_BODY_TIMEOUT_S="1")
    for part in (b"", b'{"language": '):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            head = b"POST /api/v1/execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            client.sendall(head + b"Content-Length: 1000\r\n\r\n" + part)
            assert b" 408 " in client.recv(65536).split(b"\r\n")[0]


@pytest.mark.parametrize("field", ["code", "input_data", "language"])
def test_lone_surrogates_are_refused(api: httpx2.Client, field: str) -> None:
    """JSON can spell half a character; no bytes of UTF-8 can carry it to a program."""
    fields = {"language": '"python"', "code": '"print(1)"', "input_data": '""', field: '"\\ud800"'}
    body = "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"
    response = api.post("/api/v1/execute", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422
    problem = response.json()["detail"][0]
    assert problem["loc"][0] == "body"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"code": NaN}'])
def test_what_is_no_request_is_refused(api: httpx2.Client, body: bytes) -> None:
    response = api.post("/api/v1/execute", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][0] == "body"


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin1",
        "application/json;charset=utf-8; charset=UTF-16",
    ],
)
def test_content_type_must_be_json(api: httpx2.Client, kind: str) -> None:
    """Content that a page of another site can make a browser send without asking is not taken for JSON."""
    body = b'{"language": "python", "code": "print(1)"}'
    response = api.post("/api/v1/execute", content=body, headers={"content-type": kind} if kind else {})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["header", "content-type"]


@pytest.mark.parametrize("parameters", ["", "; charset=utf-8", ';charset="UTF-8"', "; version=1", ";"])
def test_json_may_have_parameters(api: httpx2.Client, parameters: str) -> None:
    body = b'{"language": "intercal", "code": ""}'
    kind = f"Application/JSON{parameters}"
    assert api.post("/api/v1/execute", content=body, headers={"content-type": kind}).status_code == 200


def test_timeout_may_be_null(server: Server) -> None:
    assert server.execute("print(1)", timeout=None)["stdout"] == "1\n"


def test_limits_are_named(api: httpx2.Client) -> None:
    """A refusal says the limit, not only the field."""
    for body, limit in (
        ({"code": "x" * (SETTINGS.code_limit_bytes + 1)}, SETTINGS.code_limit_bytes),
        ({"code": "x", "input_data": "x" * (SETTINGS.input_limit_bytes + 1)}, SETTINGS.input_limit_bytes),
        ({"code": "x", "timeout": 999}, SETTINGS.timeout_max_s),
    ):
        response = api.post("/api/v1/execute", json={"language": "python", **body})
        assert str(limit) in response.json()["detail"][0]["msg"]


def test_too_large_body_is_refused_unread(server: Server) -> None:
    """The refusal comes although not one byte of the body was sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", "/api/v1/execute")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(SETTINGS.body_limit_bytes + 1))
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert str(SETTINGS.body_limit_bytes) in json.loads(response.read())["detail"][0]["msg"]
    connection.close()


def test_too_large_body_without_length_is_refused(server: Server) -> None:
    """A chunked body declares nothing: it is counted as it comes, and the answer comes before its end."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(
            b"POST /api/v1/execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        sent = 0
        try:
            for _ in range(SETTINGS.body_limit_bytes // 0x100000 + 20):
                client.sendall(chunk)
                sent += 1
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has stopped listening: that is the point
        assert b" 413 " in client.recv(65536).split(b"\r\n")[0]


def test_deeply_nested_body_is_refused(api: httpx2.Client) -> None:
    response = api.post("/api/v1/execute", content=b"[" * 200_000, headers={"content-type": "application/json"})
    assert response.status_code == 422


def test_health_and_readiness(api: httpx2.Client) -> None:
    assert api.get("/healthz").json() == {"status": "alive"}
    ready = api.get("/readyz").json()
    assert ready["ready"]
    assert ready["engine_reachable"]
    assert ready["image_present"]
    assert ready["sandboxes_ready"] > 0
    assert ready["cgroup_version"] in (1, 2)
    assert ready["cpu_time_source"] == f"cgroup_v{ready['cgroup_version']}"
    assert ready["counts_oom_kills"]
    assert ready["problem"] is None


@pytest.mark.parametrize("languages", ["c", ","])
def test_readiness_is_that_of_the_kept_language(own_server: Callable[..., Server], languages: str) -> None:
    """The first kept language decides; if none is kept, an engine with the image is enough."""
    server = own_server(ZUKO_READY_LANGUAGES=languages, ZUKO_CONCURRENCY="1")
    assert server.client.get("/readyz").json()["ready"]
    assert server.execute('int puts(const char *);\nint main(void) { puts("1"); }', language="c")["stdout"] == "1\n"


def test_languages(api: httpx2.Client) -> None:
    response = api.get("/api/v1/languages").json()
    by_name = {language["name"]: language for language in response["languages"]}
    assert by_name.keys() == LANGUAGES.keys()
    assert by_name["python"]["version"] == "3.12"
    for name, language in LANGUAGES.items():
        assert by_name[name]["aliases"] == list(language.aliases)
        assert by_name[name]["default"] == (name == by_name[name]["family"])
        assert (by_name[name]["compile_command"] is None) == (language.compiler is None)
    assert response["limits"]["code_bytes"] == SETTINGS.code_limit_bytes
    assert response["limits"]["timeout_max_s"] == SETTINGS.timeout_max_s


def test_version_is_the_image_s(server: Server) -> None:
    response = server.execute("import sys; print('%d.%d' % sys.version_info[:2])")
    assert response["stdout"] == "3.12\n"


def test_documentation_is_served(api: httpx2.Client) -> None:
    """`/` leads to the docs; the schema has examples that the service itself accepts."""
    response = api.get("/", follow_redirects=True)
    assert response.status_code == 200
    assert "text/html" in response.headers["content-type"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', response.text)
    assert loaded, "the page has scripts and styles"
    assert all(api.get(path).status_code == 200 for path in loaded), "and they come from the service itself"
    schema = api.get("/openapi.json").json()
    example = schema["components"]["schemas"]["ExecuteRequest"]["examples"][0]
    body = api.post("/api/v1/execute", json=example).json()
    shown = schema["components"]["schemas"]["ExecuteResponse"]["examples"][0]
    assert shown.keys() == body.keys()
    assert body["stdout"] == shown["stdout"]
    example = schema["components"]["schemas"]["JudgeRequest"]["examples"][0]
    body = api.post("/api/v1/judge", json=example).json()
    shown = schema["components"]["schemas"]["JudgeResponse"]["examples"][0]
    assert without_figures(body) == without_figures(shown)


def without_figures(answer: dict[str, Any]) -> dict[str, Any]:
    """Return a judgement without the figures that differ from run to run."""
    figures = ("time_used_ms", "wall_time_ms", "memory_used_kb", "attempts")
    cases = [{**case, **dict.fromkeys(figures)} for case in answer["cases"]]
    return {**answer, **dict.fromkeys(figures[:-1]), "cases": cases}


@pytest.mark.parametrize(("path", "more"), [("/api/v1/execute", {}), ("/api/v1/judge", {"cases": [{"output": ""}]})])
def test_refusal_is_that_of_the_documentation(api: httpx2.Client, path: str, more: dict[str, Any]) -> None:
    answers = api.get("/openapi.json").json()["paths"][path]["post"]["responses"]
    refused = api.post(path, json={"language": "python", **more})
    assert refused.status_code == 422
    assert refused.json() == answers["422"]["content"]["application/json"]["example"]


def test_get_of_execute_is_no_route(api: httpx2.Client) -> None:
    """FastAPI answers requests that match none of our routes."""
    response = api.get("/api/v1/execute")
    assert (response.status_code, response.json()) == (405, {"detail": "Method Not Allowed"})
    response = api.get("/nowhere")
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})
