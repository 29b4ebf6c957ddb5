"""Judging over HTTP, with real sandboxes: a real server and real submissions."""

import json
import socket
from typing import Any, Final

import httpx2
import pytest

from tests import ROOT
from tests.harness.judging import BODY, ECHO, PATIENT, SUM, SUM_CASES, busy, echo, events, judge, verdicts
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.languages.table import LANGUAGES
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

# --- the contract -------------------------------------------------------------------------------------------------


def test_answer(server: Server) -> None:
    """Every field, with a right and a wrong case."""
    cases = [{"input": "1 2\n", "output": "3\n"}, {"name": "two", "input": "2 2\n", "output": "5\n"}]
    response = judge(server, SUM, cases)
    assert response.keys() == ANSWER_FIELDS
    assert (response["verdict"], response["message"], response["decided_by"]) == ("WA", "a token differs", "two")
    assert (response["points"], response["max_points"], response["groups"], response["skipped"]) == (None, None, [], [])
    assert response["compile_output"] is None
    right, wrong = response["cases"]
    assert right.keys() == wrong.keys() == CASE_FIELDS
    assert (right["name"], right["verdict"], right["message"], right["diff"]) == ("1", "AC", None, None)
    assert (right["points"], wrong["points"]) == (None, None), "nothing has any"
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
        assert response[name] == max(right[name], wrong[name]), "of the slowest, of the largest"


def test_accepted(server: Server) -> None:
    response = judge(server, SUM, SUM_CASES)
    assert (response["verdict"], response["message"], response["decided_by"]) == ("AC", None, None)
    assert verdicts(response) == ["AC", "AC"]


def test_empty_input_is_the_default(server: Server) -> None:
    assert judge(server, "import sys; print(repr(sys.stdin.read()))", [{"output": "''"}])["verdict"] == "AC"


def test_code_may_be_empty(server: Server) -> None:
    assert judge(server, "", [{"output": ""}])["verdict"] == "AC"


def test_several_files(server: Server) -> None:
    files = [{"name": "helper.py", "content": "def add(a, b):\n    return a + b\n"}]
    response = judge(server, "import helper; print(helper.add(*map(int, input().split())))", SUM_CASES, files=files)
    assert response["verdict"] == "AC"
    header = [{"name": "add.h", "content": "long add(long, long);\n"}]
    source = [{"name": "add.cpp", "content": '#include "add.h"\nlong add(long a, long b) { return a + b; }\n'}]
    code = (
        '#include "add.h"\n#include <iostream>\nint main() { long a, b; std::cin >> a >> b; std::cout << add(a, b); }'
    )
    response = judge(server, code, SUM_CASES, language="c++", files=header + source)
    assert response["verdict"] == "AC"


PROGRAM: Final[dict[str, Any]] = {"language": "python", "code": ""}
MOST_MS: Final = SETTINGS.timeout_max_s * 1000
MOST_KB: Final = SETTINGS.memory_limit_max_mib * 1024
LEAST_KB: Final = SETTINGS.memory_bounds_bytes[0] // 1024
FILES_MAX: Final = 64


@pytest.mark.parametrize(
    ("changes", "loc", "text"),
    [
        ({"language": None}, ["language"], "string"),
        ({"language": "intercal"}, ["language"], "unknown language 'intercal'; supported: "),
        ({"code": 7}, ["code"], "string"),
        ({"code": "x" * (SETTINGS.code_limit_bytes + 1)}, ["code"], str(SETTINGS.code_limit_bytes)),
        ({"files": [{"name": "../a", "content": ""}]}, ["files"], "'../a' is not a valid"),
        ({"files": [{"name": "main.py", "content": ""}]}, ["files"], "files: 'main.py' is reserved for `code`"),
        ({"files": [{"name": "a", "content": ""}] * 2}, ["files"], "'a' appears twice"),
        ({"files": [{"name": f"f{n}", "content": ""} for n in range(FILES_MAX + 1)]}, ["files"], str(FILES_MAX)),
        ({"files": [{"name": "a", "content": "x" * (SETTINGS.code_limit_bytes + 1)}]}, ["files"], "262144 bytes"),
        ({"files": [{"name": "a"}]}, ["files", 0, "content"], "required"),
        ({"files": [{"name": "a", "content": "", "mode": 1}]}, ["files", 0, "mode"], "the fields are name, content"),
        ({"cases": []}, ["cases"], "at least 1 entry is needed"),
        ({"cases": None}, ["cases"], "array"),
        ({"cases": [{"input": ""}]}, ["cases", 0, "output"], "required"),
        ({"cases": [{"output": 1}]}, ["cases", 0, "output"], "string"),
        ({"cases": [{"output": "", "answer": ""}]}, ["cases", 0, "answer"], "did you mean output?"),
        ({"cases": [{"output": "", "points": -1}]}, ["cases", 0, "points"], "points must be from 0 to 1000000000"),
        ({"cases": [{"output": "", "points": 1e10}]}, ["cases", 0, "points"], "points must be from 0 to 1000000000"),
        ({"cases": [{"output": "", "points": "1"}]}, ["cases", 0, "points"], "number"),
        ({"cases": [{"output": "", "name": "x" * 201}]}, ["cases", 0, "name"], "200"),
        ({"cases": [{"output": "", "group": "g"}]}, ["cases"], "cases: 1: unknown group 'g'"),
        ({"cases": [{"output": "", "name": "a"}] * 2}, ["cases"], "cases: 2: the name 'a' appears twice"),
        ({"cases": [{"output": "", "name": "2"}, {"output": ""}]}, ["cases"], "cases: 2: the name '2' appears twice"),
        ({"cases": [{"output": ""}] * (SETTINGS.judge_cases_max + 1)}, ["cases"], str(SETTINGS.judge_cases_max)),
        ({"cases": [{"output": ""}] * 10_001}, ["cases"], "at most 10000"),
        ({"groups": [{"name": str(n)} for n in range(1001)]}, ["groups"], "at most 1000"),
        ({"groups": [{"name": ""}]}, ["groups", 0, "name"], "at least 1"),
        ({"groups": [{"name": "g", "aggregation": "median"}]}, ["groups", 0, "aggregation"], "'pass_fail'"),
        ({"groups": [{"name": "g"}] * 2}, ["groups"], "groups: 2: the name 'g' appears twice"),
        ({"checker": {"kind": "magic"}}, ["checker", "kind"], "'sorted_lines'"),
        ({"checker": {"tolerance": 1}}, ["checker", "tolerance"], "did you mean absolute_tolerance or"),
        ({"checker": {"kind": "floats"}}, ["checker"], "needs an absolute or a relative tolerance"),
        ({"checker": {"absolute_tolerance": 1}}, ["checker"], "tokens does not take a tolerance"),
        ({"checker": {"kind": "exact", "case_sensitive": False}}, ["checker"], "exact is always case-sensitive"),
        ({"checker": {"kind": "lines", "space_sensitive": True}}, ["checker"], "rule for white space"),
        ({"checker": {"kind": "floats", "absolute_tolerance": -1}}, ["checker", "absolute_tolerance"], "0"),
        ({"checker": {"code": ""}}, ["checker", "language"], "required"),
        ({"checker": {"language": "python"}}, ["checker", "code"], "required"),
        ({"checker": {"language": "intercal", "code": ""}}, ["checker"], "checker: unknown language 'intercal'"),
        ({"checker": PROGRAM | {"convention": "cms"}}, ["checker", "convention"], "'testlib'"),
        ({"checker": PROGRAM | {"arguments": ["a\0b"]}}, ["checker", "arguments", 0], "match"),
        ({"checker": PROGRAM | {"arguments": ["x" * 201]}}, ["checker", "arguments", 0], "200"),
        ({"checker": PROGRAM | {"arguments": ["x"] * 65}}, ["checker", "arguments"], "64"),
        ({"checker": PROGRAM | {"code": "x" * (SETTINGS.code_limit_bytes + 1)}}, ["checker"], "262144 bytes"),
        (
            {"checker": PROGRAM | {"files": [{"name": "../a", "content": ""}]}},
            ["checker"],
            "'../a' is not a valid",
        ),
        (
            {"checker": PROGRAM | {"files": [{"name": f"f{n}", "content": ""} for n in range(FILES_MAX + 1)]}},
            ["checker", "files"],
            str(FILES_MAX),
        ),
        (
            {"checker": PROGRAM | {"files": [{"name": "judge.ans", "content": ""}]}},
            ["checker"],
            "reserved for the judge",
        ),
        ({"checker": PROGRAM | {"files": [{"name": "main.py", "content": ""}]}}, ["checker"], "is reserved for `code`"),
        (
            {"interactor": PROGRAM | {"files": [{"name": "a/../b", "content": ""}]}},
            ["interactor"],
            "'a/../b' is not a valid",
        ),
        ({"interactor": {"language": "python"}}, ["interactor", "code"], "required"),
        ({"time_limit_ms": 0}, ["time_limit_ms"], f"from 1 to {MOST_MS} ms"),
        ({"time_limit_ms": 1.5}, ["time_limit_ms"], "integer"),
        ({"time_limit_ms": MOST_MS + 1}, ["time_limit_ms"], f"from 1 to {MOST_MS} ms"),
        ({"wall_time_limit_ms": 0}, ["wall_time_limit_ms"], f"from 1 to {MOST_MS} ms"),
        ({"wall_time_limit_ms": MOST_MS + 1}, ["wall_time_limit_ms"], f"from 1 to {MOST_MS} ms"),
        ({"memory_limit_kb": 0}, ["memory_limit_kb"], f"from {LEAST_KB} to {MOST_KB} KB"),
        ({"memory_limit_kb": LEAST_KB - 1}, ["memory_limit_kb"], f"from {LEAST_KB} to {MOST_KB} KB"),
        ({"memory_limit_kb": MOST_KB + 1}, ["memory_limit_kb"], f"from {LEAST_KB} to {MOST_KB} KB"),
        ({"output_limit_kb": 0}, ["output_limit_kb"], "from 1 to 16384 KB"),
        ({"output_limit_kb": 16385}, ["output_limit_kb"], "from 1 to 16384 KB"),
        ({"stop_at_failure": 1}, ["stop_at_failure"], "boolean"),
        ({"workers": 0}, ["workers"], "workers must be from 1 to 1024"),
        ({"workers": 1025}, ["workers"], "workers must be from 1 to 1024"),
        ({"timeout": 3}, ["timeout"], "did you mean time_limit_ms?"),
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
    response = judge(
        server,
        SUM,
        SUM_CASES[:1],
        time_limit_ms=MOST_MS,
        wall_time_limit_ms=MOST_MS,
        memory_limit_kb=MOST_KB,
        output_limit_kb=16384,
        workers=1024,
    )
    assert response["verdict"] == "AC"
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
    """Nothing is run, because the request has an unknown field after its language."""
    for language in LANGUAGES.values():
        for alias in (language.name, *language.aliases):
            response = api.post("/api/v1/execute", json={"language": alias, "code": "", "time_limit_ms": MOST_MS + 1})
            assert response.status_code == 422, alias


# --- verdicts -----------------------------------------------------------------------------------------------------


def test_compile_error(server: Server) -> None:
    """No case is run, and the response has the compiler's messages."""
    response = judge(server, "int main() { return x; }", SUM_CASES, language="cpp")
    assert (response["verdict"], response["cases"], response["skipped"]) == ("CE", [], ["1", "2"])
    assert "was not declared" in response["compile_output"]
    assert "the compiler rejected the program" in response["message"]
    assert (response["points"], response["time_used_ms"], response["decided_by"]) == (None, None, None)


def test_warnings_of_a_program_that_compiles(server: Server) -> None:
    response = judge(server, "#warning look here\nint main() {}", [{"output": ""}], language="cpp")
    assert response["verdict"] == "AC"
    assert "look here" in response["compile_output"]


def test_borderline(server: Server) -> None:
    """Just above its limit of CPU time: run four times, all of them shown, and the verdict is by the best."""
    code = "import time\nwhile time.process_time() < 0.304: pass"
    response = judge(server, code, [{"output": ""}], time_limit_ms=300, **PATIENT)
    (case,) = response["cases"]
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
    result = []
    for workers in (1, 2, None):
        response = judge(server, code, cases, **({} if workers is None else {"workers": workers}))
        assert [case["name"] for case in response["cases"]] == [case["name"] for case in cases]
        result.append([(case["verdict"], case["points"], case["diff"]) for case in response["cases"]])
        assert (response["verdict"], response["decided_by"], response["points"]) == ("WA", "case 5", 23)
    assert result[0] == result[1] == result[2]


def test_stop_at_failure(server: Server) -> None:
    """Results after the first failure are not reported, however many cases ran at the same time."""
    cases = echo("a", "b", "a", "a", "a", "a", answer="a")
    for workers in (1, 2):
        response = judge(server, ECHO, cases, stop_at_failure=True, workers=workers)
        assert verdicts(response) == ["AC", "WA"]
        assert response["skipped"] == ["3", "4", "5", "6"]
        assert (response["verdict"], response["decided_by"]) == ("WA", "2")


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
    response = judge(server, ECHO, cases, groups=groups)
    assert [
        (group["name"], group["verdict"], group["points"], group["max_points"]) for group in response["groups"]
    ] == [
        ("sum", "WA", 5, 7),
        ("min", "AC", 3, 3),
        ("all", "AC", 30, 30),
        ("none", "WA", 0, 40),
        ("stops", "WA", 0, 14),
    ]
    assert (response["points"], response["max_points"]) == (138, 194)
    assert response["skipped"] == ["11"]
    assert [case["points"] for case in response["cases"]] == [1, 0, 4, 5, 3, 0, 0, 0, 0, 0, 100]


def test_groups_without_points(server: Server) -> None:
    """Verdicts alone."""
    cases = [{"input": text, "output": "a", "group": "only"} for text in "ab"]
    response = judge(server, ECHO, cases, groups=[{"name": "only"}])
    assert response["groups"] == [{"name": "only", "verdict": "WA", "points": None, "max_points": None}]
    assert [case["points"] for case in (response, *response["cases"])] == [None] * 3


# --- events -------------------------------------------------------------------------------------------------------


def test_events(server: Server) -> None:
    """One event a case when it ends, and then the judgement, which is what comes without events."""
    code = "import time; n = int(input()); time.sleep(n); print(n)"
    cases = [{"input": f"{n}\n", "output": f"{n}\n"} for n in (0, 1, 0)]
    response = list(events(server, code=code, cases=cases, workers=1))
    assert [name for name, _, _ in response] == ["case", "case", "case", "judgement"]
    assert [data["points"] for _, data, _ in response] == [None] * 4
    assert [data["name"] for _, data, _ in response[:3]] == ["1", "2", "3"]
    assert response[1][2] - response[0][2] > 0.8, "the first did not wait for the second"
    *_, (_, judgement, _) = response
    assert judgement.keys() == ANSWER_FIELDS
    assert judgement["cases"] == [data for _, data, _ in response[:3]]


def test_events_of_a_compile_error(server: Server) -> None:
    ((name, data, _),) = events(server, language="cpp", code="x")
    assert (name, data["verdict"]) == ("judgement", "CE")


def test_refusals_are_the_same_with_events(api: httpx2.Client) -> None:
    response = api.post("/api/v1/judge", json=BODY | {"time_limit_ms": 0}, headers={"accept": "text/event-stream"})
    assert (response.status_code, response.headers["content-type"]) == (422, "application/json")


SLEEPS: Final = {"code": "import time; time.sleep(15)", "wall_time_limit_ms": 20_000, "cases": SUM_CASES * 5}


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_a_client_that_goes_frees_its_sandboxes(server: Server, accept: str) -> None:
    """Within a second, while it runs as well as before it has begun."""
    body = json.dumps(BODY | SLEEPS).encode()
    wait_for(lambda: busy(server) == 0, 30, "the server to be idle")
    for patience_s in (1.0, 0.0):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            head = f"POST /api/v1/judge HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
            head += "Content-Type: application/json\r\n"
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            if patience_s:
                wait_for(lambda: busy(server) > 0, 10, "the submission to run")
        wait_for(lambda: busy(server) == 0, 1.5, "its sandboxes to be free")
    assert judge(server, SUM, SUM_CASES)["verdict"] == "AC"


NO_INTERPRETER: Final = (ROOT / "tests/corpus/compile_attacks/cpp/interpreter_that_is_not_there.cpp").read_text()


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("cpp", NO_INTERPRETER),
        ("go", "package notmain\n\nfunc main() {}\n"),
        ("rust", '#![crate_type = "lib"]\npub fn main() {}\n'),
    ],
)
def test_what_is_no_program_is_a_compile_error(server: Server, language: str, code: str) -> None:
    """As when it is executed: it is the same program."""
    response = judge(server, code, echo("a", "b"), language=language)
    assert (response["verdict"], response["cases"]) == ("CE", [])
    assert response["message"].startswith("the compiled program cannot be executed: No such file")
    executed = server.client.post("/api/v1/execute", json={"language": language, "code": code}).json()
    assert (executed["status"], executed["message"]) == ("COMPILE_ERROR", response["message"])
