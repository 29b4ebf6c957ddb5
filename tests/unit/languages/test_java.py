"""The class names of Java programs, found in their sources, hostile ones too."""

import time
from typing import Final

import pytest

from zuko.languages.java import cannot_start, prepare, prepare_25
from zuko.types import SourceFile

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
    "main that is not an entry": (
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
    """Lines, columns and the length stay the same; text that is not a declaration does not change."""
    _, (main,) = prepared(f"{before}\nclass A {{ {RUN} }}")
    assert main.content.decode() == f"{after}\nclass A {{ {RUN} }}"


def test_files_beside_the_main_one() -> None:
    """Other files keep their names; one of them may have the main class, and their packages are blanked out too."""
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


SIZE: Final = 128 * 1024


@pytest.mark.usefixtures("untraced")
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

    # Once more if a time is odd: the machine may have been busy.
    assert any(time_s(SIZE) < 8 * time_s(SIZE // 4) + 0.05 for _ in range(3))


MAIN_OF_APP: Final = f"package app; import util.Helper; public class Main {{ {RUN} }}"
HELPER: Final = "package util; public class Helper {}"


def several(*files: tuple[str, str]) -> tuple[str, dict[str, str]]:
    entry, ready = prepare(tuple(SourceFile(name, text.encode()) for name, text in files))
    return entry, {file.name: file.content.decode() for file in ready}


def test_a_program_with_directories_keeps_its_packages() -> None:
    main = MAIN_OF_APP.replace("import util.Helper;", "")
    assert several(("Main.java", main), ("util/Helper.java", HELPER)) == (
        "app.Main",
        {"Main.java": main, "util/Helper.java": HELPER},
    )
    renamed = main.replace("Main", "Solve")
    assert several(("src/Main.java", renamed), ("data.txt", ""))[1].keys() == {"src/Solve.java", "data.txt"}


def test_a_program_that_imports_its_own_package_gets_directories() -> None:
    expected = ("app.Main", {"Main.java": MAIN_OF_APP, "util/Helper.java": HELPER})
    assert several(("Main.java", MAIN_OF_APP), ("Helper.java", HELPER)) == expected
    static = MAIN_OF_APP.replace("util.Helper", "static util.Helper.*")
    assert several(("Main.java", static), ("Helper.java", HELPER))[0] == "app.Main"


@pytest.mark.parametrize(
    "other",
    [
        "util",  # a file in the place of the directory
        "util/Helper.java",
    ],
)
def test_a_file_stays_where_its_place_is_taken(other: str) -> None:
    names = several(("Main.java", MAIN_OF_APP), ("Helper.java", HELPER), (other, ""))[1]
    assert names.keys() == {"Main.java", "Helper.java", other}


@pytest.mark.parametrize("package", [".".join(["p"] * 16), "x" * 100 + "." + "y" * 100 + "." + "z" * 50])
def test_a_package_that_is_too_deep_gets_no_directory(package: str) -> None:
    main = f"import {package}.A; class Main {{ {RUN} }}"
    assert several(("Main.java", main), ("A.java", f"package {package};"))[1].keys() == {"Main.java", "A.java"}


def test_any_other_program_has_no_packages() -> None:
    """Two packages and no import: each declaration is replaced by blanks, as before."""
    entry, files = several(("Main.java", MAIN_OF_APP.replace("util.Helper", "java.util.*")), ("Helper.java", HELPER))
    assert entry == "Main"
    assert not any(text.lstrip().startswith("package") for text in files.values())


@pytest.mark.parametrize("declaration", ["package a..b;", "package a.class$;", "package;"])
def test_a_package_that_is_not_one_of_plain_names_is_not_run(declaration: str) -> None:
    entry, _ = several(("Main.java", f"{declaration} public class Main {{ {RUN} }}"), ("a/b.txt", ""))
    assert entry == "Main"


@pytest.mark.parametrize(
    ("sources", "may_start"),
    [
        (["class A { int main() { return 1; } }"], False),
        (["class A { void f() {} }", "class B { int main; }"], False),
        (["class A { public static void main(String[] a) {} }"], True),
        (["class A extends B {}", "class B { static void/* */main(String... a) {} }"], True),
        (["class A { static v\\u006fid main(String[] a) {} }"], True),
        (['/* void main */ class A { void f() { String main = "void main()"; } }'], False),
        (["class A { void f() { class B { static void main(String[] a) {} } } }"], True),  # javac and the JVM say more
    ],
)
def test_programs_that_cannot_start(sources: list[str], may_start: bool) -> None:
    files = tuple(SourceFile(f"{number}.java", text.encode()) for number, text in enumerate(sources))
    assert (cannot_start(files) == "") == may_start


@pytest.mark.parametrize("name", SOURCES)
def test_java_25_starts_what_earlier_versions_start(name: str) -> None:
    source, file, entry = SOURCES[name]
    found, (main,) = prepare_25((SourceFile("Main.java", source.encode()),))
    assert (main.name, found) == (file, entry)


# A source, what its file is called, and what is run: only in Java 25.
LATER: Final = {
    "object": ("public class Solution { void main() { IO.println(0); } }", "Solution.java", "Solution"),
    "object, not public": ("class Helper {} class Solution { void main(String[] a) {} }", "Main.java", "Solution"),
    "static, not public": ("class A { static void main() {} }", "Main.java", "A"),
    "private": ("class A { private void main() {} } class B { void main() {} }", "Main.java", "B"),
    "both": (f"class A {{ void main() {{}} }} class B {{ {RUN} }}", "Main.java", "B"),
    "compact": ("void main() { IO.println(0); }", "Main.java", "Main"),
    "compact, with a class": ("record P(int x) {} public class Q {} static void main() {}", "Main.java", "Main"),
}


@pytest.mark.parametrize("name", LATER)
def test_main_of_java_25(name: str) -> None:
    source, file, entry = LATER[name]
    found, (main,) = prepare_25((SourceFile("Main.java", source.encode()),))
    assert (main.name, found) == (file, entry)
