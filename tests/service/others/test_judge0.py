"""Judge0's façade with sandboxes: its real clients, and what they do not call."""

import base64
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import batched
from pathlib import Path
from typing import Any, Final

import pytest

import docker
from tests.harness.clients import call_client
from tests.harness.judge0 import files_in, zipped
from tests.harness.server import Server
from tests.harness.tested import TESTED
from tests.harness.waiting import wait_for
from zuko.api.compat.judge0.languages import numbered_languages
from zuko.api.compat.judge0.options import BATCH_MAX
from zuko.languages.examples import example_of

ACCEPTED: Final = 3


def judge(facades: Server, source_code: str, language_id: int = 71, **fields: Any) -> Any:
    sent = {"source_code": source_code, "language_id": language_id, **fields}
    response = facades.client.post("/submissions?wait=true&fields=*", json=sent)
    assert response.status_code == 201, response.text
    return response.json()


def test_a_result_can_be_read_again_at_once(facades: Server) -> None:
    """Although nothing waits for the disk."""
    for number in range(20):
        sent = {"source_code": f"print({number})", "language_id": 71}
        found = facades.client.post("/submissions?wait=true", json=sent).json()
        assert (found["status"]["id"], found["stdout"]) == (ACCEPTED, f"{number}\n")
        assert facades.client.get(f"/submissions/{found['token']}").json() == found
        several = facades.client.get(f"/submissions/batch?tokens={found['token'].upper()}").json()["submissions"]
        assert several == [found]


def test_a_process_that_writes_to_the_store_holds_up_a_client_alone(
    docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    path = tmp_path / "submissions.db"
    with Server({"ZUKO_FACADES": "judge0", "ZUKO_STORE": f"sqlite:///{path}"}) as server:
        server.wait_ready()
        assert judge(server, "print(1)")["stdout"] == "1\n"
        with closing(sqlite3.connect(path, isolation_level=None)) as other, ThreadPoolExecutor(1) as threads:
            other.execute("begin immediate")
            waiting = threads.submit(judge, server, "print(2)")
            for _ in range(10):
                time.sleep(0.1)
                began = time.monotonic()
                assert server.client.get("/healthz").status_code == 200
                assert time.monotonic() - began < 0.5
            assert not waiting.done()
            other.execute("rollback")
            assert waiting.result(10)["stdout"] == "2\n"


def test_the_official_sdk(facades: Server) -> None:
    found = call_client("judge0_official.py", facades.url)
    assert (found["version"], found["batch_max"], found["statuses"]) == ("1.13.1", 20, list(range(1, 15)))
    assert found["single"]["stdout"] == "héllo wörld 日本\n"
    assert found["read_again"] == "print('héllo', input())"
    assert [case["status"] for case in found["cases"]] == [ACCEPTED, 4]
    assert found["later"]["stdout"] == "9\n"
    batch = found["batch"]
    assert {name: each["status"] for name, each in batch.items()} == {
        "hello": 3, "wrong": 4, "late": 5, "memory": 11, "error": 11, "compile": 6, "arguments": 3,
        "merged": 3, "files": 3, "options": 3, "java": 3, "runs": 3,
    }  # fmt: skip
    assert batch["memory"]["exit_code"] == 137
    assert batch["error"]["exit_code"] == 7
    assert batch["late"]["time"] >= 0.2
    assert "main.c:1" in batch["compile"]["compile_output"]
    assert batch["arguments"]["stdout"] == "['a', 'b c']\n"
    assert batch["merged"]["stdout"] == "o\ne\n"
    assert batch["files"]["stdout"] == "from a zip ['x.txt']\n"
    assert batch["options"]["stdout"] == "main.cpp\n"
    assert batch["java"]["stdout"] == "7\n"
    assert found["left"] == {"main.py": LEFT, "left.txt": "é"}


LEFT: Final = "open('left.txt', 'w').write('é')"


def test_smaller_clients(facades: Server) -> None:
    found = call_client("judge0_small.py", facades.url, "administrator")
    small = found["judge0api"]
    assert (small["stdout"], small["again"], small["status"]) == ("é\n", "é\n", [3, 3, 5, 3])
    assert small["binary"] == list(range(256))
    assert small["late"] == "Time limit exceeded (wall clock)"
    strict = found["judge0-client"]
    assert (strict["stdout"], strict["status"], strict["about"], strict["plain"]) == ("é\n", 3, "1.13.1", [True, True])
    assert strict["workers"]["failed"] == 0
    assert "language with id 123456 doesn't exist" in strict["refused"]
    wrapped = found["judge0-api-wrapper"]
    assert wrapped["python"].startswith("Python (3.")
    assert wrapped["results"] == [[3, "é\n"], [3, "é\n"], [4, "é\n"]]
    assert (wrapped["statuses"], wrapped["again"]) == ([3, 4], "é\n")
    assert found["ms-swift"] == ["Accepted", "Wrong Answer", "Runtime Error (NZEC)"]


SEGFAULT: Final = "#include <signal.h>\nint main(void) { raise(SIGSEGV); }"


@pytest.mark.parametrize(
    ("source_code", "fields", "status_id", "end"),
    [
        (SEGFAULT, {"language_id": 50}, 11, (139, None, "Exited with error status 139")),
        ("print('x' * 5_000_000)", {}, 8, (0, 25, "Caught fatal signal 25")),
        ("import time; time.sleep(9)", {"wall_time_limit": 1}, 5, (0, None, "Time limit exceeded (wall clock)")),
        # It goes on for the extra time, ends by itself, and is too slow all the same.
        ("import time\nwhile time.process_time() < 0.4: pass",
         {"cpu_time_limit": 0.2, "cpu_extra_time": 5}, 5, (0, None, "Time limit exceeded")),
        ("open('x', 'wb').write(bytes(100_000))", {"max_file_size": 10}, 11, None),
        ("import threading, time\n[threading.Thread(target=time.sleep, args=[1]).start() for _ in range(60)]",
         {"max_processes_and_or_threads": 33}, 11, None),
        ("bytearray(100 << 20)", {"memory_limit": 64_000}, 11, (137, None, "Exited with error status 137")),
        ("bytearray(100 << 20)", {"memory_limit": 128_000}, 3, (0, None, None)),
    ],
)  # fmt: skip
def test_limits_are_enforced(
    facades: Server, source_code: str, fields: dict[str, Any], status_id: int, end: tuple[Any, ...] | None
) -> None:
    found = judge(facades, source_code, **fields)
    assert found["status_id"] == status_id, found
    if end is not None:
        assert (found["exit_code"], found["exit_signal"], found["message"]) == end


def test_clients_defaults_are_enough_in_every_language(facades: Server) -> None:
    """Clients send Judge0's own limits, of which its runtimes take no part."""
    sent = {"memory_limit": 128_000, "stack_limit": 64_000, "max_processes_and_or_threads": 60, "max_file_size": 1024}
    numbers = {each.language.name: each.id for each in numbered_languages() if not each.is_archived}
    hellos = [
        {
            "language_id": numbers[language.name],
            "source_code": example_of(language),
            "stdin": "Zuko\n",
            "expected_output": "Hello, Zuko!",
            "wall_time_limit": 20,
            "cpu_time_limit": 15,
            **sent,
        }
        for language in TESTED
        if language.name in numbers
    ]
    ends: dict[str, Any] = {}
    for batch in batched(hellos, BATCH_MAX):
        answers = facades.client.post("/submissions/batch", json={"submissions": batch}).json()
        tokens = ",".join(each["token"] for each in answers)

        def has_ended(tokens: str = tokens) -> bool:
            path = f"/submissions/batch?tokens={tokens}&fields=status,language,stderr,compile_output,message"
            found = facades.client.get(path).json()["submissions"]
            ends.update({each["language"]["name"]: each for each in found})
            return all(each["status"]["id"] > 2 for each in found)

        wait_for(has_ended, 120, "the batch to end")
    assert len(ends) == len(hellos)
    failed = {name: end for name, end in ends.items() if end["status"]["id"] != ACCEPTED}
    assert not failed


def test_files_of_a_zip_and_bytes(facades: Server) -> None:
    content = zipped(("pkg/value.py", b"X = 7"), ("data.bin", b"\xff\0"))
    sent = {
        "source_code": base64.b64encode(
            b"import sys, pkg.value\n"
            b"sys.stdout.buffer.write(sys.stdin.buffer.read() + open('data.bin', 'rb').read() + bytes([pkg.value.X]))"
        ).decode(),
        "language_id": "71",
        "stdin": base64.b64encode(b"\xfe").decode(),
        "expected_output": base64.b64encode(b"\xfe\xff\0\x07 \n").decode(),
        "additional_files": content,
    }
    found = facades.client.post("/submissions?wait=true&base64_encoded=true", json=sent).json()
    assert found["status"]["id"] == ACCEPTED, found
    assert base64.b64decode(found["stdout"]) == b"\xfe\xff\0\x07"
    refused = facades.client.post("/submissions", json={**sent, "language_id": 50, "compiler_options": "-fplugin=x"})
    assert refused.status_code == 422


LEAVES: Final = """\
import os
os.mkdir("out")
open("out/plot.png", "wb").write(bytes(range(256)))
open("notes.txt", "w").write("changed")
open("big", "wb").write(bytes(4 << 20))
os.symlink("/etc/passwd", "link")
os.mkfifo("pipe")
raise SystemExit(3)
"""


def test_files_that_a_program_leaves(facades: Server) -> None:
    """As LibreChat's bridge asks for them; what is skipped is in our own response."""
    sent = {
        "source_code": base64.b64encode(LEAVES.encode()).decode(),
        "language_id": 71,
        "max_file_size": 4096,
        "additional_files": zipped(("notes.txt", b"sent"), ("data/in.csv", b"1,2")),
    }
    path = "/submissions?base64_encoded=true&wait=true&fields=token,status,post_execution_filesystem"
    found = facades.client.post(path, json=sent).json()
    assert found["status"]["id"] == 11
    assert files_in(found["post_execution_filesystem"]) == {
        "main.py": LEAVES.encode(),
        "notes.txt": b"changed",
        "data/in.csv": b"1,2",
        "out/plot.png": bytes(range(256)),
    }
    skipped = facades.client.get(f"/api/v1/submissions/{found['token']}").json()["result"]["artifacts_skipped"]
    assert {each["name"]: each["message"] for each in skipped} == {
        "big": "too large", "link": "not a regular file", "pipe": "not a regular file"
    }  # fmt: skip


def test_compiler_options_are_of_an_allow_list(facades: Server) -> None:
    program = "int main(void) { return 0; }"
    sent = {"source_code": program, "language_id": 50, "compiler_options": "-o /tmp/x @file"}
    refused = facades.client.post("/submissions", json=sent)
    assert refused.status_code == 422
    assert "not allowed" in refused.json()["compiler_options"][0]
    assert judge(facades, program, 50, compiler_options="-O3 -Wall")["status_id"] == ACCEPTED


def test_a_crowd_is_queued_and_not_refused(facades: Server) -> None:
    """More requests at a time than the queue for sandboxes has places."""
    numbers = range(150)
    with ThreadPoolExecutor(len(numbers)) as threads:
        found = list(threads.map(lambda number: judge(facades, f"print({number})"), numbers))
    assert [each["stdout"] for each in found] == [f"{number}\n" for number in numbers]
