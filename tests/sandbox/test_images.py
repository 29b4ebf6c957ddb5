"""Every language's image: what is in it, what is not, and that it compiles and runs programs in a real sandbox."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import docker
from tests import ROOT
from tests.harness.submissions import submission
from tests.harness.tested import TESTED, named
from zuko.engine.confinement import QUEUES, RUNNER_GID, RUNNER_UIDS, WRITABLE
from zuko.engine.engine import Engine
from zuko.execution.blocking import BlockingExecutor
from zuko.execution.command import CommandExecutor
from zuko.execution.program import compile_limits, compile_memory_bytes, compile_run, prepared, program_run
from zuko.languages.examples import example_of
from zuko.languages.table import LANGUAGES, Language
from zuko.package.files import PackageFiles
from zuko.package.programs import read_program
from zuko.package.solutions import solution_of
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import Limits, Outcome, Reason, Run, RunResult, SourceFile, Status

PROGRAMS: Final = ROOT / "tests" / "corpus" / "languages"
SETTINGS: Final = Settings(cell_max_submissions=1000)
LIMITS: Final = Limits(wall_time_ms=20_000)

ALL: Final = TESTED
BY_IMAGE: Final = {language.image: language for language in reversed(ALL)}
COMPILED: Final = [language for language in ALL if language.compiler]

each_language: Final = pytest.mark.parametrize("language", ALL, ids=lambda language: language.name)


@pytest.fixture(params=BY_IMAGE, scope="module")
def image(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def sandbox(image: str, engine: Engine) -> Iterator[Sandbox]:
    with engine.start_sandbox(SETTINGS.sandbox(BY_IMAGE[image])) as started:
        yield started


def sample_of(language: Language) -> bytes:
    """Return the program in a language that uses more of it."""
    (path,) = (PROGRAMS / language.family).glob("sample.*")
    return path.read_bytes()


def printed(sandbox: Sandbox, command: str) -> list[str]:
    """Return the lines that a shell command prints."""
    env = (("PATH", "/usr/local/bin:/usr/bin:/bin"),)
    result = sandbox.run(Run(argv=("/bin/sh", "-c", command), limits=LIMITS, env=env), more=True)
    assert result.outcome is Outcome.EXITED, result
    return result.stdout.decode().splitlines()


def compiled(language: Language, sandbox: Sandbox, source: bytes) -> RunResult:
    """Return the compiler's messages; the compiled program is kept in the sandbox."""
    sandbox.limit_memory(compile_memory_bytes(language, SETTINGS.memory_bytes(language)))
    language, files = prepared(language, (SourceFile(language.source_name, source),))
    return sandbox.run(compile_run(language, files, compile_limits(language), send=False), more=True)


def run(language: Language, sandbox: Sandbox, source: bytes, input_data: bytes = b"") -> RunResult:
    """Compile and run a program."""
    language, keep = prepared(language, (SourceFile(language.source_name, source),))
    if language.compiler:
        result = compiled(language, sandbox, source)
        assert (result.outcome, result.exit_code, result.detail) == (Outcome.EXITED, 0, ""), result
        keep = ()
    memory_bytes = SETTINGS.memory_bytes(language)
    sandbox.limit_memory(memory_bytes)
    return sandbox.run(program_run(language, LIMITS, memory_bytes, keep=keep, input_data=input_data))


def started(engine: Engine, language: Language) -> Sandbox:
    return engine.start_sandbox(SETTINGS.sandbox(language))


# ---------------------------------------------------------------- what is in it


def test_image(image: str, docker_client: docker.DockerClient) -> None:
    config = docker_client.images.get(image).attrs["Config"]
    assert config["Entrypoint"] == ["/usr/local/sbin/zuko-init"]
    assert config["User"] == f"{RUNNER_UIDS.start}:{RUNNER_GID}"
    assert config["WorkingDir"] == "/workspace"
    assert image.startswith(f"zuko-{config['Labels']['zuko.language']}:")


def test_no_setuid_file_and_nothing_writable(sandbox: Sandbox) -> None:
    # The layers themselves, not what is mounted over them: -xdev.
    assert printed(sandbox, r"find / -xdev -type f \( -perm -4000 -o -perm -2000 \)") == []
    writable = printed(
        sandbox, "find / \\( -path /proc -o -path /sys \\) -prune -o ! -type l ! -type c -writable -print"
    )
    assert set(writable) <= {*WRITABLE, QUEUES, "/var/tmp"}


def test_no_package_manager(sandbox: Sandbox) -> None:
    tools = "apt apt-get dpkg pip pip3 npm npx cargo su sudo mount curl wget make"
    assert printed(sandbox, f"for tool in {tools}; do command -v $tool; done") == []
    assert printed(sandbox, "ls -d /var/lib/dpkg /var/lib/apt /etc/apt 2>/dev/null") == []


def test_what_every_image_has(sandbox: Sandbox) -> None:
    assert printed(sandbox, "command -v time; ls /usr/local/sbin/zuko-init /usr/share/zoneinfo/Europe/Paris") == [
        "/usr/bin/time",
        "/usr/local/sbin/zuko-init",
        "/usr/share/zoneinfo/Europe/Paris",
    ]
    assert printed(sandbox, "whoami; grep -c runner /etc/passwd") == ["runner", str(len(RUNNER_UIDS))]


def test_no_interpreter_that_is_not_a_language_of_the_image(sandbox: Sandbox, image: str) -> None:
    """The image of a language has no other one, which a program could start."""
    rows = [language for language in LANGUAGES.values() if language.image == image]
    own = {row.name for row in rows} | {row.run_argv[0].rpartition("/")[2].rstrip("0123456789.") for row in rows}
    found = printed(sandbox, "for tool in perl bash python3 ruby awk; do command -v $tool; done")
    assert {name.rpartition("/")[2].removesuffix("3") for name in found} <= own


def test_compiler_only_where_it_is_one_s_language(sandbox: Sandbox, image: str) -> None:
    compilers = printed(sandbox, "for tool in gcc g++ cc1 javac go rustc as; do command -v $tool; done")
    if not any(language.compiler for language in ALL if language.image == image):
        assert compilers == []


# The commands that print a version, where `--version` does not.
VERSION: Final = {
    "go": "/usr/lib/go/bin/go version",
    "clojure": "/usr/local/java/bin/java -cp '/usr/local/lib/clojure/*' clojure.main -e '(clojure-version)'",
    "pascal": "/usr/local/bin/fpc -iV",
    "lua": "lua5.4 -v",
    "typescript": "node /usr/share/nodejs/typescript/lib/tsc.js --version",
    "tcl": "echo 'puts [info patchlevel]' | tclsh8.6",
    "erlang": """erl -noshell -eval 'io:format("~s~n", [erlang:system_info(otp_release)]), halt().'""",
    "kotlin": "/usr/local/java/bin/java -cp /usr/local/kotlin/lib/kotlin-compiler.jar -Dkotlin.colors.enabled=false "
    "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler -version 2>&1",
}


@each_language
def test_version_is_the_image_s(engine: Engine, language: Language) -> None:
    """The version in the table is how the compiler or interpreter begins its own version."""
    program = language.compiler.argv[0] if language.compiler else language.run_argv[0]
    with started(engine, language) as sandbox:
        lines = printed(sandbox, VERSION.get(language.family, f"{program} --version"))
    versions = re.findall(r"\d+(?:\.\d+)*", "\n".join(lines))
    assert any(f"{version}.".startswith(f"{language.version}.") for version in versions), lines


def test_image_names_its_dockerfile() -> None:
    """`zuko images build` builds zuko-NAME:TAG from docker/NAME.Dockerfile. All begin with the same stage."""
    stages = set()
    for image in BY_IMAGE:
        text = (ROOT / "docker" / f"{image.removeprefix('zuko-').split(':')[0]}.Dockerfile").read_text()
        assert f" -t {image} .\n" in text
        stages.add(text[text.index("# The supervisor") : text.index("\n\n\n")])
    assert len(stages) == 1


# ---------------------------------------------------------------- what it does


@pytest.mark.parametrize("program", ["hello", "sample"])
@each_language
def test_program(engine: Engine, language: Language, program: str) -> None:
    """The same two programs in every language, with the same input and the same output."""
    source = example_of(language).encode() if program == "hello" else sample_of(language)
    input_data, expected = ((PROGRAMS / f"{program}.{end}").read_bytes() for end in ("in", "out"))
    with started(engine, language) as sandbox:
        result = run(language, sandbox, source, input_data)
    assert (result.stdout, result.exit_code) == (expected, 0), result
    assert result.stderr == b""


_PRAGMAS: Final = """#pragma GCC optimize("O3,unroll-loops")
#pragma GCC target("avx2,bmi,bmi2,lzcnt,popcnt")
#include <map>
#include <string>
#include <vector>
struct Named { int number; std::string name; };
int main() {
    std::vector<Named> all(1);
    std::map<int, std::vector<Named>> by_number = {{0, all}};
    __builtin_printf("%zu\\n", by_number[0].size());
}
"""

# As functions, with narrow and wide strings, with and without a locale, and by their address.
_FORMATTED: Final = """
#include <bits/stdc++.h>
using namespace std;
int main()
{
    int number = 8;
    string (*by_address)(string_view, format_args) = &vformat;
    string text = format("{:>3}", 7) + " " + by_address("{}", make_format_args(number));
    wstring wide = format(locale(), L"{}", 9) + L" " + vformat(L"{}", make_wformat_args(number));
    number = 10;
    cout << text << ' ' << char(wide[0]) << ' ' << vformat(locale(), "{}", make_format_args(number)) << endl;
    return vformat(locale(), L"{}", make_wformat_args(number)) != L"10" || wide != L"9 8";
}
"""
_PRINTED: Final = """
#include <bits/stdc++.h>
int main()
{
    int number = 7;
    std::println("{} {}", "a", 6);
    std::vprint_unicode("{}\\n", std::make_format_args(number));
    std::vprint_nonunicode(stdout, "8\\n", std::make_format_args());
    std::println(std::cout, "{}", 9);
}
"""


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("c", 'int main(void) { printf("%d\\n", abs(-7)); return 0; }', b"7\n"),  # an error since GCC 14
        ("cpp", _FORMATTED, b"  7 8 9 10\n"),
        ("cpp", _PRAGMAS, b"1\n"),
        ("cpp23", _PRINTED, b"a 6\n7\n8\n9\n"),
    ],
    ids=["c without a declaration", "format of C++20", "pragmas before the headers", "print of C++23"],
)
def test_what_compilers_elsewhere_take(engine: Engine, name: str, source: str, expected: bytes) -> None:
    with started(engine, LANGUAGES[name]) as sandbox:
        assert run(LANGUAGES[name], sandbox, source.encode()).stdout == expected


@pytest.mark.parametrize("language", named("cpp", "cpp23"), ids=lambda language: language.name)
def test_a_program_that_formats_nothing_pays_for_no_formatting(engine: Engine, language: Language) -> None:
    """What the inline functions of GCC's headers call would be compiled in each program, in half of its time."""
    assert language.compiler is not None
    code = "#include <bits/stdc++.h>\nint main() {}"
    counted = "grep -c '^;; Function' functions; grep -c '__do_vformat_to\\|__formatter_int' functions"
    command = (
        f"echo '{code}' >x.cpp; {' '.join(language.compiler.argv)} -c -fdump-tree-original=functions x.cpp; {counted}"
    )
    with started(engine, language) as sandbox:
        functions, formatting = map(int, printed(sandbox, command))
    assert functions > 0
    assert formatting == 0


@pytest.mark.parametrize("language", COMPILED, ids=lambda language: language.name)
def test_compile_error(engine: Engine, language: Language) -> None:
    """The compiler's messages are returned, whatever its exit code is."""
    with started(engine, language) as sandbox:
        result = compiled(language, sandbox, b"this is not a program (\n")
    assert result.outcome is Outcome.EXITED
    assert result.exit_code not in {0, None}
    assert language.source_name.encode() in result.stdout + result.stderr


@pytest.mark.parametrize("language", named("cpp", "cpp17", "cpp23"), ids=lambda language: language.name)
def test_precompiled_header_is_used(engine: Engine, language: Language) -> None:
    """The header must be made with the options of the table, or it is ignored and each compilation takes 1.5 s more."""
    compiler = language.compiler
    assert compiler
    command = f"echo '#include <bits/stdc++.h>' >x.cpp; {' '.join(compiler.argv)} -c -H x.cpp 2>&1"
    with started(engine, language) as sandbox:
        used = [line[0] for line in printed(sandbox, command) if line.endswith(f"gch/gnu++{language.name[3:] or 20}")]
    assert used == ["!"]


@pytest.mark.parametrize("java", named("java"), ids=lambda language: language.name)
def test_archive_of_classes_is_used(engine: Engine, java: Language) -> None:
    """-Xshare:on fails where the archive is missing or was made for another runtime; `auto` would only be slow."""
    options = " ".join(word for word in java.command(512 << 20)[1:-1] if word != "-Xlog:disable")
    with started(engine, java) as sandbox:
        assert printed(sandbox, f"{java.run_argv[0]} -Xshare:on {options} -version && echo yes")[-1:] == ["yes"]
        lines = printed(
            sandbox, f"{java.run_argv[0]} -Xshare:on -Xlog:class+load -version | grep -c 'shared objects file'"
        )
    assert int(lines[0]) > 300


FULL_HEAPS: Final = {
    "kotlin": b"""fun main() {
    val all = mutableListOf<LongArray>()
    try { while (true) all += LongArray(100000) } catch (error: OutOfMemoryError) { println("caught") }
}""",
    "java": b"""public class Main {
    public static void main(String[] args) {
        java.util.List<long[]> all = new java.util.ArrayList<>();
        try { while (true) all.add(new long[100000]); } catch (OutOfMemoryError error) { System.out.println("caught"); }
    }
}""",
    "clojure": b"(println (count (vec (repeatedly 100000 #(long-array 100000)))))",
    "typescript": b"const all: object[] = []; for (;;) all.push({ at: all.length, text: `${all.length}` });",
    "javascript": b"const all = []; for (;;) all.push({ at: all.length, text: `${all.length}` });",
}


@pytest.mark.parametrize("language", [each for each in ALL if each.heap_full_text], ids=lambda language: language.name)
def test_full_heap_aborts_with_its_text(engine: Engine, language: Language) -> None:
    """Before the sandbox's memory is used up, and without a word on standard output."""
    with started(engine, language) as sandbox:
        result = run(language, sandbox, FULL_HEAPS[language.family])
    assert (result.outcome, result.signal) == (Outcome.SIGNALLED, signal.SIGABRT), result
    assert language.heap_full_text in result.stderr
    assert result.oom_kills in {0, None}
    assert result.stdout == b""


@pytest.mark.parametrize("language", [each for each in ALL if each.heap_full_text], ids=lambda language: language.name)
def test_full_heap_is_answered_with_the_memory_limit(engine: Engine, language: Language) -> None:
    with BlockingExecutor(CommandExecutor(SETTINGS, engine)) as executor:
        response = executor.execute(submission(FULL_HEAPS[language.family].decode(), language, wall_time_ms=15_000))
    assert (response.status, response.reason, response.exit_code) == (Status.RUNTIME_ERROR, Reason.MEMORY_LIMIT, 134), (
        response
    )
    assert (response.message or "").startswith("ran out of memory: it filled the heap")


@pytest.mark.parametrize("java", named("java"), ids=lambda language: language.name)
def test_java_without_threads_left_goes_on(engine: Engine, java: Language) -> None:
    """An OutOfMemoryError that is not the heap's is an exception as any other."""
    source = b"""public class Main {
    public static void main(String[] args) throws Exception {
        try {
            while (true) new Thread(() -> { while (true) java.util.concurrent.locks.LockSupport.park(); }).start();
        } catch (OutOfMemoryError error) {
            System.out.println("caught");
            System.exit(3);
        }
    }
}"""
    with started(engine, java) as sandbox:
        result = run(java, sandbox, source)
    assert (result.stdout, result.exit_code) == (b"caught\n", 3)


DEEP: Final = {
    "java": b"public class Main { static int f(int n) { return n == 0 ? 0 : 1 + f(n - 1); } "
    b"public static void main(String[] a) { System.out.println(f(500000)); } }",
    "javascript": b"const f = (n) => (n ? 1 + f(n - 1) : 0); console.log(f(50000));",
    "go": b"""package main
import "fmt"
func f(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + f(n-1)
}
func main() { fmt.Println(f(1000000)) }
""",
}


@pytest.mark.parametrize("language", named(*DEEP), ids=lambda language: language.name)
def test_deep_recursion(engine: Engine, language: Language) -> None:
    """A program can recurse as deeply as contest problems require."""
    with started(engine, language) as sandbox:
        result = run(language, sandbox, DEEP[language.name])
    assert result.exit_code == 0, result
    assert int(result.stdout) >= 50000


@pytest.mark.parametrize("pypy", named("pypy"), ids=lambda language: language.name)
def test_pypy_writes_out_at_a_time_limit(engine: Engine, pypy: Language) -> None:
    """PyPy flushes its output like CPython, with the same module."""
    source = SourceFile("main.py", b"print('begun', end='')\nwhile True: pass\n")
    with started(engine, pypy) as sandbox:
        result = sandbox.run(program_run(pypy, Limits(wall_time_ms=1000), 256 << 20, keep=(source,)))
    assert (result.outcome, result.stdout) == (Outcome.WALL_TIME, b"begun")


def run_in_package(engine: Engine, language: Language, directory: Path, name: str, input_data: bytes) -> RunResult:
    """Run the program of this name in a directory as a package's submission."""
    solution = solution_of(name, read_program(PackageFiles(directory), name))
    keep, memory_bytes = solution.files, SETTINGS.memory_bytes(language)
    with started(engine, language) as sandbox:
        return sandbox.run(program_run(solution.language, LIMITS, memory_bytes, keep=keep, input_data=input_data))


@pytest.mark.parametrize("prolog", named("prolog"), ids=lambda language: language.name)
@pytest.mark.parametrize("directive", ["", ":- initialization(main).\n"], ids=["as judges call it", "begins by itself"])
def test_prolog_of_a_package(engine: Engine, prolog: Language, directive: str, tmp_path: Path) -> None:
    """`main` is called once, whether the program calls it itself or not."""
    (tmp_path / "a.pl").write_text(f"{directive}main :- read(X), Y is X + 1, print(Y), nl.\n")
    result = run_in_package(engine, prolog, tmp_path, "a.pl", b"41.\n")
    assert (result.exit_code, result.stdout) == (0, b"42\n"), result


@pytest.mark.parametrize("prolog", named("prolog"), ids=lambda language: language.name)
def test_prolog_of_several_files(engine: Engine, prolog: Language, tmp_path: Path) -> None:
    """All of them are loaded, also where no file names the others; what two export is there in both."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.pl").write_text("main :- read_number(X), twice(X, Y), print(Y), nl.\n")
    (tmp_path / "a" / "twice.pl").write_text("twice(X, Y) :- Y is 2 * X.\n")
    (tmp_path / "a" / "reading.pl").write_text(":- module(reading, [read_number/1]).\nread_number(X) :- read(X).\n")
    result = run_in_package(engine, prolog, tmp_path, "a", b"21.\n")
    assert (result.exit_code, result.stdout) == (0, b"42\n"), result
