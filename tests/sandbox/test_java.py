"""What a Java program calls its classes: found in its sources, hostile ones too, and run by the real machine."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.harness.server import Server
from tests.harness.submissions import submission
from zuko.engine.engine import Engine
from zuko.execution.executor import Executor
from zuko.languages.java import prepare
from zuko.languages.table import JAVA
from zuko.settings import Settings
from zuko.types import Execution, SourceFile, Status

RUN: Final = "public static void main(String[] args) { System.out.println(0); }"

# A source, what its file is called, and what is run.
SOURCES: Final = {
    "nothing": ("", "Main.java", "Main"),
    "Main": (f"public class Main {{ {RUN} }}", "Main.java", "Main"),
    "a public class": (f"public class Solution {{ {RUN} }}", "Solution.java", "Solution"),
    "no public class": (f"class Solution {{ {RUN} }}", "Main.java", "Solution"),
    "modifiers": (f"@Deprecated strictfp final public class A {{ {RUN} }}", "A.java", "A"),
    "annotation with a class": (f"@A(x = B.class, y = {{1, 2}}) public class C {{ {RUN} }}", "C.java", "C"),
    "annotation after public": (f"public @A({{1}}) @B.C class D {{ {RUN} }}", "D.java", "D"),
    "annotations of main": (
        'class A { @B @C(d = "}") public static @E({1}) void main(String[] a) {} }',
        "Main.java",
        "A",
    ),
    "generic": (f"public class A<T extends Comparable<T>> extends B<T> implements C {{ {RUN} }}", "A.java", "A"),
    "record": (f"public record Point(int x, int[] y) {{ {RUN} }}", "Point.java", "Point"),
    "enum": (f"public enum Colour {{ RED {{ void x() {{}} }}, BLUE(1); {RUN} }}", "Colour.java", "Colour"),
    "interface": ("public interface Run { static void main(String... args) {} }", "Run.java", "Run"),
    "annotation type": (f"public @interface Mark {{ }} class A {{ {RUN} }}", "Mark.java", "A"),
    "sealed": (f"public sealed class A permits B {{ {RUN} }} final class B extends A {{}}", "A.java", "A"),
    "helper first": (f"class Helper {{ int x = 1; }} public class Solution {{ {RUN} }}", "Solution.java", "Solution"),
    "public helper": (f"public class Helper {{}} class Main {{ {RUN} }}", "Helper.java", "Main"),
    "two with main": (f"class A {{ {RUN} }} public class B {{ {RUN} }}", "B.java", "B"),
    "two with main, one Main": (f"class A {{ {RUN} }} class Main {{ {RUN} }}", "Main.java", "Main"),
    "two with main, no Main": (f"class A {{ {RUN} }} class B {{ {RUN} }}", "Main.java", "A"),
    "inherited main": (f"class Base {{ {RUN} }} public class S extends Base {{}}", "S.java", "Base"),
    "no main": ("public class Solution { int main() { return 1; } }", "Solution.java", "Solution"),
    "main that is no entry": (
        "class A { public void main(String[] a) {} static void main(int a) {} private static int main; }"
        f"class B {{ {RUN} }}",
        "Main.java",
        "B",
    ),
    "main of an inner class": (f"class A {{ static class I {{ {RUN} }} }} class B {{ {RUN} }}", "Main.java", "B"),
    "main in a body": (f"class A {{ void f() {{ class L {{ {RUN} }} }} }} class B {{ {RUN} }}", "Main.java", "B"),
    "main that is called": ("class A { void f() { B.main(null); } } class B { }", "Main.java", "Main"),
    "order of modifiers": (
        "class A { final synchronized static public void main(final String... a) {} }",
        "Main.java",
        "A",
    ),
    "lambda in a field": (f"class A {{ Runnable r = f(() -> {{ int x; }}); {RUN} }}", "Main.java", "A"),
    "comments": (
        f"// public class X {{\n/* public class Y {{ */ public /* class */ class Z {{ {RUN} }}",
        "Z.java",
        "Z",
    ),
    "comment that is none": (f'class A {{ String s = "/*"; {RUN} }} /**/ public class B {{}}', "B.java", "A"),
    "strings": (
        f"class A {{ String s = \"}} public class X {{ \\\" }}\"; char c = '}}', d = '\\''; {RUN} }}",
        "Main.java",
        "A",
    ),
    "text block": (f'class A {{ String s = """\n "" }} \\""" public class X {{ """; {RUN} }}', "Main.java", "A"),
    "imports": (f"import java.util.*; import static java.lang.Math.*; public class A {{ {RUN} }}", "A.java", "A"),
    "class in a field": (f"class A {{ Class<?> c = String.class; {RUN} }}", "Main.java", "A"),
    "unicode escapes": (f"public \\u0063lass \\uuu0041b {{ {RUN} }}", "Ab.java", "Ab"),
    "escaped end of a comment": (f"/* \\u002a/ public class A {{ {RUN} }} /* */", "A.java", "A"),
    "escaped backslash": (f'class A {{ String s = "\\\\u0022"; {RUN} }}', "Main.java", "A"),
    "half an escape": (f"public class A {{ \\u00 \\u {RUN} }}", "A.java", "A"),
    "another alphabet": (f"public class Größe {{ {RUN} }}", "Main.java", "Main"),
    "dollar": (f"public class A$B {{ {RUN} }}", "Main.java", "Main"),
    "path": (f"public class ../../A {{ {RUN} }}", "Main.java", "Main"),
    "option": (f"public class -version {{ {RUN} }}", "version.java", "version"),
    "argument file": (f"public class @x {{ {RUN} }}", "x.java", "x"),
    "longest name": (f"public class {'x' * 100} {{ {RUN} }}", f"{'x' * 100}.java", "x" * 100),
    "too long a name": (f"public class {'x' * 101} {{ {RUN} }}", "Main.java", "Main"),
    "unterminated comment": (f"public class A {{ {RUN} }} /* class B", "A.java", "A"),
    "only a comment": ("/* public class A {", "Main.java", "Main"),
    "unterminated string": (f'class A {{ String s = "}}\n; {RUN} }}', "Main.java", "A"),
    "unterminated text block": (f'public class A {{ {RUN} String s = """ }}', "A.java", "A"),
    "unbalanced": (f"}}}})) ]public class A {{ {RUN} }} }} }}", "A.java", "A"),
    "no body": ("public class", "Main.java", "Main"),
    "no source at all": ("\0\x01\ufffd{{{", "Main.java", "Main"),
}


def prepared(source: str | bytes, **others: str) -> tuple[str, tuple[SourceFile, ...]]:
    main = SourceFile("Main.java", source.encode() if isinstance(source, str) else source)
    return prepare((main, *(SourceFile(f"{name}.java", text.encode()) for name, text in others.items())))


@pytest.mark.parametrize(("source", "file", "entry"), SOURCES.values(), ids=SOURCES)
def test_names_are_found(source: str, file: str, entry: str) -> None:
    found, (main,) = prepared(source)
    assert (main.name, found) == (file, entry)
    assert main.content == source.encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("package a;", "          "),
        ("// p\r\npackage\ta .\r\n b; // c", "// p\r\n       \t   \r\n    // c"),
        ("/* package x; */ package a.b.c;", "/* package x; */               "),
        ("package /* ; */ a;", "                  "),
        ("import a; package b;", "import a;           "),
        ("\\u0070ackage a;", "\\u0070ackage a;"),
        ("package a", "package a"),
        ("class package {} package a;", "class package {} package a;"),
        ("class A { int package; }", "class A { int package; }"),
    ],
)
def test_a_package_is_blanked_out(before: str, after: str) -> None:
    """Lines, columns and the length stay; what is no declaration stays as it is."""
    _, (main,) = prepared(f"{before}\nclass A {{ {RUN} }}")
    assert main.content.decode() == f"{after}\nclass A {{ {RUN} }}"


def test_files_beside_the_main_one() -> None:
    """They keep their names; what is run may be in one of them, and their packages are blanked out, too."""
    entry, (main, other) = prepared("public class Lib {}", Start=f"package p; public class Start {{ {RUN} }}")
    assert (entry, main.name, other.name) == ("Start", "Lib.java", "Start.java")
    assert other.content.startswith(b"           public")
    entry, (main, _) = prepared(f"class A {{ {RUN} }}", B=f"public class B {{ {RUN} }}")
    assert (entry, main.name) == ("A", "Main.java")


def test_no_two_files_get_one_name() -> None:
    _, (main, other) = prepared("public class B {}", B="class C {}")
    assert (main.name, other.name) == ("Main.java", "B.java")


def test_files_that_are_no_java_stay_as_they_are() -> None:
    main, data = SourceFile("Main.java", b""), SourceFile("data.txt", b"package a; class A {}")
    assert prepare((main, data)) == ("Main", (main, data))


SIZE: Final = 256 * 1024


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "{",
            "}",
            "{}",
            "a{}",
            "a;",
            "()",
            "(",
            ")",
            "[",
            "class A{",
            "class A{void main()",
            "class ",
            "a.",
            "package ",
        ),
        *("/*", "//", "/", '"', "'", '"""', '"\\', "\\", "\\u", "\\uu", "u", "*", '""a', "\\\\", "\xff", "\n", "@"),
    ],
)
@pytest.mark.parametrize("start", ["", '"""', "class A{"])
def test_any_source_is_read_in_linear_time(start: str, unit: str) -> None:
    """Four times the size takes about four times as long: quadratic would be sixteen."""

    def time_s(size: int) -> float:
        source = (start + unit * (size // len(unit))).encode()
        started = time.process_time()
        prepared(source)
        return time.process_time() - started

    small, large = min(time_s(SIZE // 4) for _ in range(2)), min(time_s(SIZE) for _ in range(2))
    assert large < 8 * small + 0.05


# --- the real machine ---------------------------------------------------------------------------------------------

Run = Callable[..., Execution]


@pytest.fixture(scope="module")
def java(engine: Engine) -> Iterator[Run]:
    """Executes a Java program, with files beside it."""
    executor = Executor(Settings(), engine, on_demand=1)

    def run(code: str, **files: str) -> Execution:
        others = tuple(SourceFile(f"{name}.java", text.encode()) for name, text in files.items())
        return executor.execute(submission(code, JAVA, "7\n", files=others, wall_time_ms=15_000))

    yield run
    executor.pool.close(0)


def program(head: str, body: str = "System.out.println(new java.util.Scanner(System.in).nextInt() * 6);") -> str:
    return f"{head} {{ public static void main(String[] args) {{ {body} }} }}"


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
    told = java("package a;\npublic class Solution {\n    int x = y;\n}")
    assert told.status is Status.COMPILE_ERROR
    assert "Solution.java:3: error: cannot find symbol" in (told.compile_output or "")
    thrown = java(program("package a; public class Solution", "throw new IllegalStateException();"))
    assert "at Solution.main(Solution.java:1)" in thrown.stderr


def test_an_import_of_the_own_package_is_refused_by_the_compiler(java: Run) -> None:
    """As documented."""
    told = java(program("package a; import static a.Solution.*; public class Solution"))
    assert told.status is Status.COMPILE_ERROR
    assert "error: package a does not exist" in (told.compile_output or ""), told


def test_a_program_without_main_is_told_so_by_the_machine(java: Run) -> None:
    told = java("public class Solution { }")
    assert (told.status, told.exit_code) == (Status.RUNTIME_ERROR, 1)
    assert "Main method not found in class Solution" in told.stderr


def test_judging_knows_the_names_too(server: Server) -> None:
    """Of the submission in every sandbox, and of a checker."""
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
    answer = server.client.post("/api/v1/judge", json=request, timeout=120).json()
    assert (answer["verdict"], answer["message"]) == ("AC", None), answer
    checked = {**request, "checker": {"language": "java", "code": checker}}
    answer = server.client.post("/api/v1/judge", json=checked, timeout=120).json()
    assert (answer["verdict"], answer["message"]) == ("AC", None), answer


def zuko(*arguments: object, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command line."""
    argv = [sys.executable, "-m", "zuko", *map(str, arguments)]
    return subprocess.run(argv, input=given, capture_output=True, timeout=120, check=False)


def test_the_command_line_knows_the_names_too(tmp_path: Path) -> None:
    path = tmp_path / "Answer.java"
    path.write_text(program("package a; public class Solution"))
    assert zuko("run", path, given=b"7\n").stdout == b"42\n"


def test_a_problem_package_knows_the_names_too(tmp_path: Path) -> None:
    """A submission that is a file, and one that is a directory, whose first file by name is not the one that is run."""
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
