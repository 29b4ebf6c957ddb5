"""Judging over HTTP, with real sandboxes: a real server, real submissions, real checkers and interactors."""

import contextlib
import http.client
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx2
import pytest

import docker
from tests.conftest import Server, wait_for
from tests.dockerd import NEEDS_DOCKERD, Dockerd
from zuko.languages import LANGUAGES
from zuko.settings import Settings

SETTINGS: Final = Settings()
ANSWER_FIELDS: Final = {
    *("verdict", "message", "decided_by", "points", "max_points", "time_used_ms", "wall_time_ms", "memory_used_kb"),
    *("cases", "groups", "skipped", "compile_output", "messages_truncated"),
}
CASE_FIELDS: Final = {
    *("name", "group", "verdict", "message", "time_used_ms", "wall_time_ms", "memory_used_kb"),
    *("points", "diff", "checker_message", "borderline", "attempts"),
}
ECHO: Final = "import sys; sys.stdout.write(sys.stdin.read())"
PATIENT: Final = {"wall_time_limit_ms": 15_000}  # where CPU time is the matter: cores may be busy with others
SUM: Final = "print(sum(map(int, input().split())))"
SUM_CASES: Final = [{"input": "1 2\n", "output": "3\n"}, {"input": "2 2\n", "output": "4\n"}]


def post(server: Server, code: str, cases: list[dict[str, Any]], **fields: Any) -> httpx2.Response:
    body = {"language": "python", "code": code, "cases": cases, **fields}
    return server.client.post("/api/v1/judge", json=body, timeout=120)


def judge(server: Server, code: str, cases: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """The answer to a submission that the service must accept."""
    response = post(server, code, cases, **fields)
    assert response.status_code == 200, response.text
    return response.json()


def verdicts(answer: dict[str, Any]) -> list[str]:
    return [case["verdict"] for case in answer["cases"]]


def echo(*outputs: str, answer: str = "") -> list[dict[str, Any]]:
    """Cases whose inputs a program that echoes prints."""
    return [{"input": output, "output": answer} for output in outputs]


@pytest.fixture(scope="module")
def impatient(docker_client: docker.DockerClient) -> Iterator[Server]:
    """A server that gives checkers little time: they may take what a request may ask for at the most."""
    env = {"ZUKO_TIMEOUT_MAX_S": "1", "ZUKO_TIMEOUT_DEFAULT_S": "1", "ZUKO_MEMORY_LIMIT_MAX_MIB": "128"}
    with Server(env) as running:
        yield running.wait_ready()


# --- the contract -------------------------------------------------------------------------------------------------


def test_answer(server: Server) -> None:
    """Every field, with a right and a wrong case."""
    cases = [{"input": "1 2\n", "output": "3\n"}, {"name": "two", "input": "2 2\n", "output": "5\n"}]
    answer = judge(server, SUM, cases)
    assert answer.keys() == ANSWER_FIELDS
    assert (answer["verdict"], answer["message"], answer["decided_by"]) == ("WA", "a token differs", "two")
    assert (answer["points"], answer["max_points"], answer["groups"], answer["skipped"]) == (None, None, [], [])
    assert answer["compile_output"] is None
    right, wrong = answer["cases"]
    assert right.keys() == wrong.keys() == CASE_FIELDS
    assert (right["name"], right["verdict"], right["message"], right["diff"]) == ("1", "AC", None, None)
    assert (wrong["name"], wrong["verdict"]) == ("two", "WA")
    assert wrong["diff"] == "line 1, column 1, token 1: expected “5”, got “4”"
    for case in (right, wrong):
        assert case["time_used_ms"] > 1
        assert case["wall_time_ms"] > 1
        assert case["memory_used_kb"] > 5000
        assert case["attempts"] == [
            {name: case[name] for name in ("time_used_ms", "wall_time_ms", "memory_used_kb")}
        ], "one run, which counts"
    for name in ("time_used_ms", "wall_time_ms", "memory_used_kb"):
        assert answer[name] == max(right[name], wrong[name]), "of the slowest, of the largest"


def test_accepted(server: Server) -> None:
    answer = judge(server, SUM, SUM_CASES)
    assert (answer["verdict"], answer["message"], answer["decided_by"]) == ("AC", None, None)
    assert verdicts(answer) == ["AC", "AC"]


def test_empty_input_is_the_default(server: Server) -> None:
    assert judge(server, "import sys; print(repr(sys.stdin.read()))", [{"output": "''"}])["verdict"] == "AC"


def test_code_may_be_empty(server: Server) -> None:
    assert judge(server, "", [{"output": ""}])["verdict"] == "AC"


def test_several_files(server: Server) -> None:
    files = [{"name": "helper.py", "content": "def add(a, b):\n    return a + b\n"}]
    answer = judge(server, "import helper; print(helper.add(*map(int, input().split())))", SUM_CASES, files=files)
    assert answer["verdict"] == "AC"
    header = [{"name": "add.h", "content": "long add(long, long);\n"}]
    source = [{"name": "add.cpp", "content": '#include "add.h"\nlong add(long a, long b) { return a + b; }\n'}]
    code = (
        '#include "add.h"\n#include <iostream>\nint main() { long a, b; std::cin >> a >> b; std::cout << add(a, b); }'
    )
    answer = judge(server, code, SUM_CASES, language="c++", files=header + source)
    assert answer["verdict"] == "AC"


BODY: Final[dict[str, Any]] = {"language": "python", "code": SUM, "cases": SUM_CASES}
PROGRAM: Final[dict[str, Any]] = {"language": "python", "code": ""}
MOST_MS: Final = SETTINGS.timeout_max_s * 1000
MOST_KB: Final = SETTINGS.memory_limit_max_mib * 1024
LEAST_KB: Final = SETTINGS._memory_held() * 2 // 1024
FILES_MAX: Final = 64


@pytest.mark.parametrize(
    ("changes", "loc", "text"),
    [
        ({"language": None}, ["language"], "string"),
        ({"language": "cobol"}, ["language"], "supported: c, cpp"),
        ({"code": 7}, ["code"], "string"),
        ({"code": "x" * (SETTINGS.code_limit_bytes + 1)}, ["code"], str(SETTINGS.code_limit_bytes)),
        ({"files": [{"name": "../a", "content": ""}]}, ["files"], "'../a' is no name"),
        ({"files": [{"name": "main.py", "content": ""}]}, ["files"], "'main.py' is there twice"),
        ({"files": [{"name": "a", "content": ""}] * 2}, ["files"], "'a' is there twice"),
        ({"files": [{"name": f"f{n}", "content": ""} for n in range(FILES_MAX + 1)]}, ["files"], str(FILES_MAX)),
        ({"files": [{"name": "a", "content": "x" * (SETTINGS.code_limit_bytes + 1)}]}, ["files"], "262144 bytes"),
        ({"files": [{"name": "a"}]}, ["files", 0, "content"], "required"),
        ({"files": [{"name": "a", "content": "", "mode": 1}]}, ["files", 0, "mode"], "not permitted"),
        ({"cases": []}, ["cases"], "at least 1"),
        ({"cases": None}, ["cases"], "array"),
        ({"cases": [{"input": ""}]}, ["cases", 0, "output"], "required"),
        ({"cases": [{"output": 1}]}, ["cases", 0, "output"], "string"),
        ({"cases": [{"output": "", "answer": ""}]}, ["cases", 0, "answer"], "not permitted"),
        ({"cases": [{"output": "", "points": -1}]}, ["cases", 0, "points"], "greater than or equal to 0"),
        ({"cases": [{"output": "", "points": 1e10}]}, ["cases", 0, "points"], "less than or equal to 1000000000"),
        ({"cases": [{"output": "", "points": "1"}]}, ["cases", 0, "points"], "number"),
        ({"cases": [{"output": "", "name": "x" * 201}]}, ["cases", 0, "name"], "200"),
        ({"cases": [{"output": "", "group": "g"}]}, ["cases"], "'g' is none of groups"),
        ({"cases": [{"output": "", "name": "a"}] * 2}, ["cases"], "two have one name"),
        ({"cases": [{"output": "", "name": "2"}, {"output": ""}]}, ["cases"], "two have one name"),
        ({"cases": [{"output": ""}] * (SETTINGS.judge_cases_max + 1)}, ["cases"], str(SETTINGS.judge_cases_max)),
        ({"groups": [{"name": ""}]}, ["groups", 0, "name"], "at least 1"),
        ({"groups": [{"name": "g", "aggregation": "median"}]}, ["groups", 0, "aggregation"], "'pass_fail'"),
        ({"groups": [{"name": "g"}] * 2}, ["groups"], "two have one name"),
        ({"checker": {"kind": "magic"}}, ["checker", "builtin", "kind"], "'sorted_lines'"),
        ({"checker": {"tolerance": 1}}, ["checker", "builtin", "tolerance"], "not permitted"),
        ({"checker": {"kind": "floats"}}, ["checker"], "give an absolute or a relative one"),
        ({"checker": {"absolute_tolerance": 1}}, ["checker"], "tokens knows no tolerance"),
        ({"checker": {"kind": "exact", "case_sensitive": False}}, ["checker"], "exact is case-sensitive"),
        ({"checker": {"kind": "lines", "space_sensitive": True}}, ["checker"], "rule for white space"),
        ({"checker": {"kind": "floats", "absolute_tolerance": -1}}, ["checker", "builtin", "absolute_tolerance"], "0"),
        ({"checker": {"code": ""}}, ["checker", "program", "language"], "required"),
        ({"checker": {"language": "python"}}, ["checker", "program", "code"], "required"),
        ({"checker": {"language": "cobol", "code": ""}}, ["checker"], "checker: no language 'cobol'"),
        ({"checker": PROGRAM | {"convention": "cms"}}, ["checker", "program", "convention"], "'testlib'"),
        ({"checker": PROGRAM | {"arguments": ["a\0b"]}}, ["checker", "program", "arguments", 0], "match"),
        ({"checker": PROGRAM | {"arguments": ["x" * 201]}}, ["checker", "program", "arguments", 0], "200"),
        ({"checker": PROGRAM | {"arguments": ["x"] * 65}}, ["checker", "program", "arguments"], "64"),
        ({"checker": PROGRAM | {"code": "x" * (SETTINGS.code_limit_bytes + 1)}}, ["checker"], "262144 bytes"),
        ({"checker": PROGRAM | {"files": [{"name": "../a", "content": ""}]}}, ["checker"], "'../a' is no name"),
        ({"checker": PROGRAM | {"files": [{"name": "judge.ans", "content": ""}]}}, ["checker"], "of the judge's"),
        ({"interactor": PROGRAM | {"files": [{"name": "a/b", "content": ""}]}}, ["interactor"], "'a/b' is no name"),
        ({"interactor": {"language": "python"}}, ["interactor", "code"], "required"),
        ({"time_limit_ms": 0}, ["time_limit_ms"], "greater than or equal to 1"),
        ({"time_limit_ms": 1.5}, ["time_limit_ms"], "integer"),
        ({"time_limit_ms": None}, ["time_limit_ms"], "integer"),
        ({"time_limit_ms": MOST_MS + 1}, ["time_limit_ms"], f"from 1 to {MOST_MS} ms"),
        ({"wall_time_limit_ms": 0}, ["wall_time_limit_ms"], "greater than or equal to 1"),
        ({"wall_time_limit_ms": MOST_MS + 1}, ["wall_time_limit_ms"], f"from 1 to {MOST_MS} ms"),
        ({"memory_limit_kb": 0}, ["memory_limit_kb"], "greater than or equal to 1"),
        ({"memory_limit_kb": LEAST_KB - 1}, ["memory_limit_kb"], f"from {LEAST_KB} to {MOST_KB} KB"),
        ({"memory_limit_kb": MOST_KB + 1}, ["memory_limit_kb"], f"from {LEAST_KB} to {MOST_KB} KB"),
        ({"output_limit_kb": 0}, ["output_limit_kb"], "greater than or equal to 1"),
        ({"output_limit_kb": 16385}, ["output_limit_kb"], "from 1 to 16384 KB"),
        ({"stop_at_failure": 1}, ["stop_at_failure"], "boolean"),
        ({"workers": 0}, ["workers"], "greater than or equal to 1"),
        ({"workers": 1025}, ["workers"], "1024"),
        ({"timeout": 3}, ["timeout"], "not permitted"),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else None,
)
def test_what_is_refused(api: httpx2.Client, changes: dict[str, Any], loc: list[str | int], text: str) -> None:
    """422, with the field and its limit, and without an echo of the request."""
    response = api.post("/api/v1/judge", json=BODY | changes)
    assert response.status_code == 422, response.text
    (problem,) = response.json()["detail"]
    assert problem["loc"] == ["body", *loc]
    assert text in problem["msg"]
    assert len(response.content) < 1000


@pytest.mark.parametrize("missing", ["language", "code", "cases"])
def test_what_is_required(api: httpx2.Client, missing: str) -> None:
    response = api.post("/api/v1/judge", json={name: value for name, value in BODY.items() if name != missing})
    assert response.status_code == 422
    assert [problem["loc"] for problem in response.json()["detail"]] == [["body", missing]]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"cases": [', b'{"language": "python", "code": "\\ud800", "cases": []}']
)
def test_what_is_no_request(api: httpx2.Client, body: bytes) -> None:
    response = api.post("/api/v1/judge", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][0] == "body"


def test_points_that_are_no_number(api: httpx2.Client) -> None:
    for value in ("NaN", "Infinity", "-Infinity"):
        body = b'{"language": "python", "code": "", "cases": [{"output": "", "points": %s}]}' % value.encode()
        response = api.post("/api/v1/judge", content=body, headers={"content-type": "application/json"})
        assert response.status_code == 422, value


def test_highest_limits_are_accepted(server: Server) -> None:
    answer = judge(
        server,
        SUM,
        SUM_CASES[:1],
        time_limit_ms=MOST_MS,
        wall_time_limit_ms=MOST_MS,
        memory_limit_kb=MOST_KB,
        output_limit_kb=16384,
        workers=1024,
    )
    assert answer["verdict"] == "AC"
    assert judge(server, SUM, SUM_CASES[:1], memory_limit_kb=LEAST_KB)["verdict"] == "AC"


@pytest.mark.parametrize("name", ["python3", "py", "pypy3", "js", "c17", "c++20", "cpp20"])
def test_aliases(server: Server, name: str) -> None:
    """The names that other judges use."""
    programs = {
        "py": "print(3)",
        "js": "console.log(3)",
        "c1": 'int puts(const char *);\nint main(void) { puts("3"); }',
        "c+": "#include <iostream>\nint main() { std::cout << 3; }",
    }
    code = programs["c+" if name == "cpp20" else name[:2]]
    assert judge(server, code, [{"output": "3"}], language=name)["verdict"] == "AC"


def test_every_alias_is_known_to_execute(api: httpx2.Client) -> None:
    """Nothing is run: a field behind the language is refused."""
    for language in LANGUAGES.values():
        for alias in (language.name, *language.aliases):
            response = api.post("/api/v1/execute", json={"language": alias, "code": "", "time_limit_ms": MOST_MS + 1})
            assert response.status_code == 422, alias


# --- verdicts -----------------------------------------------------------------------------------------------------


def test_compile_error(server: Server) -> None:
    """No case is run, and the compiler's words are there."""
    answer = judge(server, "int main() { return x; }", SUM_CASES, language="cpp")
    assert (answer["verdict"], answer["cases"], answer["skipped"]) == ("CE", [], ["1", "2"])
    assert "was not declared" in answer["compile_output"]
    assert "the compiler refused the program" in answer["message"]
    assert (answer["points"], answer["time_used_ms"], answer["decided_by"]) == (None, None, None)


def test_warnings_of_a_program_that_compiles(server: Server) -> None:
    answer = judge(server, "#warning look here\nint main() {}", [{"output": ""}], language="cpp")
    assert answer["verdict"] == "AC"
    assert "look here" in answer["compile_output"]


def test_borderline(server: Server) -> None:
    """Just above its limit of CPU time: run four times, all of them shown, and the verdict is by the best."""
    code = "import time\nwhile time.process_time() < 0.304: pass"
    answer = judge(server, code, [{"output": ""}], time_limit_ms=300, **PATIENT)
    (case,) = answer["cases"]
    assert case["borderline"]
    times = [attempt["time_used_ms"] for attempt in case["attempts"]]
    assert case["verdict"] == ("AC" if min(times) <= 300 else "TLE")
    assert case["time_used_ms"] in times
    assert len(times) == 4 or times[-1] <= 300, "again until one is within the limit"


def test_borderline_within_the_limit(server: Server) -> None:
    """Just below: it is accepted, and run once more for the figures' sake."""
    code = "import time\nwhile time.process_time() < 0.290: pass"
    (case,) = judge(server, code, [{"output": ""}], time_limit_ms=300, **PATIENT)["cases"]
    assert (case["verdict"], case["borderline"]) == ("AC", True)
    assert len(case["attempts"]) >= 2


def test_far_from_its_limit_is_run_once(server: Server) -> None:
    (case,) = judge(server, "while True: pass", [{"output": ""}], time_limit_ms=200, **PATIENT)["cases"]
    assert (case["verdict"], case["borderline"], len(case["attempts"])) == ("TLE", False, 1)
    assert 200 < case["time_used_ms"] < 300
    (case,) = judge(server, "print()", [{"output": ""}])["cases"]
    assert (case["verdict"], case["borderline"], len(case["attempts"])) == ("AC", False, 1)


def test_order_and_workers(server: Server) -> None:
    """Cases come in the request's order, whatever ended first, and one worker says what many say."""
    code = "import time; n = int(input()); time.sleep(0.2 if n % 3 == 0 else 0); print(n if n != 5 else 0)"
    cases = [{"name": f"case {n}", "input": f"{n}\n", "output": f"{n}\n", "points": n} for n in range(8)]
    told = []
    for workers in (1, 2, None):
        answer = judge(server, code, cases, **({} if workers is None else {"workers": workers}))
        assert [case["name"] for case in answer["cases"]] == [case["name"] for case in cases]
        told.append([(case["verdict"], case["points"], case["diff"]) for case in answer["cases"]])
        assert (answer["verdict"], answer["decided_by"], answer["points"]) == ("WA", "case 5", 23)
    assert told[0] == told[1] == told[2]


def test_stop_at_failure(server: Server) -> None:
    """What stands behind the first failure is not told, however many ran at a time."""
    cases = echo("a", "b", "a", "a", "a", "a", answer="a")
    for workers in (1, 2):
        answer = judge(server, ECHO, cases, stop_at_failure=True, workers=workers)
        assert verdicts(answer) == ["AC", "WA"]
        assert answer["skipped"] == ["3", "4", "5", "6"]
        assert (answer["verdict"], answer["decided_by"]) == ("WA", "2")


def test_groups_and_points(server: Server) -> None:
    """Sum, minimum, all or nothing; a group that stops keeps others out of it."""
    groups = [
        {"name": "sum"},
        {"name": "min", "aggregation": "min"},
        {"name": "all", "aggregation": "pass_fail", "points": 30},
        {"name": "none", "aggregation": "pass_fail", "points": 40},
        {"name": "stops", "stop_at_failure": True},
    ]
    cases = [
        {"input": text, "output": "a", "points": points, "group": group}
        for text, points, group in (
            *(("a", 1, "sum"), ("b", 2, "sum"), ("a", 4, "sum")),
            *(("a", 5, "min"), ("a", 3, "min")),
            *(("a", 0, "all"), ("a", 0, "all")),
            *(("a", 0, "none"), ("b", 0, "none")),
            *(("b", 7, "stops"), ("a", 7, "stops")),
            ("a", 100, None),
        )
    ]
    answer = judge(server, ECHO, cases, groups=groups)
    assert [(group["name"], group["verdict"], group["points"], group["max_points"]) for group in answer["groups"]] == [
        ("sum", "WA", 5, 7),
        ("min", "AC", 3, 3),
        ("all", "AC", 30, 30),
        ("none", "WA", 0, 40),
        ("stops", "WA", 0, 14),
    ]
    assert (answer["points"], answer["max_points"]) == (138, 194)
    assert answer["skipped"] == ["11"]
    assert [case["points"] for case in answer["cases"]] == [1, 0, 4, 5, 3, 0, 0, 0, 0, 0, 100]


# --- checkers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checker", "answer", "right", "wrong"),
    [
        ({}, "a b\n", "  a\n\nb", "a c"),
        ({"kind": "tokens"}, "a b\n", "a\tb", "A b"),
        ({"kind": "tokens", "case_sensitive": False}, "a b\n", "A B", "a"),
        ({"kind": "tokens", "space_sensitive": True}, "a b\n", "a b\n", "a  b\n"),
        ({"kind": "exact"}, "a b\n", "a b\n", "a b"),
        ({"kind": "lines"}, "a\nb\n", "a  \nb\n\n", "a b"),
        ({"kind": "sorted_lines"}, "a\nb\n", "b\na\n", "a\na\n"),
        ({"kind": "floats", "absolute_tolerance": 0.01}, "1.5\n", "1.509", "1.52"),
        ({"kind": "floats", "relative_tolerance": 0.01}, "1000\n", "1.009e3", "1020"),
        ({"kind": "floats", "absolute_tolerance": 0}, "1.5\n", "1.50", "nan"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_builtin_checkers(server: Server, checker: dict[str, Any], answer: str, right: str, wrong: str) -> None:
    told = judge(server, ECHO, echo(right, wrong, answer=answer), checker=checker)
    assert verdicts(told) == ["AC", "WA"]
    assert told["cases"][1]["diff"]


KATTIS_PYTHON: Final = """
import sys
from pathlib import Path

given, answer, feedback = (Path(name) for name in sys.argv[1:4])
output = sys.stdin.read()
assert given.read_text() == output, "the echo"
feedback.joinpath("judgemessage.txt").write_text(f"{output.strip()} and {answer.read_text()}, {sys.argv[4:]}")
feedback.joinpath("score_multiplier.txt").write_text("0.5")
sys.exit(42 if output.strip() == answer.read_text() else 43)
"""
KATTIS_CPP: Final = """
#include <fstream>
#include <iostream>
#include <string>

int main(int, char **argv) {
    std::string output, answer;
    std::cin >> output;
    std::ifstream(argv[2]) >> answer;
    std::ofstream(std::string(argv[3]) + "judgemessage.txt") << output << " and " << answer << ", ['x', 'y']";
    std::ofstream(std::string(argv[3]) + "score_multiplier.txt") << "0.5";
    return output == answer ? 42 : 43;
}
"""


@pytest.mark.parametrize(("language", "code"), [("python", KATTIS_PYTHON), ("c++", KATTIS_CPP)])
def test_kattis_checker(server: Server, language: str, code: str) -> None:
    """By exit code; its message, its arguments and its share of the points are passed on."""
    cases = [{"input": text, "output": "a", "points": 10} for text in ("a\n", "b\n")]
    checker = {"language": language, "code": code, "arguments": ["x", "y"]}
    answer = judge(server, ECHO, cases, checker=checker)
    assert verdicts(answer) == ["AC", "WA"]
    assert [case["checker_message"] for case in answer["cases"]] == ["a and a, ['x', 'y']", "b and a, ['x', 'y']"]
    assert [case["points"] for case in answer["cases"]] == [5, 0]
    assert answer["cases"][1]["message"] == "b and a, ['x', 'y']"


TESTLIB_PYTHON: Final = """
import sys

given, output, answer = (open(name).read().strip() for name in sys.argv[1:4])
print(f"says {output}" if output != "points" else "points 7.5", file=sys.stderr)
sys.exit({"right": 0, "wrong": 1, "shape": 2, "dirt": 4, "points": 7, "fail": 3, "odd": 99}[output])
"""
TESTLIB_CPP: Final = """
#include <fstream>
#include <iostream>
#include <map>
#include <string>

int main(int, char **argv) {
    std::string output;
    std::ifstream(argv[2]) >> output;
    std::cerr << (output == "points" ? "points 7.5" : "says " + output);
    return std::map<std::string, int>{{"right", 0}, {"wrong", 1}, {"shape", 2}, {"dirt", 4}, {"points", 7},
                                      {"fail", 3}, {"odd", 99}}[output];
}
"""


@pytest.mark.parametrize(("language", "code"), [("python", TESTLIB_PYTHON), ("cpp", TESTLIB_CPP)])
def test_testlib_checker(server: Server, language: str, code: str) -> None:
    """Exit codes 0, 1, 2, 4 and 7 as testlib has them; 3 is its failure, and so is any other."""
    outputs = ("right", "wrong", "shape", "dirt", "points", "fail", "odd")
    cases = [{"input": text, "output": "", "points": 1} for text in outputs]
    answer = judge(server, ECHO, cases, checker={"language": language, "code": code, "convention": "testlib"})
    assert verdicts(answer) == ["AC", "WA", "WA", "WA", "AC", "JE", "JE"]
    assert [case["points"] for case in answer["cases"]] == [1, 0, 0, 0, 7.5, 0, 0]
    assert answer["cases"][1]["message"] == "says wrong"
    assert answer["verdict"] == "JE", "of the whole, whatever else is wrong"


def test_checker_with_files(server: Server) -> None:
    files = [{"name": "rules.py", "content": "def right(output):\n    return output == 'a'\n"}]
    code = "import sys, rules; sys.exit(42 if rules.right(sys.stdin.read()) else 43)"
    answer = judge(server, ECHO, echo("a", "b"), checker={"language": "python", "code": code, "files": files})
    assert verdicts(answer) == ["AC", "WA"]


BROKEN: Final = {
    "crashes": ("python", "1 / 0", "exit code 1"),
    "is-killed": ("python", "import os; os.abort()", "SIGABRT"),
    "hangs": ("python", "import time; time.sleep(99)", "wall time"),
    "computes": ("python", "while True: pass", "stopped"),
    "floods": ("python", "while True: print('x' * 999)", "too much"),
    "fills-memory": ("python", "x = [b'x' * (1 << 20) for _ in range(1 << 12)]", "memory"),
    "does-not-compile": ("cpp", "int main() { return x; }", "was not declared"),
    "says-nothing": ("python", "", "exit code 0"),
    "scores-nonsense": (
        "python",
        "import sys; open(sys.argv[3] + 'score.txt', 'w').write('many'); sys.exit(42)",
        "score is no number",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_checker_is_the_judge_s_error(impatient: Server, name: str) -> None:
    """Never a wrong answer, and never the submission's fault."""
    language, code, text = BROKEN[name]
    answer = judge(
        impatient, ECHO, echo("a", answer="a"), checker={"language": language, "code": code}, time_limit_ms=900
    )
    assert verdicts(answer) == ["JE"]
    assert answer["verdict"] == "JE"
    assert text in answer["message"]


def test_a_broken_checker_is_not_asked_about_a_submission_that_failed(server: Server) -> None:
    answer = judge(server, "1 / 0", [{"output": ""}], checker={"language": "python", "code": "1 / 0"})
    assert (answer["verdict"], answer["message"]) == ("RTE", "ended with exit code 1")


def test_a_checker_cannot_be_reached(server: Server) -> None:
    """A submission that prints what a checker would say gets no further by it."""
    code = "open('judgemessage.txt', 'w').write('AC'); open('score.txt', 'w').write('9'); print(42)"
    checker = {"language": "python", "code": "import sys, os; print(os.listdir()); sys.exit(43)"}
    answer = judge(server, code, [{"output": "", "points": 1}], checker=checker)
    assert (answer["verdict"], answer["points"], answer["cases"][0]["checker_message"]) == ("WA", 0, None)


# --- interaction --------------------------------------------------------------------------------------------------

GUESS: Final = """
import sys
from pathlib import Path

hidden = int(Path(sys.argv[1]).read_text())

def end(code, message):
    Path(sys.argv[3], "judgemessage.txt").write_text(message)
    sys.exit(code)

for _ in range(10):
    line = sys.stdin.readline(100).strip()
    if not line.isdigit():
        end(43, "that is no number")
    guess = int(line)
    print("correct" if guess == hidden else "lower" if hidden < guess else "higher", flush=True)
    if guess == hidden:
        end(42, "found")
end(43, "too many questions")
"""
BISECT: Final = """
low, high = 1, 1000
while True:
    guess = (low + high) // 2
    print(guess, flush=True)
    match input():
        case "correct": break
        case "lower": high = guess - 1
        case "higher": low = guess + 1
"""
GUESSES: Final = [{"input": f"{hidden}\n", "output": ""} for hidden in (1, 500, 777, 1000)]


def interact(server: Server, code: str, talks: str = GUESS, **fields: Any) -> dict[str, Any]:
    fields = {"interactor": {"language": "python", "code": talks}, "cases": GUESSES[2:3], **fields}
    return judge(server, code, **fields)


def test_interactive_problem(server: Server) -> None:
    answer = interact(server, BISECT, cases=GUESSES)
    assert verdicts(answer) == ["AC"] * 4
    assert [case["checker_message"] for case in answer["cases"]] == ["found"] * 4
    assert all(case["time_used_ms"] > 1 for case in answer["cases"])


def test_interactive_problem_in_other_languages(server: Server) -> None:
    code = """
#include <iostream>
#include <string>
int main() {
    int low = 1, high = 1000;
    for (std::string word; word != "correct";) {
        int guess = (low + high) / 2;
        std::cout << guess << std::endl;
        std::cin >> word;
        (word == "lower" ? high : low) = word == "lower" ? guess - 1 : guess + 1;
    }
}
"""
    talks = """
#include <fstream>
#include <iostream>
int main(int, char **argv) {
    int hidden, guess;
    std::ifstream(argv[1]) >> hidden;
    for (int i = 0; i < 10 && std::cin >> guess; i++) {
        std::cout << (guess == hidden ? "correct" : hidden < guess ? "lower" : "higher") << std::endl;
        if (guess == hidden) return 42;
    }
    return 43;
}
"""
    answer = interact(server, code, language="cpp", interactor={"language": "cpp", "code": talks}, cases=GUESSES)
    assert verdicts(answer) == ["AC"] * 4


SUBMISSIONS: Final = {
    "asks-too-much": ("for n in range(1, 1001):\n    print(n, flush=True)\n    input()", "WA", "too many questions"),
    "answers-nonsense": ("print('x', flush=True); input()", "WA", "that is no number"),
    "crashes": ("print(1, flush=True); input(); 1 / 0", "RTE", "exit code 1"),
    "crashes-at-once": ("1 / 0", "RTE", "exit code 1"),
    "is-silent": ("import time; time.sleep(99)", "TLE", "wall time"),
    "is-silent-and-computes": ("while True: pass", "TLE", "CPU time"),
    "floods": ("while True: print('1' * 99)", "WA", "too many questions"),
    "floods-without-line-ends": ("import sys\nwhile True: sys.stdout.write('1' * 4096)", "WA", ""),
    "floods-standard-error": ("import sys\nwhile True: sys.stderr.write('1' * 4096)", "OLE", "stderr"),
    "ends-early": ("print(1, flush=True)", "WA", "that is no number"),
    "says-nothing-and-ends": ("", "WA", "that is no number"),
    "closes-its-output": ("import os, time; os.close(1); time.sleep(99)", "TLE", "wall time"),
    "fills-memory": ("x = [b'x' * (1 << 20) for _ in range(1 << 12)]", "MLE", "memory"),
    "does-not-flush": ("print(1)\ninput()\ninput()", "TLE", "wall time"),
}


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_who_talks_wrongly(server: Server, name: str) -> None:
    """The submission's own verdict, or what the interactor has found."""
    code, verdict, text = SUBMISSIONS[name]
    answer = interact(server, code, time_limit_ms=300, wall_time_limit_ms=1000)
    assert (answer["verdict"], text in (answer["message"] or "")) == (verdict, True), answer["message"]


def test_who_ignores_the_end_of_its_input(server: Server) -> None:
    """The interactor has said "right" and gone; what goes on for ever gets the time limit that it passed."""
    answer = interact(server, f"{BISECT}\nwhile True: pass", time_limit_ms=300)
    assert answer["verdict"] == "TLE"
    answer = interact(server, f"{BISECT}\nimport time; time.sleep(99)", time_limit_ms=300, wall_time_limit_ms=600)
    assert answer["verdict"] == "TLE"


def test_who_crashes_after_the_right_answer(server: Server) -> None:
    assert interact(server, f"{BISECT}\n1 / 0")["verdict"] == "RTE"


INTERACTORS: Final = {
    "crashes": ("1 / 0", "exit code 1"),
    "hangs": ("import time; time.sleep(99)", "wall time"),
    "computes": ("while True: pass", "stopped"),
    "floods": ("while True: print('x' * 999, flush=True)", "too much"),
    "ends-with-another-code": ("import sys; sys.exit(7)", "exit code 7"),
    "says-nothing": ("", "exit code 0"),
}


@pytest.mark.parametrize("name", INTERACTORS)
def test_a_broken_interactor_is_the_judge_s_error(impatient: Server, name: str) -> None:
    """Against a submission that listens to whatever comes and ends when that does."""
    code, text = INTERACTORS[name]
    listener = "import sys\nprint(1, flush=True)\nfor line in sys.stdin: pass"
    answer = interact(impatient, listener, code, time_limit_ms=900)
    assert answer["verdict"] == "JE", answer["message"]
    assert text in answer["message"]


def test_an_interactor_that_does_not_compile(server: Server) -> None:
    answer = interact(server, BISECT, interactor={"language": "cpp", "code": "int main() { return x; }"})
    assert answer["verdict"] == "JE"
    assert "was not declared" in answer["message"]


def test_an_interactive_program_sees_no_input_of_the_case(server: Server) -> None:
    """What the interactor reads as a file is what the submission is to find out."""
    code = "import os; print(os.listdir(), flush=True); print(input())"
    interactor = (
        "import sys; line = sys.stdin.readline(); open(sys.argv[3] + 'judgemessage.txt', 'w').write(line); sys.exit(43)"
    )
    answer = interact(server, code, interactor)
    assert answer["message"] == "['main.py']"


# --- secrets and leftovers ----------------------------------------------------------------------------------------

SEARCH: Final = """
import ctypes, glob, os, re, sys

SECRET = ("swordfish" "-%s-").encode()[:10]  # not as one word in this source
found = []

def look(where, data):
    for at in re.finditer(re.escape(SECRET), data):
        if data[at.end():at.end() + 6].isdigit():
            found.append(f"{where}: {data[at.start():at.start() + 20]!r}")

look("environment", "\\0".join(f"{key}={value}" for key, value in os.environ.items()).encode())
look("standard input", sys.stdin.buffer.read())
for top, folders, names in os.walk("/", followlinks=False):
    folders[:] = [name for name in folders if os.path.join(top, name) not in ("/sys", "/usr", "/lib")]
    for name in names:
        path = os.path.join(top, name)
        if not path.startswith("/proc/") and os.path.isfile(path) and not os.path.islink(path):
            try:
                with open(path, "rb") as file:
                    look(path, file.read(1 << 24))
            except OSError:
                pass
for process in glob.glob("/proc/[0-9]*") + ["/proc/self"]:
    for name in ("environ", "cmdline"):
        try:
            with open(f"{process}/{name}", "rb") as file:
                look(f"{process}/{name}", file.read())
        except OSError:
            pass
    for descriptor in glob.glob(f"{process}/fd/*"):
        try:
            if os.path.isfile(descriptor):
                with open(descriptor, "rb") as file:
                    look(descriptor, file.read(1 << 24))
        except OSError:
            pass
    if process in ("/proc/self", f"/proc/{os.getpid()}"):
        continue
    try:
        with open(f"{process}/maps") as maps, open(f"{process}/mem", "rb", 0) as memory:
            for line in maps:
                low, high = (int(part, 16) for part in line.split()[0].split("-"))
                memory.seek(low)
                look(f"{process}/mem", memory.read(min(high - low, 1 << 24)))
    except OSError:
        pass
libc = ctypes.CDLL(None, use_errno=True)
for key in range(64):  # System V shared memory
    if libc.shmget(key, 0, 0) >= 0:
        found.append(f"shared memory {key}")
print("found", found)
"""


def test_expected_outputs_are_never_in_the_sandbox(server: Server) -> None:
    """Files, environment, descriptors, other processes' memory: no trace of this case's answer, nor of the others'."""
    secrets = [f"swordfish-{number:06}" for number in (193750, 284611, 375522)]
    answer = judge(
        server,
        SEARCH,
        [{"input": "x\n", "output": f"{secret}\n"} for secret in secrets],
        checker={"kind": "exact"},
        time_limit_ms=10_000,
        workers=1,
    )
    assert verdicts(answer) == ["WA"] * 3
    for case in answer["cases"]:
        assert "got “found [" in case["diff"], case["diff"]
        assert "found []" in case["diff"], case["diff"]


def test_the_search_would_find_it(server: Server) -> None:
    """Put where it looks, the same secret is found: the test above is not blind."""
    answer = judge(
        server,
        SEARCH,
        [{"input": "swordfish-193750\n", "output": ""}],
        files=[{"name": "notes.txt", "content": "swordfish-284611"}],
        checker={"kind": "exact"},
        time_limit_ms=10_000,
    )
    (case,) = answer["cases"]
    assert "found []" not in case["diff"]


LEAVE: Final = """
import ctypes, mmap, os, signal, subprocess, sys, time

def traces():
    for folder in ("/tmp", "/dev/shm", "/dev/mqueue", "/workspace"):
        for name in os.listdir(folder):
            if (folder, name) not in {("/workspace", "main.py"), ("/workspace", "data.txt")}:
                yield f"{folder}/{name}"
    if open("data.txt").read() != "as it was sent":
        yield "data.txt was changed"
    if not open("main.py").read().endswith("time.sleep(60)\\n"):
        yield "main.py was changed"
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (1, os.getpid()):
            yield f"process {name}"
    libc = ctypes.CDLL(None)
    if libc.shmget(4711, 0, 0) >= 0:
        yield "shared memory"
    if libc.semget(4711, 0, 0) >= 0:
        yield "semaphores"
    if libc.msgget(4711, 0) >= 0:
        yield "a message queue"
    if os.getpriority(os.PRIO_PROCESS, 0) != 0:
        yield "its priority"

print(sorted(traces()))
sys.stdout.flush()
libc = ctypes.CDLL(None)
libc.shmget(4711, 4096, 0o1600)
libc.semget(4711, 1, 0o1600)
libc.msgget(4711, 0o1600)
for folder in ("/tmp", "/dev/shm", "/workspace"):
    open(f"{folder}/left", "w").write("left")
    os.mkdir(f"{folder}/.hidden")
    open(f"{folder}/.hidden/left", "w").write("left")
    os.chmod(f"{folder}/.hidden", 0)
for name in ("main.py", "data.txt"):
    os.chmod(name, 0o600)
    open(name, "a").write("\\n# LEFT\\n")
os.unlink("main.py")
open("main.py", "w").write("print([])  # LEFT")
os.nice(5)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.close(0), os.close(1), os.close(2)
        time.sleep(60)
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_of_a_case_is_left_for_the_next(server: Server, workers: int) -> None:
    """Files, processes, shared memory, its own source: every case finds what was sent, and nothing else."""
    answer = judge(
        server,
        LEAVE,
        [{"output": "[]\n"}] * 5,
        files=[{"name": "data.txt", "content": "as it was sent"}],
        checker={"kind": "exact"},
        workers=workers,
    )
    assert verdicts(answer) == ["AC"] * 5, [case["diff"] for case in answer["cases"]]


def test_a_binary_cannot_change_itself(server: Server) -> None:
    """What was compiled is out of the program's reach, by its path, by /proc and by its own memory."""
    code = r"""
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile int changed = 0;

int main() {
    char path[256] = {};
    if (readlink("/proc/self/exe", path, sizeof path - 1) < 0) puts("no path");
    int opened = open("/proc/self/exe", O_RDWR);
    if (opened >= 0) {
        puts("open for writing");
        if (ftruncate(opened, 0) == 0) puts("cut");
    }
    int readable = open("/proc/self/exe", O_RDONLY);
    void *mapped = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, readable, 0);
    if (mapped != MAP_FAILED) memset(mapped, 0, 4096), puts("mapped for writing");
    if (unlink("main") == 0) puts("removed");
    if (FILE *file = fopen("main", "w")) fputs("#!/bin/false\n", file), fclose(file);
    if (access("left", F_OK) == 0) puts("a trace");
    if (FILE *file = fopen("left", "w")) fclose(file);
    printf("%d\n", changed);
    changed = 1;
}
"""
    answer = judge(server, code, [{"output": "0\n"}] * 4, language="cpp", checker={"kind": "exact"}, workers=1)
    assert verdicts(answer) == ["AC"] * 4, [case["diff"] for case in answer["cases"]]


# --- events -------------------------------------------------------------------------------------------------------


def events(server: Server, **fields: Any) -> Iterator[tuple[str, dict[str, Any], float]]:
    """Each event as it comes: its name, its data, and when; a comment has the name ""."""
    body = {**BODY, **fields}
    headers = {"accept": "text/event-stream"}
    with server.client.stream("POST", "/api/v1/judge", json=body, headers=headers, timeout=120) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in response.iter_lines():
            if line.startswith(":"):
                yield "", {}, time.monotonic()
            elif line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: ")), time.monotonic()


def test_events(server: Server) -> None:
    """One event a case when it ends, and then the judgement, which is what comes without events."""
    code = "import time; n = int(input()); time.sleep(n); print(n)"
    cases = [{"input": f"{n}\n", "output": f"{n}\n"} for n in (0, 1, 0)]
    told = list(events(server, code=code, cases=cases, workers=1))
    assert [name for name, _, _ in told] == ["case", "case", "case", "judgement"]
    assert [data["name"] for _, data, _ in told[:3]] == ["1", "2", "3"]
    assert told[1][2] - told[0][2] > 0.8, "the first did not wait for the second"
    *_, (_, judgement, _) = told
    assert judgement.keys() == ANSWER_FIELDS
    assert judgement["cases"] == [data for _, data, _ in told[:3]]


def test_events_of_a_compile_error(server: Server) -> None:
    ((name, data, _),) = events(server, language="cpp", code="x")
    assert (name, data["verdict"]) == ("judgement", "CE")


def test_refusals_are_the_same_with_events(api: httpx2.Client) -> None:
    response = api.post("/api/v1/judge", json=BODY | {"time_limit_ms": 0}, headers={"accept": "text/event-stream"})
    assert (response.status_code, response.headers["content-type"]) == (422, "application/json")


@pytest.mark.slow
def test_silence_is_commented(server: Server) -> None:
    """A proxy that cuts silent connections after half a minute hears something before."""
    limits = {"time_limit_ms": 100, "wall_time_limit_ms": 17_000}
    told = list(events(server, code="import time; time.sleep(60)", cases=SUM_CASES[:1], **limits))
    assert [name for name, _, _ in told] == ["", "case", "judgement"]


def busy(server: Server) -> int:
    return int(server.client.get("/readyz").json()["sandboxes_busy"])


SLEEPS: Final = {"code": "import time; time.sleep(15)", "wall_time_limit_ms": 20_000, "cases": SUM_CASES * 5}


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_a_client_that_goes_frees_its_sandboxes(server: Server, accept: str) -> None:
    """Within a second, while it runs as well as before it has begun."""
    body = json.dumps(BODY | SLEEPS).encode()
    wait_for(lambda: busy(server) == 0, 30, "the server to be idle")
    for patience_s in (1.0, 0.0):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            head = f"POST /api/v1/judge HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nContent-Type: application/json\r\n"
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            if patience_s:
                wait_for(lambda: busy(server) > 0, 10, "the submission to run")
        wait_for(lambda: busy(server) == 0, 1.5, "its sandboxes to be free")
    assert judge(server, SUM, SUM_CASES)["verdict"] == "AC"


# --- capacity, faults, limits -------------------------------------------------------------------------------------


def test_large_bodies(server: Server) -> None:
    """More than a request to execute may have, and more than nothing is too much."""
    big = "x" * (SETTINGS.input_limit_bytes - 1) + "\n"
    cases = [{"input": big, "output": big}] * 2
    body = {"language": "python", "code": ECHO, "cases": cases}
    assert len(json.dumps(body)) > SETTINGS.body_limit_bytes
    assert judge(server, ECHO, cases)["verdict"] == "AC"


def test_too_large_a_body_is_refused_unread(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", "/api/v1/judge")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(SETTINGS.judge_body_limit_bytes + 1))
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert str(SETTINGS.judge_body_limit_bytes) in json.loads(response.read())["detail"][0]["msg"]
    connection.close()


def test_no_capacity(own_server: Callable[..., Server]) -> None:
    """503 with Retry-After, with events too, while another is judged; and a borrowed sandbox is given back."""
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_QUEUE_SIZE="0")
    with ThreadPoolExecutor(1) as clients:
        first = clients.submit(judge, server, "import time; time.sleep(1)", [{"output": ""}] * 2)
        wait_for(lambda: busy(server) == 1, 10, "the first to run")
        for accept in ("application/json", "text/event-stream"):
            response = server.client.post("/api/v1/judge", json=BODY, headers={"accept": accept})
            assert response.status_code == 503
            assert response.json()["reason"] == "no_capacity"
            assert response.headers["retry-after"] == "1"
        assert first.result()["verdict"] == "AC"


def test_many_cases_leave_room_for_others(own_server: Callable[..., Server]) -> None:
    """Sandboxes beyond the first are borrowed: who comes meanwhile waits for a case and not for all of them."""
    server = own_server(ZUKO_CONCURRENCY="2")
    with ThreadPoolExecutor(1) as clients:
        long = clients.submit(judge, server, "import time; time.sleep(0.5)", [{"output": ""}] * 20)
        wait_for(lambda: busy(server) == 2, 10, "both sandboxes to be used")
        start = time.monotonic()
        with httpx2.Client(base_url=server.url, timeout=60) as other:
            answer = other.post("/api/v1/execute", json={"language": "python", "code": "print(1)"}).json()
        assert answer["stdout"] == "1\n"
        assert time.monotonic() - start < 3
        wait_for(lambda: busy(server) == 2, 5, "the second one to be borrowed again")
        assert long.result()["verdict"] == "AC"


def test_draining(own_server: Callable[..., Server]) -> None:
    """What runs is judged to its end; what comes then gets 503."""
    server = own_server(ZUKO_CONCURRENCY="1")
    told: list[str] = []

    def listen() -> None:
        told.extend(name for name, _, _ in events(server, code="import time; time.sleep(0.7); print(3)"))

    listener = threading.Thread(target=listen)
    listener.start()
    wait_for(lambda: busy(server) == 1, 10, "the submission to run")
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: server.get_status("/readyz") == 503, 10, "the server to drain")
    with httpx2.Client(base_url=server.url, timeout=60) as other:
        response = other.post("/api/v1/judge", json=BODY)
    assert (response.status_code, response.json()["reason"]) == (503, "shutting_down")
    listener.join(30)
    assert told == ["case", "case", "judgement"]


def test_deadline(own_server: Callable[..., Server]) -> None:
    """Cases that might not end in time are not begun: the judge's error, and never a shorter time limit."""
    server = own_server(ZUKO_JUDGE_TIMEOUT_S="3", ZUKO_CONCURRENCY="1")
    limits = {"time_limit_ms": 500, "wall_time_limit_ms": 1500}
    answer = judge(server, "import time; time.sleep(1)", [{"output": ""}] * 4, **limits)
    assert verdicts(answer)[0] == "AC"
    assert verdicts(answer)[-1] == "JE"
    assert (answer["verdict"], answer["message"]) == ("JE", "no time was left for it")


def test_settings_bound_the_cases_and_the_workers(own_server: Callable[..., Server]) -> None:
    server = own_server(ZUKO_JUDGE_CASES_MAX="2", ZUKO_JUDGE_WORKERS="1", ZUKO_JUDGE_OUTPUT_LIMIT_BYTES="2048")
    response = post(server, SUM, [{"output": ""}] * 3)
    assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, ["body", "cases"])
    response = post(server, SUM, SUM_CASES, output_limit_kb=3)
    assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, ["body", "output_limit_kb"])
    with ThreadPoolExecutor(1) as clients:
        slow = {"code": "import time; time.sleep(0.5)", "cases": [{"output": ""}] * 2, "output_limit_kb": 2}
        answer = clients.submit(judge, server, workers=8, **slow)
        wait_for(lambda: busy(server) == 1, 10, "it to run")
        assert max(busy(server) for _ in range(10)) == 1
        told = answer.result()
        assert told["verdict"] == "AC", (told["message"], told["compile_output"])


@pytest.mark.parametrize("language", ["python", "cpp"])
def test_a_sandbox_that_is_killed_in_mid_case(
    own_server: Callable[..., Server], docker_client: docker.DockerClient, language: str
) -> None:
    """The case is run again in another sandbox, and the answer is as if nothing had been."""
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_READY_LANGUAGES=language)
    code = {
        "python": "import time; time.sleep(1.5); print(6)",
        "cpp": '#include <cstdio>\n#include <unistd.h>\nint main() { usleep(1500000); puts("6"); }',
    }[language]
    told = []
    for name, data, _ in events(server, language=language, code=code, cases=[{"output": "6\n"}] * 3):
        if name == "case" and len(told) == 0:
            time.sleep(0.3)  # into the second case
            docker_client.api.kill(running(server, docker_client)[0])
        told.append((name, data["verdict"]))
    assert told == [("case", "AC")] * 3 + [("judgement", "AC")]
    wait_for(lambda: busy(server) == 0, 5, "the sandbox to be given back")


def running(server: Server, client: docker.DockerClient) -> list[str]:
    """The containers in which a program runs beside the supervisor."""
    found = []
    for container_id in server.containers(client):
        with contextlib.suppress(docker.errors.APIError):  # gone since, or not started yet
            if len(client.api.top(container_id)["Processes"]) > 1:
                found.append(container_id)
    return found


def test_a_sandbox_that_is_killed_while_it_compiles(
    own_server: Callable[..., Server], docker_client: docker.DockerClient
) -> None:
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_READY_LANGUAGES="cpp")
    code = "#include <iostream>\n#include <map>\n#include <regex>\nint main() { std::cout << 1; }"
    with ThreadPoolExecutor(1) as clients:
        answer = clients.submit(judge, server, code, [{"output": "1"}], language="cpp", time_limit_ms=5000)

        wait_for(lambda: running(server, docker_client), 10, "the compiler to run")
        docker_client.api.kill(running(server, docker_client)[0])
        told = answer.result()
        assert told["verdict"] == "AC", (told["message"], told["compile_output"])


@pytest.mark.slow
@NEEDS_DOCKERD[0]
@NEEDS_DOCKERD[1]
def test_image_missing() -> None:
    """503 that names the command, in Go's case and not in Python's: that engine has Python's image alone."""
    with Dockerd() as engine, Server({"DOCKER_HOST": engine.url, "ZUKO_CONCURRENCY": "1"}) as server:
        server.wait_ready()
        response = post(server, "", [{"output": ""}], language="go")
        assert response.status_code == 503
        assert response.json()["reason"] == "image_missing"
        assert "`make images LANGUAGES=go`" in response.json()["message"]
        assert judge(server, SUM, SUM_CASES)["verdict"] == "AC"
        # A checker's language is the problem setter's business: the submission is not to blame, and may be sent again.
        answer = judge(server, SUM, SUM_CASES, checker={"language": "go", "code": ""})
        assert answer["verdict"] == "JE"
        assert "`make images LANGUAGES=go`" in answer["message"]


# --- limits of execute --------------------------------------------------------------------------------------------


def test_execute_takes_several_files(server: Server) -> None:
    files = [{"name": "helper.py", "content": "word = 'helped'"}, {"name": "data.txt", "content": "é"}]
    answer = server.execute("import helper; print(helper.word, open('data.txt').read())", files=files)
    assert answer["stdout"] == "helped é\n"


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"time_limit_ms": 0}, "time_limit_ms", "1"),
        ({"time_limit_ms": MOST_MS + 1}, "time_limit_ms", f"from 1 to {MOST_MS} ms"),
        ({"wall_time_limit_ms": 0}, "wall_time_limit_ms", "1"),
        ({"wall_time_limit_ms": MOST_MS + 1}, "wall_time_limit_ms", f"from 1 to {MOST_MS} ms"),
        ({"wall_time_limit_ms": 5, "timeout": 1}, "wall_time_limit_ms", "two words for one limit"),
        ({"memory_limit_kb": LEAST_KB - 1}, "memory_limit_kb", f"from {LEAST_KB} to {MOST_KB} KB"),
        ({"memory_limit_kb": MOST_KB + 1}, "memory_limit_kb", f"from {LEAST_KB} to {MOST_KB} KB"),
        ({"memory_limit_kb": 1.5}, "memory_limit_kb", "integer"),
        ({"files": [{"name": "/etc/passwd", "content": ""}]}, "files", "is no name"),
        ({"files": [{"name": "main.py", "content": ""}]}, "files", "twice"),
    ],
)
def test_execute_refuses(api: httpx2.Client, fields: dict[str, Any], field: str, text: str) -> None:
    response = api.post("/api/v1/execute", json={"language": "python", "code": "", **fields})
    assert response.status_code == 422
    (problem,) = response.json()["detail"]
    assert problem["loc"] == ["body", field]
    assert text in problem["msg"]


def test_execute_with_limits_of_time(server: Server) -> None:
    answer = server.execute("while True: pass", time_limit_ms=200)
    assert (answer["status"], answer["reason"]) == ("TIMEOUT", "cpu_time_limit")
    assert 200 <= answer["time_used_ms"] < 300
    answer = server.execute("import time; time.sleep(9)", wall_time_limit_ms=250)
    assert (answer["status"], answer["reason"]) == ("TIMEOUT", "wall_time_limit")
    assert 250 <= answer["wall_time_ms"] < 700
    answer = server.execute("import time; time.sleep(0.4); print(1)", time_limit_ms=200, wall_time_limit_ms=2000)
    assert (answer["status"], answer["stdout"]) == ("OK", "1\n")


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
    answer = server.execute(code.format(size=memory_mib), memory_limit_kb=memory_mib * 1024)
    assert (answer["status"], answer["reason"]) == ("RUNTIME_ERROR", "memory_limit")
    assert f"{memory_mib} MiB" in answer["message"]


def test_a_limit_is_no_longer_there_for_the_next(own_server: Callable[..., Server]) -> None:
    """A sandbox that is used again has the limit of who uses it, and the compiler has its own."""
    server = own_server(ZUKO_SANDBOX_MAX_RUNS="100", ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1")
    assert server.execute("print(1)", memory_limit_kb=LEAST_KB)["status"] == "OK"
    size = "x = b'x' * (100 << 20); print(len(x))"
    assert server.execute(size)["stdout"] == f"{100 << 20}\n"
    hello = "#include <bits/stdc++.h>\nint main() { std::cout << 1; }"
    for _ in range(2):
        answer = server.execute(hello, language="cpp", memory_limit_kb=LEAST_KB)
        assert (answer["status"], answer["stdout"]) == ("OK", "1"), answer


def test_execute_says_compile_error(server: Server) -> None:
    answer = server.execute("int main() { return x; }", language="c++")
    assert (answer["status"], answer["reason"]) == ("COMPILE_ERROR", "compile_failed")
    assert "was not declared" in answer["compile_output"]
    assert (answer["exit_code"], answer["time_used_ms"], answer["stdout"]) == (None, None, "")
    answer = server.execute("int main() { return 3; }", language="c")
    assert (answer["status"], answer["exit_code"], answer["compile_output"]) == ("RUNTIME_ERROR", 3, "")
    assert "compile_output" not in server.execute("print(1)")
