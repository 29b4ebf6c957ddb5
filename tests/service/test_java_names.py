"""Every way in knows the class names of Java programs."""

from pathlib import Path
from typing import Any

from tests.harness.command import zuko
from tests.harness.java import program
from tests.harness.server import Server


def test_judging_knows_the_names_too(server: Server) -> None:
    """The names are known in every sandbox of the submission, and for a checker."""
    checker = (
        "public class Check { public static void main(String[] args) { System.exit(args.length >= 3 ? 42 : 43); } }"
    )
    request: dict[str, Any] = {
        "language": "java",
        "code": program("package a; public class Solution"),
        "cases": [{"input": "7\n", "output": "42\n"}, {"input": "8\n", "output": "48\n"}],
        "time_limit_ms": 5000,
        "wall_time_limit_ms": 15_000,
    }
    response = server.client.post("/api/v1/judge", json=request, timeout=120).json()
    assert (response["verdict"], response["message"]) == ("AC", None), response
    checked = {**request, "checker": {"language": "java", "code": checker}}
    response = server.client.post("/api/v1/judge", json=checked, timeout=120).json()
    assert (response["verdict"], response["message"]) == ("AC", None), response


def test_the_command_line_knows_the_names_too(tmp_path: Path) -> None:
    path = tmp_path / "Answer.java"
    path.write_text(program("package a; public class Solution"))
    assert zuko("run", path, given=b"7\n").stdout == b"42\n"


def test_a_problem_package_knows_the_names_too(tmp_path: Path) -> None:
    """This holds for a file, and for a directory whose first file by name is not the main one."""
    files = {
        "problem.yaml": "problem_format_version: 2025-09\nname: Six\nuuid: 0d8ad2a1-9a7a-4c7f\n",
        "data/secret/1.in": "7\n",
        "data/secret/1.ans": "42\n",
        "submissions/accepted/Solution.java": program("package a; public class Solution"),
        "submissions/accepted/several/Distance.java": "package a; class Distance { static int six() { return 6; } }",
        "submissions/accepted/several/Solve.java": program(
            "package a; public class Solve",
            "System.out.println(new java.util.Scanner(System.in).nextInt() * Distance.six());",
        ),
    }
    for name, text in files.items():
        path = tmp_path / "six" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    submissions = tmp_path / "six" / "submissions" / "accepted"
    judged = zuko("judge", tmp_path / "six", submissions / "Solution.java", submissions / "several")
    assert (judged.returncode, judged.stdout.count(b"AC  Accepted")) == (0, 2), judged
