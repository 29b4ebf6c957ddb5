"""Files with directories in every language that compiles or imports them, through every way in."""

import json
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.harness.command import zuko

JAVA_MAIN: Final = """package app;
import util.lists.Lists;
public class Main { public static void main(String[] a) {
    System.out.println(Lists.sum(1, 2) + " " + Main.class.getName() + " " + Helper.class.getName());
} }
class Helper {}
"""
JAVA_LISTS: Final = "package util.lists; public class Lists { public static int sum(int a, int b) { return a + b; } }"

PROGRAMS: Final[dict[str, tuple[str, str, dict[str, str], str]]] = {
    "python": ("python", "import pkg.util, pkg.sub.more\nprint(pkg.util.X + pkg.sub.more.Y)",
               {"pkg/__init__.py": "", "pkg/util.py": "X = 1", "pkg/sub/more.py": "Y = 2"}, "3\n"),
    "pypy": ("pypy", "from pkg import util\nprint(util.X, open('data/in.txt').read())",
             {"pkg/util.py": "X = 1", "data/in.txt": "two"}, "1 two\n"),
    "javascript": ("javascript", "console.log(require('./lib/util').x + require('./lib/deep/more').y)",
                   {"lib/util.js": "exports.x = 1", "lib/deep/more.js": "exports.y = 2"}, "3\n"),
    "cpp": ("cpp", '#include <iostream>\n#include "lib/list.h"\nint main() { std::cout << sum(1, 2) << std::endl; }',
            {"lib/list.h": "int sum(int, int);", "lib/impl/list.cpp": '#include "lib/list.h"\n'
             "int sum(int a, int b) { return a + b; }"}, "3\n"),
    "c": ("c", '#include <stdio.h>\n#include "lib/list.h"\nint main() { printf("%d\\n", sum(1, 2)); }',
          {"lib/list.h": "int sum(int, int);",
           "lib/list.c": '#include "list.h"\nint sum(int a, int b) { return a + b; }'}, "3\n"),
    "java": ("java", JAVA_MAIN, {"util/lists/Lists.java": JAVA_LISTS}, "3 app.Main app.Helper\n"),
    "java, no package of its own": (
        "java", JAVA_MAIN.replace("package app;", ""), {"util/lists/Lists.java": JAVA_LISTS}, "3 Main Helper\n"),
    "java, flat": ("java", JAVA_MAIN, {"Lists.java": JAVA_LISTS}, "3 app.Main app.Helper\n"),
    "java, main elsewhere": (
        "java", "package util; public class Solve { public static int x() { return 3; } }",
        {"app/Main.java": "package app; public class Main { public static void main(String[] a)"
         " { System.out.println(util.Solve.x()); } }"}, "3\n"),
    "go": ("go", 'package main\nimport ("fmt"; "./lib")\nfunc main() { fmt.Println(lib.Sum(1, 2)) }',
           {"lib/sum.go": "package lib\nfunc Sum(a, b int) int { return a + b }"}, "3\n"),
    "rust": ("rust", 'mod lib;\nfn main() { println!("{}", lib::deep::sum(1, 2)); }',
             {"lib/mod.rs": "pub mod deep;", "lib/deep.rs": "pub fn sum(a: i32, b: i32) -> i32 { a + b }"}, "3\n"),
}  # fmt: skip


def listed(files: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "content": content} for name, content in files.items()]


@pytest.mark.parametrize("name", PROGRAMS)
def test_execute_and_judge(api: httpx2.Client, name: str) -> None:
    language, code, files, output = PROGRAMS[name]
    program: dict[str, Any] = {"language": language, "code": code, "files": listed(files)}
    run = api.post("/api/v1/execute", json=program).json()
    assert (run["status"], run["stdout"], run["stderr"]) == ("OK", output, ""), run
    cases = [{"output": output}, {"output": output}]
    judged = api.post("/api/v1/judge", json={**program, "cases": cases, "time_limit_ms": 5000}).json()
    assert (judged["verdict"], len(judged["cases"])) == ("AC", 2), judged


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["../x"], "'../x' is not a valid file name"),
        (["/x"], "'/x' is not a valid file name"),
        (["a//b"], "'a//b' is not a valid file name"),
        (["a/b", "a"], "'a' is a file, and a directory of another file"),
        (["main.py/x"], "'main.py' is a file, and a directory of another file"),
        (["a/b", "a/b"], "'a/b' appears twice"),
        (["a/" * 16 + "b"], "is not a valid file name: up to 16 parts between /, 255 characters in all"),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/execute", "/api/v1/judge"])
def test_other_names_are_refused(api: httpx2.Client, names: list[str], message: str, path: str) -> None:
    body: dict[str, Any] = {
        "language": "python",
        "code": "",
        "files": [{"name": each, "content": ""} for each in names],
    }
    if path == "/api/v1/judge":
        body["cases"] = [{"output": ""}]
    response = api.post(path, json=body)
    assert response.status_code == 422, response.text
    assert message in response.text.replace('\\"', '"')


def test_a_checker_has_directories_and_not_the_judge_s_names(api: httpx2.Client) -> None:
    checker: dict[str, Any] = {
        "language": "python",
        "code": "from lib.verdict import CODE\nraise SystemExit(CODE)",
        "files": [{"name": "lib/verdict.py", "content": "CODE = 42"}],
    }
    body: dict[str, Any] = {"language": "python", "code": "", "cases": [{"output": ""}], "checker": checker}
    assert api.post("/api/v1/judge", json=body).json()["verdict"] == "AC"
    checker["files"] = [{"name": "judge.in/x", "content": ""}]
    response = api.post("/api/v1/judge", json=body)
    assert response.status_code == 422
    assert "reserved for the judge" in response.text


def test_the_command_line_takes_directories(tmp_path: Path) -> None:
    for name, text in {
        "main.py": "import pkg.util, pkg.sub.more, sys\nprint(pkg.util.X, pkg.sub.more.Y, open('data.txt').read())",
        "pkg/util.py": "X = 1",
        "pkg/sub/more.py": "Y = 2",
        "pkg/__pycache__/util.pyc": "left out",
        "pkg/.git/HEAD": "left out",
        "data.txt": "three",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run = zuko("run", tmp_path / "main.py", "-f", tmp_path / "pkg", "-f", tmp_path / "data.txt", "--json")
    assert json.loads(run.stdout)["stdout"] == "1 2 three\n", run
    (tmp_path / "many").mkdir()
    for number in range(65):
        (tmp_path / "many" / f"{number}.txt").touch()
    refused = zuko("run", tmp_path / "main.py", "-f", tmp_path / "many")
    assert refused.returncode == 2
    assert b"has more than 64 files" in refused.stderr


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_case_s_files_replace_those_of_a_submission(tmp_path: Path) -> None:
    """The format has it so, for included files too. A file where a directory is due is the submission's fault."""
    files = {
        "problem.yaml": "problem_format_version: 2025-09\nname: Six\nuuid: 0d8ad2a1-9a7a-4c7f\n",
        "data/secret/1.in": "",
        "data/secret/1.ans": "given\n",
        "data/secret/1.files/x.txt": "given\n",
        "data/secret/2.in": "",
        "data/secret/2.ans": "included\n",
        "include/python3/x.txt": "included\n",
        "good/main.py": "print(open('x.txt').read())",
        "good/y.txt": "",
        "same/main.py": "print(open('x.txt').read())",
        "same/x.txt": "own\n",
        "below/main.py": "",
        "below/x.txt/y": "",
    }
    problem = write(tmp_path / "six", files)
    for name in ("good", "same"):
        assert zuko("judge", problem, problem / name).returncode == 0, name
    (problem / "include/python3/x.txt").unlink()
    judged = zuko("judge", problem, problem / "below", "--json")
    verdict = json.loads(judged.stdout)
    assert (verdict["verdict"], judged.returncode) == ("CE", 1), judged
    assert "'x.txt' is a file of the program and a directory of the test case's files" in verdict["message"]
