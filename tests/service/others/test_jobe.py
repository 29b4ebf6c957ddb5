"""Jobe's façade with sandboxes, called as CodeRunner calls it."""

import base64
import hashlib
from typing import Any, Final

import httpx2
import pytest

from tests.harness.server import Server

API: Final = "/jobe/index.php/restapi"
C_FAILS: Final = "#include <stdlib.h>\nint main(void) { abort(); }"
C_RECURSION: Final = "int f(int i) { return i ? f(i + 1) + 1 : 0; }\nint main(int n, char **a) { return f(n); }"
JAVA: Final = "public class Hi { public static void main(String[] a) { System.out.println(new Thing().x); } }"


def post(facades: Server, sourcecode: str, language_id: str = "python3", **run: Any) -> httpx2.Response:
    sent = {"run_spec": {"language_id": language_id, "sourcecode": sourcecode, **run}}
    return facades.client.post(f"{API}/runs", json=sent)


@pytest.mark.parametrize(
    ("sourcecode", "run", "outcome", "stdout"),
    [
        ("print(input())", {"input": "é", "sourcefilename": "__tester__.python3"}, 15, "é\n"),
        ("print(1", {}, 11, ""),
        ("print(1); x", {}, 12, "1\n"),
        ("while True: pass", {"parameters": {"cputime": 0.3}}, 13, ""),
        ("bytearray(500 << 20)", {"parameters": {"memorylimit": 100}}, 17, ""),
        ("import sys; print(sys.argv[1:], sys.dont_write_bytecode)",
         {"parameters": {"runargs": ["a", "b"], "interpreterargs": ["-B"]}}, 15, "['a', 'b'] True\n"),
        ('#include <stdio.h>\nint main(void) { printf("\\300"); return 3; }', {"language_id": "c"}, 15, "\\xc0"),
        ("int main(void) { int x; return 0; }", {"language_id": "c"}, 11, ""),
        (C_FAILS, {"language_id": "c"}, 12, ""),
        (C_RECURSION, {"language_id": "c"}, 12, ""),
        ("#include <iostream>\nint main() { std::cout << 1; }", {"language_id": "cpp"}, 15, "1"),
        ("console.log(1)", {"language_id": "nodejs"}, 15, "1\n"),
    ],
)  # fmt: skip
def test_outcomes(facades: Server, sourcecode: str, run: dict[str, Any], outcome: int, stdout: str) -> None:
    response = post(facades, sourcecode, **run)
    assert response.status_code == 200
    answer = response.json()
    assert (answer["outcome"], answer["stdout"]) == (outcome, stdout), answer


def test_files_are_sent_after_they_were_missed(facades: Server) -> None:
    """CodeRunner sends a run first, and its files only after 404."""
    content = b"class Thing { int x = 7; }"
    file_id = hashlib.md5(content, usedforsecurity=False).hexdigest()
    run: dict[str, Any] = {"language_id": "java", "file_list": [[file_id, "Thing.java"]], "sourcefilename": "Hi.java"}
    missed = post(facades, JAVA, **run)
    assert (missed.status_code, missed.json()) == (
        404, "One or more of the specified files is missing/unavailable"
    )  # fmt: skip
    path = f"{API}/files/{file_id}"
    assert facades.client.head(path).status_code == 404
    sent = {"file_contents": base64.b64encode(content).decode()}
    assert facades.client.put(path, json=sent).status_code == 204
    assert facades.client.head(path).status_code == 204
    assert post(facades, JAVA, **run).json()["stdout"] == "7\n"


def test_what_is_refused(facades: Server) -> None:
    for path, sent, status_code in (
        (f"{API}/files/abcdefgh", {}, 400),
        (f"{API}/files/abcdefgh", {"file_contents": "%"}, 400),
        (f"{API}/files/{'0' * 32}", {"file_contents": "eA=="}, 400),
        (f"{API}/files/..%2f..%2fpasswd", {"file_contents": "eA=="}, 400),
    ):
        response = facades.client.put(path, json=sent)
        assert response.status_code in (status_code, 404), path
        assert isinstance(response.json(), str)
    assert post(facades, "", "matlab").json() == "Language 'matlab' is not known"


def test_languages(facades: Server) -> None:
    found = dict(facades.client.get(f"{API}/languages/").json())
    assert found["python3"].startswith("3.")
    assert {"c", "cpp", "java", "nodejs"} <= set(found)
