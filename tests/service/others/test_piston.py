"""Piston's façade: every route, status and end, by HTTP."""

import json
import subprocess
from typing import Any, Final

import httpx2
import pytest

from tests.harness.pages import DOCS, blocks
from tests.harness.server import Server

JSON: Final = {"content-type": "application/json"}
BASES: Final = ("/api/v2", "/api/v2/piston")


@pytest.fixture
def piston(facades: Server) -> httpx2.Client:
    return facades.client


def execute(piston: httpx2.Client, *files: str | dict[str, Any], language: str = "python", **fields: Any) -> Any:
    sent = [{"content": file} if isinstance(file, str) else file for file in files]
    body = {"language": language, "version": "*", "files": sent, **fields}
    response = piston.post("/api/v2/execute", json=body)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_lists(piston: httpx2.Client, base: str, slash: str) -> None:
    runtimes = piston.get(f"{base}/runtimes{slash}").json()
    python = next(each for each in runtimes if each["language"] == "python")
    assert python["version"].startswith("3.")
    assert "py" in python["aliases"]
    assert "runtime" not in python
    packages = piston.get(f"{base}/packages{slash}").json()
    assert {"language": "python", "language_version": python["version"], "installed": True} in packages
    assert piston.get(f"{base}{slash}").json() == {"message": "Piston v3.1.1"}


def test_both_outputs_apart_and_together(piston: httpx2.Client) -> None:
    code = """
import sys, time
for number in range(3):
    print("out", number, flush=True)
    time.sleep(0.05)
    print("err", number, file=sys.stderr, flush=True)
    time.sleep(0.05)
"""
    run = execute(piston, code)["run"]
    assert run["output"] == "out 0\nerr 0\nout 1\nerr 1\nout 2\nerr 2\n"
    assert (run["stdout"], run["stderr"]) == ("out 0\nout 1\nout 2\n", "err 0\nerr 1\nerr 2\n")


def test_a_compiled_program_reads_its_data(piston: httpx2.Client) -> None:
    code = """#include <stdio.h>
int main() {
    char line[9];
    printf("%s %d", fgets(line, 9, fopen("data/in.txt", "r")), fopen("main", "r") != NULL);
}
"""
    files = {"name": "data/in.txt", "content": "seven"}, {"name": "main", "content": "not the program"}
    assert execute(piston, code, *files, language="c")["run"]["stdout"] == "seven 0"


def test_files_arguments_and_input(piston: httpx2.Client) -> None:
    code = "import sys, data.ten\nprint(sys.argv, open('b.bin', 'rb').read(), data.ten.X, repr(input()), 'é日')"
    files = (
        {"name": "b.bin", "content": "00ff", "encoding": "hex"},
        {"name": "my.py", "content": code},
        {"name": "data/ten.py", "content": "X = 10"},
    )
    run = execute(piston, *files, args=["1", "a b"])["run"]
    assert run["stdout"] == "['my.py', '1', 'a b'] b'\\x00\\xff' 10 '' é日\n", run


C_SLEEPS: Final = "#include <unistd.h>\nint main(void) { for (;;) pause(); }"


@pytest.mark.parametrize(
    ("code", "fields", "end"),
    [
        ("raise SystemExit(3)", {}, (3, None, "RE")),
        ("import os; os.kill(os.getpid(), 11)", {}, (139, None, "RE")),
        ("bytearray(1 << 30)", {}, (137, None, "RE")),
        ("while True: pass", {"run_timeout": 300}, (None, "SIGKILL", "TO")),
        ("while True: pass", {"run_cpu_time": 200}, (None, "SIGKILL", "TO")),
        ("print('x' * 5_000_000)", {}, (None, "SIGKILL", "OL")),
        ("import sys; sys.stderr.write('x' * 5_000_000)", {}, (None, "SIGKILL", "EL")),
        (C_SLEEPS, {"language": "c", "version": "10.2.0", "run_timeout": 300}, (None, "SIGKILL", "TO")),
    ],
)
def test_ends(piston: httpx2.Client, code: str, fields: dict[str, Any], end: tuple[object, ...]) -> None:
    run = execute(piston, code, **fields)["run"]
    assert (run["code"], run["signal"], run["status"]) == end


def test_a_compile_error_is_in_both_stages(piston: httpx2.Client) -> None:
    answer = execute(piston, {"name": "a.cpp", "content": "int main() { return x; }"}, language="c++")
    assert answer["run"] == answer["compile"]
    assert answer["run"]["code"] == 1
    assert "a.cpp:1:" in answer["run"]["stderr"]
    assert answer["language"] == "c++"


def test_a_program_may_be_larger_and_run_longer_than_ours(piston: httpx2.Client) -> None:
    """The tests of the International Olympiad have 10 MB, and their clients allow a minute."""
    data = {"name": "input.txt", "content": "x" * 10_000_000}
    run = execute(piston, "print(len(open('input.txt').read()))", data, run_timeout=60_000)["run"]
    assert run["stdout"] == "10000000\n", run


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status", "answer"),
    [
        ("POST", "execute", b"{", JSON, 400, "stack"),
        ("POST", "execute", b"{}", {}, 415, "message"),
        ("DELETE", "packages", b"{}", {}, 415, "message"),
        ("POST", "execute", b"{}", JSON, 400, "message"),
        ("GET", "execute", b"", {}, 404, "message"),
        ("GET", "nothing", b"", {}, 404, "message"),
        ("POST", "packages", b'{"language": "nope", "version": "1"}', JSON, 404, "message"),
        ("POST", "packages", b'{"language": "python", "version": "*"}', JSON, 500, "message"),
        ("DELETE", "packages", b'{"language": "python", "version": "*"}', JSON, 500, "message"),
    ],
)
def test_every_error_is_in_pistons_form(  # noqa: PLR0917 - a row of the table
    piston: httpx2.Client, method: str, path: str, content: bytes, headers: dict[str, str], status: int, answer: str
) -> None:
    response = piston.request(method, f"/api/v2/{path}", content=content, headers=headers)
    assert response.status_code == status
    assert list(response.json()) == [answer]


def test_the_commands_of_the_how_to(facades: Server) -> None:
    """The response is the one that the page shows, except for its figures."""
    page = (DOCS / "how-to" / "move-from-piston.md").read_text()
    (command,) = [block for block in blocks(page, "sh") if block.startswith("curl ")]
    (shown,) = [json.loads(block) for block in blocks(page, "json")]
    arguments = ["sh", "-c", command.replace("http://127.0.0.1:2000", facades.url)]
    answer = json.loads(subprocess.run(arguments, capture_output=True, timeout=60, check=True).stdout)
    for each in (answer, shown):
        each["run"] |= dict.fromkeys(("cpu_time", "wall_time", "memory"))
    assert answer == shown


def test_a_body_that_is_too_large(piston: httpx2.Client) -> None:
    response = piston.post("/api/v2/execute", content=b" " * (33 << 20), headers=JSON)
    assert (response.status_code, list(response.json())) == (400, ["stack"])
