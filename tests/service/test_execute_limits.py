"""Files, limits and compilers of `POST /api/v1/execute`, with real sandboxes."""

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx2
import pytest

import docker
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.settings import Settings

SETTINGS: Final = Settings()
MOST_MS: Final = SETTINGS.timeout_max_s * 1000
MOST_KB: Final = SETTINGS.memory_limit_max_mib * 1024
LEAST_KB: Final = SETTINGS.memory_bounds_bytes[0] // 1024


def test_execute_takes_several_files(server: Server) -> None:
    files = [{"name": "helper.py", "content": "word = 'helped'"}, {"name": "data.txt", "content": "é"}]
    response = server.execute("import helper; print(helper.word, open('data.txt').read())", files=files)
    assert response["stdout"] == "helped é\n"


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"timeout": 0}, "timeout", f"from 1 to {SETTINGS.timeout_max_s} s"),
        ({"timeout": SETTINGS.timeout_max_s + 1}, "timeout", f"from 1 to {SETTINGS.timeout_max_s} s"),
        ({"time_limit_ms": 0}, "time_limit_ms", f"from 1 to {MOST_MS} ms"),
        ({"time_limit_ms": MOST_MS + 1}, "time_limit_ms", f"from 1 to {MOST_MS} ms"),
        ({"wall_time_limit_ms": 0}, "wall_time_limit_ms", f"from 1 to {MOST_MS} ms"),
        ({"wall_time_limit_ms": MOST_MS + 1}, "wall_time_limit_ms", f"from 1 to {MOST_MS} ms"),
        ({"wall_time_limit_ms": 5, "timeout": 1}, "wall_time_limit_ms", "set the same limit: give only one"),
        ({"memory_limit_kb": 0}, "memory_limit_kb", f"from {LEAST_KB} to {MOST_KB} KB"),
        ({"memory_limit_kb": LEAST_KB - 1}, "memory_limit_kb", f"from {LEAST_KB} to {MOST_KB} KB"),
        ({"memory_limit_kb": MOST_KB + 1}, "memory_limit_kb", f"from {LEAST_KB} to {MOST_KB} KB"),
        ({"memory_limit_kb": 1.5}, "memory_limit_kb", "integer"),
        ({"files": [{"name": "/etc/passwd", "content": ""}]}, "files", "is not a valid file name"),
        ({"files": [{"name": "main.py", "content": ""}]}, "files", "is reserved for `code`"),
    ],
)
def test_execute_refuses(api: httpx2.Client, fields: dict[str, Any], field: str, text: str) -> None:
    response = api.post("/api/v1/execute", json={"language": "python", "code": "", **fields})
    assert response.status_code == 422
    (problem,) = response.json()["detail"]
    assert problem["loc"] == ["body", field]
    assert text in problem["msg"]


def test_execute_with_limits_of_time(server: Server) -> None:
    response = server.execute("while True: pass", time_limit_ms=200)
    assert (response["status"], response["reason"]) == ("TIMEOUT", "cpu_time_limit")
    assert 200 <= response["time_used_ms"] < 300
    response = server.execute("import time; time.sleep(9)", wall_time_limit_ms=250)
    assert (response["status"], response["reason"]) == ("TIMEOUT", "wall_time_limit")
    assert 250 <= response["wall_time_ms"] < 700
    response = server.execute("import time; time.sleep(0.4); print(1)", time_limit_ms=200, wall_time_limit_ms=2000)
    assert (response["status"], response["stdout"]) == ("OK", "1\n")


@pytest.mark.parametrize("memory_mib", [32, 300])
def test_memory_limit_is_the_container_s(server: Server, docker_client: docker.DockerClient, memory_mib: int) -> None:
    """Read back from the engine while a program runs, and tried from inside: below it, and above."""
    limit = memory_mib << 20

    def is_there() -> bool:
        for container_id in server.containers(docker_client):
            with contextlib.suppress(docker.errors.NotFound):  # gone since
                config = docker_client.api.inspect_container(container_id)["HostConfig"]
                if config["Memory"] == config["MemorySwap"] == limit:
                    return True
        return False

    with ThreadPoolExecutor(1) as clients:
        asleep = clients.submit(server.execute, "import time; time.sleep(2)", memory_limit_kb=limit // 1024)
        wait_for(is_there, 5, "a container with that limit")
        assert asleep.result()["status"] == "OK"
    code = "x = bytearray({size} << 20)\nx[::4096] = b'x' * ({size} << 8)\nprint(len(x))"
    fits = server.execute(code.format(size=memory_mib - 16), memory_limit_kb=memory_mib * 1024)
    assert (fits["status"], fits["stdout"]) == ("OK", f"{(memory_mib - 16) << 20}\n")
    response = server.execute(code.format(size=memory_mib), memory_limit_kb=memory_mib * 1024)
    assert (response["status"], response["reason"]) == ("RUNTIME_ERROR", "memory_limit")
    assert f"{memory_mib} MiB" in response["message"]


def test_a_limit_is_no_longer_there_for_the_next(own_server: Callable[..., Server]) -> None:
    """A sandbox that is used again has the limit of its current submission, and compilers have their own."""
    server = own_server(ZUKO_CELL_MAX_SUBMISSIONS="100", ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1")
    assert server.execute("print(1)", memory_limit_kb=LEAST_KB)["status"] == "OK"
    size = "x = b'x' * (100 << 20); print(len(x))"
    assert server.execute(size)["stdout"] == f"{100 << 20}\n"
    hello = "#include <bits/stdc++.h>\nint main() { std::cout << 1; }"
    for _ in range(2):
        response = server.execute(hello, language="cpp", memory_limit_kb=LEAST_KB)
        assert (response["status"], response["stdout"]) == ("OK", "1"), response


def test_execute_says_compile_error(server: Server) -> None:
    response = server.execute("int main() { return x; }", language="c++")
    assert (response["status"], response["reason"]) == ("COMPILE_ERROR", "compile_failed")
    assert "was not declared" in response["compile_output"]
    assert (response["exit_code"], response["time_used_ms"], response["stdout"]) == (None, None, "")
    response = server.execute("int main() { return 3; }", language="c")
    assert (response["status"], response["exit_code"], response["compile_output"]) == ("RUNTIME_ERROR", 3, "")
    assert "compile_output" not in server.execute("print(1)")
