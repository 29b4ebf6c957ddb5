"""Stored problems over HTTP and on the command line, with a real engine: pushed, judged by, verified, deleted."""

import gzip
import http.client
import io
import json
import os
import sqlite3
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.harness import command
from tests.harness.problem_store import YAML, write_package
from tests.harness.server import Server
from tests.harness.waiting import wait_for

PROBLEMS: Final = "/api/v1/problems"
SUM: Final = "print(sum(map(int, input().split())))\n"
LARGE_CASE: Final = "1 2" + " " * (10 << 20) + "\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("problems")


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Server]:
    env = {
        "ZUKO_STORE": f"sqlite:///{place}/store.db",
        "ZUKO_PROBLEM_CACHE": str(place / "cache"),
        "ZUKO_CONCURRENCY": "2",
        "ZUKO_PACKAGE_LIMIT_BYTES": str(32 << 20),
        "ZUKO_PACKAGE_UNPACKED_BYTES": str(64 << 20),
        "ZUKO_PACKAGE_FILES_MAX": "300",
    }
    with Server(env) as server:
        yield server.wait_ready()


def zipped(package: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(package.rglob("*")):
            archive.write(path, path.relative_to(package))
    return content.getvalue()


def tarred(package: Path) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:xz") as archive:
        archive.add(package, package.name)
    return content.getvalue()


def put(server: Server, name: str, content: bytes) -> httpx2.Response:
    return server.client.put(f"{PROBLEMS}/{name}", content=content)


def push(server: Server, package: Path, name: str) -> dict[str, Any]:
    response = put(server, name, zipped(package))
    assert response.status_code in (200, 201), response.text
    stored: dict[str, Any] = response.json()
    return stored


def judge(server: Server, **fields: Any) -> dict[str, Any]:
    response = server.client.post("/api/v1/judge", json={"language": "python", "code": SUM, **fields})
    assert response.status_code == 200, response.text
    judgement: dict[str, Any] = response.json()
    return judgement


def submitted(server: Server, **fields: Any) -> dict[str, Any]:
    response = server.client.post("/api/v1/submissions", json={"language": "python", "code": SUM, **fields})
    assert response.status_code == 202, response.text
    ended = server.client.get(response.json()["url"], params={"wait": 50})
    assert ended.status_code == 200, ended.text
    submission: dict[str, Any] = ended.json()
    assert submission["state"] in ("done", "failed"), submission
    return submission


def zuko(server: Server, *arguments: str | Path, code: int = 0) -> str:
    result = command.zuko("problems", *arguments, ZUKO_URL=server.url)
    assert result.returncode == code, result.stdout + result.stderr
    return (result.stdout + result.stderr).decode()


def test_a_problem_is_pushed_and_judged_by(server: Server, tmp_path: Path) -> None:
    package = write_package(tmp_path / "sums", {"secret/1": ("1 2\n", "3\n"), "secret/2": ("2 3\n", "5\n")})
    response = put(server, "sums", zipped(package))
    assert response.status_code == 201
    assert response.headers["location"] == f"{PROBLEMS}/sums@1"
    assert (response.json()["version"], response.json()["cases"], response.json()["time_limit_ms"]) == (1, 2, 1000)
    assert put(server, "sums", tarred(package)).status_code == 200, "the same files, in another archive"

    judgement = judge(server, problem="sums")
    assert (judgement["verdict"], [case["name"] for case in judgement["cases"]]) == ("AC", ["secret/1", "secret/2"])

    (package / "data/secret/2.ans").write_text("6\n")
    assert push(server, package, "sums")["version"] == 2
    assert judge(server, problem="sums")["verdict"] == "WA"
    assert judge(server, problem="sums@1")["verdict"] == "AC"
    newest = submitted(server, problem="sums")
    assert (newest["problem"], newest["result"]["verdict"]) == ("sums@2", "WA")
    first = submitted(server, problem="sums@1")
    assert (first["problem"], first["result"]["verdict"]) == ("sums@1", "AC")

    assert [each["version"] for each in server.client.get(f"{PROBLEMS}/sums/versions").json()["problems"]] == [2, 1]
    assert server.client.get(f"{PROBLEMS}/sums@1").json()["version"] == 1
    listed = server.client.get(PROBLEMS).json()["problems"]
    assert [(each["name"], each["version"]) for each in listed if each["name"] == "sums"] == [("sums", 2)]


def test_events_of_a_judging_by_a_problem(server: Server, tmp_path: Path) -> None:
    push(server, write_package(tmp_path / "events"), "events")
    body = {"language": "python", "code": SUM, "problem": "events"}
    response = server.client.post("/api/v1/judge", json=body, headers={"accept": "text/event-stream"})
    assert [line for line in response.text.splitlines() if line.startswith("event:")] == [
        "event: case",
        "event: judgement",
    ]


def test_test_data_come_to_a_worker_once(place: Path, server: Server, tmp_path: Path) -> None:
    """A second process of the machine reads the 10 MB from the disk, and each keeps them in memory."""
    push(server, write_package(tmp_path / "large", {"secret/1": (LARGE_CASE, "3\n")}), "large")
    assert judge(server, problem="large")["verdict"] == "AC"
    database = sqlite3.connect(place / "store.db")
    with database:
        database.execute("update part set content = x'00' where size > 10000000")
    database.close()
    assert judge(server, problem="large")["verdict"] == "AC"
    assert submitted(server, problem="large")["result"]["verdict"] == "AC"
    env = {"ZUKO_STORE": f"sqlite:///{place}/store.db", "ZUKO_PROBLEM_CACHE": str(place / "cache")}
    with Server({**env, "ZUKO_WORKER_SLOTS": "0"}) as other:
        other.wait_ready()
        assert judge(other, problem="large")["verdict"] == "AC"


def test_a_deleted_problem(server: Server, tmp_path: Path) -> None:
    push(server, write_package(tmp_path / "gone"), "gone")
    assert judge(server, problem="gone")["verdict"] == "AC"
    assert server.client.delete(f"{PROBLEMS}/gone").status_code == 204
    for response in (
        server.client.delete(f"{PROBLEMS}/gone"),
        server.client.get(f"{PROBLEMS}/gone"),
        server.client.get(f"{PROBLEMS}/gone/versions"),
        server.client.post(f"{PROBLEMS}/gone/verify"),
    ):
        assert response.status_code == 404
        assert response.json()["detail"][0]["type"] == "not_found"
    for path in ("/api/v1/judge", "/api/v1/submissions"):
        response = server.client.post(path, json={"language": "python", "code": SUM, "problem": "gone"})
        assert response.status_code == 422
        assert response.json()["detail"][0]["loc"] == ["body", "problem"]
    assert push(server, write_package(tmp_path / "gone"), "gone")["version"] == 2, "numbers are not used again"


@pytest.fixture(scope="module")
def stored(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the name of a problem that is there."""
    push(server, write_package(tmp_path_factory.mktemp("beside")), "beside")
    return "beside"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"cases": [{"output": ""}]}, "cases"),
        ({"time_limit_ms": 1000}, "time_limit_ms"),
        ({"checker": {"kind": "exact"}}, "checker"),
        ({"problem": "Sums"}, "problem"),
        ({"problem": "sums@0"}, "problem"),
        ({"problem": "../sums"}, "problem"),
    ],
)
def test_what_stands_beside_a_problem_is_refused(
    server: Server, stored: str, fields: dict[str, Any], field: str
) -> None:
    body = {"language": "python", "code": SUM, "problem": stored, **fields}
    for path in ("/api/v1/judge", "/api/v1/submissions"):
        response = server.client.post(path, json=body)
        assert response.status_code == 422
        assert response.json()["detail"][0]["loc"][-1] == field


# --- packages that are refused --------------------------------------------------------------------------------------


def tar_of(*entries: tuple[str, bytes | str], kind: bytes = tarfile.REGTYPE) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in entries:
            entry = tarfile.TarInfo(name)
            if isinstance(data, str):
                entry.type, entry.linkname = kind, data
                archive.addfile(entry)
            else:
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    return content.getvalue()


def many_files() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(100_000):
            archive.writestr(f"data/secret/{number}.in", b"")
    return content.getvalue()


BASE: Final = (("problem.yaml", YAML.encode()), (".timelimit", b"1"))
HOSTILE: Final = {
    "a link that leads out": (tar_of(*BASE, ("data", "/etc"), kind=tarfile.SYMTYPE), "data"),
    "a link up": (tar_of(*BASE, ("data/x", "../../../etc/passwd"), kind=tarfile.SYMTYPE), "data/x"),
    "a hard link out": (tar_of(*BASE, ("data/x", "../../etc/passwd"), kind=tarfile.LNKTYPE), ".."),
    "a path up": (tar_of(*BASE, ("../x", b"x")), "../x"),
    "an absolute path": (tar_of(*BASE, ("/tmp/zuko-hostile", b"x")), "/tmp/zuko-hostile"),
    "a device": (tar_of(*BASE, ("data/x", ""), kind=tarfile.CHRTYPE), "data/x"),
    "a bomb": (tar_of(*BASE, *((f"data/secret/{number}.in", b"\0" * (20 << 20)) for number in range(5))), "archive"),
    "a bomb of nothing": (gzip.compress(b"\0" * (70 << 20)), "problem.yaml"),
    "a bomb in a file": (tar_of(*BASE, ("data/secret/1.in", b"\0" * (65 << 20))), "archive"),
    "no archive": (b"what is this", "archive"),
    "an empty body": (b"", "archive"),
    "a name that is not UTF-8": (tar_of(*BASE, (os.fsdecode(b"data/secret/caf\xe9.in"), b"1\n")), "data"),
    "no problem.yaml": (tar_of(("data/secret/1.in", b"1\n")), "problem.yaml"),
    "no time limit": (tar_of(("problem.yaml", YAML.encode()), ("data/secret/1.in", b"1")), "data"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_archives(server: Server, what: str) -> None:
    """Each is refused with the place, in a short message, and nothing of it is left."""
    content, place = HOSTILE[what]
    response = put(server, "hostile", content)
    assert response.status_code == 422, response.text
    (error,) = response.json()["detail"]
    assert error["type"] == "problem"
    assert place in error["msg"]
    assert len(response.content) < 1000
    assert server.client.get(f"{PROBLEMS}/hostile").status_code == 404
    assert not Path("/tmp/zuko-hostile").exists()


def test_a_hundred_thousand_files(server: Server) -> None:
    content = many_files()
    began = time.monotonic()
    response = put(server, "hostile", content)
    assert response.status_code == 422
    assert "300 files and directories" in response.json()["detail"][0]["msg"]
    assert time.monotonic() - began < 20


def test_a_body_that_is_too_large(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("PUT", f"{PROBLEMS}/hostile")
    connection.putheader("content-length", str(1 << 40))
    connection.endheaders()
    declared = connection.getresponse()
    assert (declared.status, declared.getheader("connection")) == (413, "close")
    declared.close()
    connection.close()

    def blocks() -> Iterator[bytes]:
        for _ in range(40):
            yield b"\0" * (1 << 20)

    try:
        response = server.client.put(f"{PROBLEMS}/hostile", content=blocks())
        assert response.status_code == 413
    except httpx2.TransportError:
        pass  # the service closes the connection instead of reading on; the response may be lost then
    assert server.get_status("/healthz") == 200


@pytest.mark.parametrize("name", ["Sums", ".sums", "a" * 65, "a b", "ä"])
def test_names(server: Server, name: str) -> None:
    response = put(server, name, b"")
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["path", "name"]


def test_a_package_without_a_time_limit(server: Server, tmp_path: Path) -> None:
    response = put(server, "timeless", zipped(write_package(tmp_path / "timeless", time_limit="")))
    assert response.status_code == 422
    assert ".timelimit" in response.json()["detail"][0]["msg"]


# --- verification ---------------------------------------------------------------------------------------------------


def verifiable(directory: Path) -> Path:
    package = write_package(directory, {"secret/1": ("1 2\n", "3\n"), "secret/2": ("2 3\n", "5\n")})
    for path, code in (
        ("wrong_answer/three.py", "print(3)\n"),
        ("time_limit_exceeded/loop.py", "while True: pass\n"),
        ("accepted/old.py2", "print 3\n"),
    ):
        (package / "submissions" / path).parent.mkdir(exist_ok=True)
        (package / "submissions" / path).write_text(code)
    return package


def test_a_problem_is_verified(server: Server, tmp_path: Path) -> None:
    push(server, verifiable(tmp_path / "good"), "good")
    response = server.client.post(f"{PROBLEMS}/good/verify")
    assert response.status_code == 202
    url = response.headers["location"]
    assert response.json()["url"] == url
    found = server.client.get(url, params={"wait": 50}).json()
    assert (found["state"], found["problem"]) == ("done", "good@1")
    results = {each["submission"]: each for each in found["submissions"]}
    assert {path: each["verdict"] for path, each in results.items()} == {
        "accepted/add.py": "AC",
        "accepted/old.py2": None,
        "time_limit_exceeded/loop.py": "TLE",
        "wrong_answer/three.py": "WA",
    }
    assert found["ok"] is True
    assert "not supported" in results["accepted/old.py2"]["message"]
    one = server.client.get(f"/api/v1/submissions/{results['wrong_answer/three.py']['id']}").json()
    assert one["labels"] == {"zuko/verification": found["id"], "zuko/submission": "wrong_answer/three.py"}
    assert len(one["result"]["cases"]) == 2, "all cases were run, although the first failed"
    assert server.client.get(f"{PROBLEMS}/good/verifications/none").status_code == 404


def test_the_command_line(server: Server, tmp_path: Path) -> None:
    package = verifiable(tmp_path / "lines")
    assert "lines@1: 2 cases, 1 s" in zuko(server, "push", package)
    assert "files are those of the newest version" in zuko(server, "push", package, "--name", "lines")
    (package / "data/secret/1.ans").write_text("4\n")
    (tmp_path / "lines.zip").write_bytes(zipped(package))
    printed = zuko(server, "push", tmp_path / "lines.zip", "--verify", code=1)
    assert "lines@2" in printed
    assert "accepted: secret/1 is WA, expected AC" in printed
    assert "2 as claimed, 1 NOT as claimed, 1 without a result" in printed
    printed = zuko(server, "verify", "lines@1")
    assert "3 as claimed" in printed
    assert json.loads(zuko(server, "verify", "lines@1", "--json"))["ok"] is True
    assert "lines@2" in zuko(server, "list")
    shown = zuko(server, "show", "lines")
    assert "lines@1" in shown
    assert "languages: all" in shown
    assert "deleted" in zuko(server, "delete", "lines")
    assert "there is no problem 'lines'" in zuko(server, "show", "lines", code=2)
    (package / "data/secret/a b.in").write_text("1")
    assert "data/secret/a b.in" in zuko(server, "push", package, code=2)
    (package / "data/secret/a b.in").unlink()
    (package / "problem.yaml").write_text("name: [\n")
    assert "problem.yaml" in zuko(server, "push", package, "--name", "lines", code=2)


def test_a_service_that_does_not_answer(server: Server) -> None:
    message = zuko(server, "list", "--url", "http://127.0.0.1:1", code=75)
    assert message.startswith("zuko: http://127.0.0.1:1: no service answers: Connection refused")
    assert "is not the URL of a service" in zuko(server, "list", "--url", "127.0.0.1:1", code=2)


def test_tenants_see_their_own_problems(tmp_path: Path) -> None:
    env = {"ZUKO_STORE": f"sqlite:///{tmp_path}/store.db", "ZUKO_TENANT_HEADER": "X-Tenant"}
    with Server({**env, "ZUKO_PROBLEM_CACHE": str(tmp_path / "cache")}) as server:
        wait_for(lambda: server.get_status("/readyz") == 200, 60, "the server")
        content = zipped(write_package(tmp_path / "own"))
        mine, other = {"x-tenant": "a"}, {"x-tenant": "b"}
        assert server.client.put(f"{PROBLEMS}/own", content=content, headers=mine).status_code == 201
        assert server.client.get(f"{PROBLEMS}/own", headers=mine).status_code == 200
        assert server.client.get(f"{PROBLEMS}/own", headers=other).status_code == 404
        assert server.client.get(f"{PROBLEMS}/own").status_code == 422
        body = {"language": "python", "code": SUM, "problem": "own"}
        assert server.client.post("/api/v1/judge", json=body, headers=mine).json()["verdict"] == "AC"
        assert server.client.post("/api/v1/judge", json=body, headers=other).status_code == 422
        assert "own@1" in zuko(server, "list", "--header", "X-Tenant: a")


def test_files_that_a_problem_adds_are_judged_and_verified_with(server: Server, tmp_path: Path) -> None:
    """A function in Python and in C++, which the package's own driver calls."""
    package = write_package(tmp_path / "driven")
    files = {
        "include/python3/main.py": "from solution import solve\nprint(solve(*map(int, input().split())))\n",
        "include/cpp/main.cpp": "#include <iostream>\nint solve(int, int);\n"
        "int main() { int a, b; std::cin >> a >> b; std::cout << solve(a, b) << std::endl; }\n",
        "submissions/accepted/add.py": SUM,
        "submissions/accepted/solution.py": "def solve(a, b):\n    return a + b\n",
        "submissions/accepted/solve.cpp": "int solve(int a, int b) { return a + b; }\n",
        "submissions/wrong_answer/solution.py": "def solve(a, b):\n    return a - b\n",
    }
    for name, text in files.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    (package / "submissions/accepted/add.py").unlink()
    push(server, package, "driven")
    own = files["submissions/accepted/solution.py"]
    for code, verdict in ((own, "AC"), (own.replace("+", "*"), "WA")):
        assert judge(server, code=code, code_name="solution.py", problem="driven")["verdict"] == verdict
    cpp = judge(server, language="cpp", code=files["submissions/accepted/solve.cpp"], problem="driven")
    assert cpp["verdict"] == "AC", cpp
    begun = server.client.post(f"{PROBLEMS}/driven/verify").json()
    found = server.client.get(begun["url"], params={"wait": 60}).json()
    assert (found["state"], found["ok"]) == ("done", True), found
    assert len(found["submissions"]) == 3
