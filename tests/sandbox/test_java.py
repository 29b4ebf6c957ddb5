"""The class names of Java programs, hostile ones too, run by the real virtual machine."""

from collections.abc import Callable, Iterator

import pytest

from tests.harness.java import program
from tests.harness.submissions import submission
from zuko.engine.engine import Engine
from zuko.execution.blocking import BlockingExecutor
from zuko.execution.command import CommandExecutor
from zuko.languages.rows.jvm import JAVA
from zuko.settings import Settings
from zuko.types import Execution, SourceFile, Status

# --- the real machine ---------------------------------------------------------------------------------------------

Run = Callable[..., Execution]


@pytest.fixture(scope="module")
def java(engine: Engine) -> Iterator[Run]:
    """Execute a Java program with other files."""

    def run(code: str, **files: str) -> Execution:
        others = tuple(SourceFile(f"{name}.java", text.encode()) for name, text in files.items())
        return executor.execute(submission(code, JAVA, "7\n", files=others, wall_time_ms=15_000))

    with BlockingExecutor(CommandExecutor(Settings(), engine)) as executor:
        yield run


@pytest.mark.parametrize(
    "code",
    [
        program("public class Main"),
        program("public class Solution"),
        program("class solve"),
        program("package contest.day1;\n\npublic class Solution"),
        program("/* class A { */ import java.util.*;\n@SuppressWarnings({}) public final class Problem_1"),
        program("class Helper { int x; }\npublic record Point(int x)"),
        program("public enum Only { ONE; void f() {} } class Runner"),
        program("public \\u0063lass Escaped"),
        program("public class Outer { static class Main {} } class Entry"),
    ],
)
def test_a_program_runs_whatever_its_class_is_called(java: Run, code: str) -> None:
    execution = java(code)
    assert (execution.status, execution.stdout, execution.compile_output) == (Status.OK, "42\n", ""), execution


def test_a_package_of_several_files(java: Run) -> None:
    code = "package a;\npublic class Solution { static int six() { return Helper.SIX; } }"
    files = {
        "Helper": "package a; class Helper { static final int SIX = 6; }",
        "Start": program("package a; class Start", "System.out.println(7 * Solution.six());"),
    }
    execution = java(code, **files)
    assert (execution.status, execution.stdout) == (Status.OK, "42\n"), execution


def test_messages_have_the_lines_and_columns_of_the_source(java: Run) -> None:
    execution = java("package a;\npublic class Solution {\n    int x = y;\n}")
    assert execution.status is Status.COMPILE_ERROR
    assert "Solution.java:3: error: cannot find symbol" in (execution.compile_output or "")
    thrown = java(program("package a; public class Solution", "throw new IllegalStateException();"))
    assert "at Solution.main(Solution.java:1)" in thrown.stderr


def test_a_program_that_imports_from_its_own_package_has_packages(java: Run) -> None:
    execution = java(program("package a; import static a.Solution.*; public class Solution"))
    assert (execution.status, execution.stdout) == (Status.OK, "42\n"), execution


def test_a_missing_main_is_a_compile_error(java: Run) -> None:
    execution = java("public class Solution { }")
    assert execution.status is Status.COMPILE_ERROR
    assert "no class of it has a main method" in (execution.compile_output or "")
