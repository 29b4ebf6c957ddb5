"""Checkers of judging over HTTP, built-in ones and the problem setter's, in real sandboxes."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.harness.judging import ECHO, echo, judge, verdicts
from tests.harness.server import Server


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
    response = judge(server, ECHO, echo(right, wrong, answer=answer), checker=checker)
    assert verdicts(response) == ["AC", "WA"]
    assert response["cases"][1]["diff"]


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
    """The exit code decides; the checker's message, its arguments and its share of the points are passed on."""
    cases = [{"input": text, "output": "a", "points": 10} for text in ("a\n", "b\n")]
    checker = {"language": language, "code": code, "arguments": ["x", "y"]}
    response = judge(server, ECHO, cases, checker=checker)
    assert verdicts(response) == ["AC", "WA"]
    assert [case["checker_message"] for case in response["cases"]] == ["a and a, ['x', 'y']", "b and a, ['x', 'y']"]
    assert [case["points"] for case in response["cases"]] == [5, 0]
    assert response["cases"][1]["message"] == "b and a, ['x', 'y']"


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
    response = judge(server, ECHO, cases, checker={"language": language, "code": code, "convention": "testlib"})
    assert verdicts(response) == ["AC", "WA", "WA", "WA", "AC", "JE", "JE"]
    assert [case["points"] for case in response["cases"]] == [1, 0, 0, 0, 7.5, 0, 0]
    assert response["cases"][1]["message"] == "says wrong"
    assert response["verdict"] == "JE", "of the whole, whatever else is wrong"


def test_checker_with_files(server: Server) -> None:
    files = [{"name": "rules.py", "content": "def right(output):\n    return output == 'a'\n"}]
    code = "import sys, rules; sys.exit(42 if rules.right(sys.stdin.read()) else 43)"
    response = judge(server, ECHO, echo("a", "b"), checker={"language": "python", "code": code, "files": files})
    assert verdicts(response) == ["AC", "WA"]


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
        "score is not a number",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_checker_is_the_judge_s_error(impatient: Server, name: str) -> None:
    """The verdict is never a wrong answer, because it is not the submission's fault."""
    language, code, text = BROKEN[name]
    response = judge(
        impatient, ECHO, echo("a", answer="a"), checker={"language": language, "code": code}, time_limit_ms=900
    )
    assert verdicts(response) == ["JE"]
    assert response["verdict"] == "JE"
    assert text in response["message"]


def test_a_broken_checker_is_not_asked_about_a_submission_that_failed(server: Server) -> None:
    response = judge(server, "1 / 0", [{"output": ""}], checker={"language": "python", "code": "1 / 0"})
    assert (response["verdict"], response["message"]) == ("RTE", "ended with exit code 1")


def test_a_checker_cannot_be_reached(server: Server) -> None:
    """A submission that prints what a checker would say gets no further by it."""
    code = "open('judgemessage.txt', 'w').write('AC'); open('score.txt', 'w').write('9'); print(42)"
    checker = {"language": "python", "code": "import sys, os; print(os.listdir()); sys.exit(43)"}
    response = judge(server, code, [{"output": "", "points": 1}], checker=checker)
    assert (response["verdict"], response["points"], response["cases"][0]["checker_message"]) == ("WA", 0, None)


KEPT_CHECKER: Final = """
#include <fstream>
#include <iostream>
int main() { std::string said; std::cin >> said; return said == "a" ? 42 : 43; }
"""


def test_a_checker_is_compiled_once(tmp_path: Path) -> None:
    """Its program is kept for other submissions and processes; one that is damaged, or another one, is compiled."""
    env = {"ZUKO_COMPILED_CACHE": str(tmp_path)}

    def kept(server: Server, code: str = KEPT_CHECKER) -> set[int]:
        """Judge, and return the files that are then there: one that is written again is another file."""
        checker = {"language": "cpp", "code": code}
        assert verdicts(judge(server, ECHO, echo("a", "b"), checker=checker)) == ["AC", "WA"]
        return {path.stat().st_ino for path in tmp_path.rglob("*") if path.is_file()}

    with Server(env) as server:
        server.wait_ready()
        first = kept(server)
        assert len(first) == 1
        assert kept(server) == first
    with Server(env) as server:
        server.wait_ready()
        assert kept(server) == first
        both = kept(server, KEPT_CHECKER.replace("std::string", "std::string more, "))
        assert len(both) == 2
        assert first < both
    whole = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for path, content in whole.items():
        path.write_bytes(content[:-1])
    with Server(env) as server:
        server.wait_ready()
        kept(server)
    # The other one is still damaged.
    assert sorted(len(content) - path.stat().st_size for path, content in whole.items()) == [0, 1]
