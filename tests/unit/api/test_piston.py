"""Piston's requests and responses, converted: the order of its checks, its messages, its stages."""

from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocket

from zuko.api.body_limit import FREE_BYTES, HeldBytes
from zuko.api.compat.piston.connect import Session, may_connect
from zuko.api.compat.piston.request import read_job
from zuko.api.compat.piston.response import respond
from zuko.api.compat.piston.routes import Piston
from zuko.api.compat.piston.runtimes import all_runtimes, find_runtime
from zuko.errors import NoCapacityError, SubmissionError
from zuko.execution.submission import Submission
from zuko.languages.own import add_own
from zuko.languages.table import LANGUAGES
from zuko.settings import Settings
from zuko.types import CpuSource, Execution, Reason, Status, Usage

LIMITS: Final = Piston(Settings()).limits
MAIN: Final = {"content": "print(1)"}


def read(**fields: Any) -> Submission:
    body = {"language": "python", "version": "*", "files": [MAIN], **fields}
    return read_job(body, LIMITS, any_version=True).submission


# --- refusals: each also has the faults of those below it -------------------------------------------------------------

WRONG: Final[list[tuple[dict[str, Any], str]]] = [
    ({"language": 5}, "language is required as a string"),
    ({"version": None}, "version is required as a string"),
    ({"files": "main.py"}, "files is required as an array"),
    ({"files": [MAIN, {"content": 5}]}, "files[1].content is required as a string"),
    ({"language": "nope"}, "nope-* runtime is unknown"),
    (  # of open-r1's package, whose output is the score
        {
            "language": "c++17",
            "files": [{"name": "main.cpp", "content": "x"}, {"name": "grader_config", "content": ""}],
        },
        "c++17-* runtime is unknown",
    ),
    ({"files": [{"content": "AA==", "encoding": "base64"}]}, "files must include at least one utf8 encoded file"),
    ({"compile_memory_limit": "1"}, "If specified, compile_memory_limit must be a number"),
    ({"run_memory_limit": 1 << 31}, f"run_memory_limit cannot exceed the configured limit of {1 << 30}"),
    ({"compile_timeout": 60_001}, "compile_timeout cannot exceed the configured limit of 60000"),
    ({"run_timeout": -1}, "run_timeout must be non-negative"),
    ({"run_cpu_time": float("inf")}, "run_cpu_time cannot exceed the configured limit of 60000"),
    ({"args": "1"}, "args must be an array"),
]


@pytest.mark.parametrize("at", range(len(WRONG)))
def test_checks_come_in_pistons_order(at: int) -> None:
    fields: dict[str, Any] = {}
    for wrong, _ in reversed(WRONG[at:]):
        fields |= wrong
    with pytest.raises(HTTPException) as refused:
        read(**fields)
    assert (refused.value.status_code, refused.value.detail) == (400, WRONG[at][1])


@pytest.mark.parametrize("body", [None, [], "x", 5, {}])
def test_a_body_of_another_kind_lacks_the_language(body: Any) -> None:
    with pytest.raises(HTTPException, match="language is required as a string"):
        read_job(body, LIMITS, any_version=True)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({"content": "zz", "encoding": "hex"}, r"files\[1\].content is not valid hex"),
        ({"content": "A", "encoding": "base64"}, r"files\[1\].content is not valid base64"),
    ],
)
def test_data_that_is_no_data_is_refused(file: dict[str, str], words: str) -> None:
    with pytest.raises(HTTPException, match=words):
        read(files=[MAIN, file])


@pytest.mark.parametrize(
    "fields",
    [
        {"files": [MAIN, {"name": "../x", "content": ""}]},
        {"files": [{"name": "/etc/x.py", "content": ""}]},
        {"files": [MAIN, *({"content": ""} for _ in range(65))]},
        {"args": ["x"] * 65},
        {"files": [{"content": "x" * (LIMITS.code_limit_bytes + 1)}]},
        {"stdin": "x" * LIMITS.input_limit_bytes},  # with the newline it is one too many
    ],
)
def test_bounds_that_piston_does_not_have_are_ours(fields: dict[str, Any]) -> None:
    with pytest.raises(SubmissionError):
        read(**fields)


# --- what becomes of a request ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, 0, -1])
def test_limits_that_say_nothing_are_the_defaults(value: int | None) -> None:
    memory = {"compile_memory_limit": value, "run_memory_limit": value}
    times = dict.fromkeys(("run_timeout", "compile_timeout", "run_cpu_time", "compile_cpu_time"), value or None)
    submission = read(**memory, **(times if value != -1 else {}))
    assert submission == read()
    assert submission.limits.wall_time_ms == 3000


def test_a_lower_bound_of_the_service_holds_without_a_limit_too() -> None:
    """Compilers are an exception: aiopyston always names the 10 s of Piston."""
    limits = Piston(Settings(piston_timeout_max_s=2)).limits
    body: Any = {"language": "c", "version": "*", "files": [MAIN], "compile_timeout": 10_000}
    assert read_job(body, limits, any_version=True).submission.limits.wall_time_ms == 2000
    with pytest.raises(HTTPException, match="limit of 10000"):
        read_job({**body, "compile_timeout": 10_001}, limits, any_version=True)


def test_limits_are_taken() -> None:
    submission = read(run_timeout=30_000.7, run_cpu_time=500, run_memory_limit=100 << 20)
    assert (submission.limits.wall_time_ms, submission.limits.cpu_time_ms) == (30_000, 500)
    assert submission.memory_bytes == 100 << 20


@pytest.mark.parametrize(("language", "floor_mib"), [("java", 160), ("javascript", 128), ("c", 46)])
def test_a_memory_limit_leaves_a_language_enough(language: str, floor_mib: int) -> None:
    files = [{"content": "class Main { public static void main(String[] a) {} }"}]
    assert read(language=language, files=files, run_memory_limit=1).memory_bytes == floor_mib << 20


def test_the_lower_limit_of_a_compiler_counts() -> None:
    compiler = read(language="c", compile_timeout=5000, compile_cpu_time=2000).language.compiler
    assert compiler is not None
    assert compiler.cpu_time_ms == 2000
    assert read(compile_timeout=5000) == read()  # of a language that is not compiled


@pytest.mark.parametrize(
    ("sent", "stdin"),
    [({}, b"\n"), ({"stdin": None}, b"\n"), ({"stdin": "a"}, b"a\n"), ({"stdin": "é\n"}, b"\xc3\xa9\n")],
)
def test_input_ends_with_a_newline(sent: dict[str, Any], stdin: bytes) -> None:
    assert read(**sent).input_data == stdin


def test_the_first_text_is_the_program() -> None:
    files = [
        {"name": "data.bin", "content": "AP_-", "encoding": "base64"},
        {"name": "", "content": "print(1)", "encoding": "utf16"},  # any other word is utf8
        {"name": None, "content": "00ff", "encoding": "hex"},
        {"content": "x = 1"},
    ]
    submission = read(files=files)
    assert [(file.name, file.content) for file in submission.files] == [
        ("main.py", b"print(1)"),
        ("data.bin", b"\x00\xff\xfe"),
        ("file2.code", b"\x00\xff"),
        ("file3.code", b"x = 1"),
    ]


@pytest.mark.parametrize(
    ("language", "name", "kept"),
    [
        ("python", "my_code.py", "my_code.py"),
        ("python", "pkg/run.py", "pkg/run.py"),
        ("python", "-c", "main.py"),
        ("c++", "a.cc", "a.cc"),
        ("c++", "a.txt", "main.cpp"),
        ("rust", "lib.rs", "main.rs"),
        ("java", "Other.java", "Main.java"),
    ],
)
def test_a_program_is_run_under_its_own_name(language: str, name: str, kept: str) -> None:
    submission = read(language=language, files=[{"name": name, "content": ""}])
    assert submission.files[0].name == submission.language.source_name == kept


@pytest.mark.parametrize("language", [each.name for each in LANGUAGES.values() if each.compiler is None])
def test_the_command_of_an_interpreter_has_the_programs_own_name(language: str) -> None:
    """SQLite was given `solution.sql` as a query."""
    runtime = next(each for each in all_runtimes() if each.language.name == language)
    files = [{"name": "solution.x", "content": ""}]
    row = read(language=runtime.name, version=str(runtime.version), files=files).language
    if row.prepare is None:
        assert "solution.x" in row.run_argv[-1]
        assert not [word for word in row.run_argv if "main." in word.replace("clojure.main", "")]


@pytest.mark.parametrize(("sent", "arguments"), [(["a", 1, "é"], ("a", "1", "é")), ("", ()), (None, ())])
def test_arguments_as_bots_send_them(sent: object, arguments: tuple[str, ...]) -> None:
    assert read(args=sent).options.arguments == arguments


# --- runtimes ---------------------------------------------------------------------------------------------------------


def test_each_name_stands_for_one_language() -> None:
    names = [(name, each.version) for each in all_runtimes() for name in {each.name, *each.aliases}]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("name", "version", "found"),
    [
        ("python", "*", "python"),
        ("py3", "3.x", "python"),
        ("python3", "^3.9", "python"),
        ("Python", "*", None),  # exact case
        ("python", "3.10.0", None),
        ("python", "newest please", None),
        ("java", "*", "java"),
        ("java", ">21", "java@25"),
        ("python", "3.13.x", "python@3.13"),
        ("java", "21.x", "java"),
        ("java", ">=8 <22", "java"),
        ("g++", "*", "cpp"),
    ],
)
def test_versions_are_ranges(name: str, version: str, found: str | None) -> None:
    runtime = find_runtime(name, version, any_version=False)
    assert (runtime and runtime.language.name) == found


def test_a_refusal_repeats_no_more_of_a_name_than_anyone_reads() -> None:
    """A range of a megabyte is not parsed, either: that could take minutes."""
    with pytest.raises(HTTPException) as refused:
        read(language="x" * 1_000_000, version="1 || " * 200_000)
    assert len(refused.value.detail) < 200
    assert find_runtime("python", "* || " * 100 + "*", any_version=False) is None


def test_any_version_will_do_where_it_is_allowed() -> None:
    runtime = find_runtime("java", "15.0.2", any_version=True)
    assert runtime is not None
    assert runtime.language.name == "java"
    assert find_runtime("nope", "1.0.0", any_version=True) is None


def test_a_language_of_the_sites_own_is_a_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LANGUAGES, "_rows", LANGUAGES._rows)
    before = all_runtimes()
    assert find_runtime("c-course", "*", any_version=True) is None
    add_own(["zuko-c-course:14"], None)
    assert all_runtimes()[: len(before)] == before
    runtime = find_runtime("c-course", "14.x", any_version=False)
    assert runtime is not None
    assert runtime.listed() == {"language": "c-course", "version": "14.0.0", "aliases": []}
    usual = find_runtime("c", "*", any_version=False)
    assert usual is not None
    assert usual.language.name == "c"


# --- responses --------------------------------------------------------------------------------------------------------

USAGE: Final = Usage(12_400_000, 7_600_000, 8_388_608, CpuSource.RUSAGE)
PYTHON = all_runtimes()[0]
ENDS: Final[list[tuple[dict[str, Any], tuple[object, ...]]]] = [
    ({"status": Status.OK, "exit_code": 0}, (0, None, None, None)),
    ({"status": Status.RUNTIME_ERROR, "exit_code": 3}, (3, None, "RE", "Exited with error status 3")),
    (
        {"status": Status.RUNTIME_ERROR, "reason": Reason.SIGNAL, "exit_code": 139},
        (139, None, "RE", "Exited with error status 139"),
    ),
    (
        {"status": Status.RUNTIME_ERROR, "reason": Reason.FORBIDDEN_SYSCALL, "exit_code": 159},
        (159, None, "RE", "Exited with error status 159"),
    ),
    (
        {"status": Status.RUNTIME_ERROR, "reason": Reason.MEMORY_LIMIT, "exit_code": 1},
        (137, None, "RE", "Exited with error status 137"),
    ),
    (
        {"status": Status.TIMEOUT, "reason": Reason.WALL_TIME_LIMIT, "exit_code": 137},
        (None, "SIGKILL", "TO", "Time limit exceeded (wall clock)"),
    ),
    (
        {"status": Status.TIMEOUT, "reason": Reason.CPU_TIME_LIMIT, "exit_code": 137},
        (None, "SIGKILL", "TO", "Time limit exceeded"),
    ),
    (
        {"status": Status.RUNTIME_ERROR, "reason": Reason.OUTPUT_LIMIT, "exit_code": 137, "stdout_truncated": True},
        (None, "SIGKILL", "OL", "stdout length exceeded"),
    ),
    (
        {"status": Status.RUNTIME_ERROR, "reason": Reason.OUTPUT_LIMIT, "exit_code": 137, "stderr_truncated": True},
        (None, "SIGKILL", "EL", "stderr length exceeded"),
    ),
]


@pytest.mark.parametrize(("execution", "end"), ENDS, ids=[str(end[-1]) for _, end in ENDS])
def test_ends_are_pistons(execution: dict[str, Any], end: tuple[object, ...]) -> None:
    response = respond(PYTHON, Execution(**execution, stdout="o", stderr="e", output="oe", usage=USAGE))
    assert list(response) == ["run", "language", "version"]
    run = response["run"]
    assert (run["code"], run["signal"], run["status"], run["message"]) == end
    assert (run["stdout"], run["stderr"], run["output"]) == ("o", "e", "oe")
    assert (run["cpu_time"], run["wall_time"], run["memory"]) == (8, 12, 8_388_608)


@pytest.mark.parametrize(
    ("reason", "message", "output", "end"),
    [
        (Reason.COMPILE_FAILED, "the compiler rejected the program, with exit code 2", "error", (2, None, "RE")),
        (Reason.COMPILE_FAILED, "the compiler left no program: main", "", (1, None, "RE")),
        (Reason.CPU_TIME_LIMIT, "the compiler: stopped", "", (None, "SIGKILL", "TO")),
        (Reason.MEMORY_LIMIT, "the compiler: ran out of memory", "", (137, None, "RE")),
    ],
)
def test_what_is_not_compiled_is_run_and_compile_at_once(
    reason: Reason, message: str, output: str, end: tuple[object, ...]
) -> None:
    execution = Execution(Status.COMPILE_ERROR, reason, message, compile_output=output)
    response = respond(PYTHON, execution)
    assert response["run"] == response["compile"]
    assert tuple(response["run"][name] for name in ("code", "signal", "status")) == end
    assert response["run"]["stderr"] == (output or message)


def test_warnings_are_of_the_compiler() -> None:
    execution = Execution(Status.OK, exit_code=0, compile_output="careful", usage=USAGE)
    response = respond(PYTHON, execution)
    assert (response["compile"]["stderr"], response["compile"]["code"]) == ("careful", 0)
    assert response["run"]["stderr"] == ""


# --- connect ----------------------------------------------------------------------------------------------------------


def connection(settings: Settings, held: HeldBytes, **headers: str) -> Session:
    """Return a session whose client has sent nothing yet."""
    state = SimpleNamespace(service=None, line=None, held=held)
    socket = SimpleNamespace(app=SimpleNamespace(state=state), headers={"host": "zuko:2000", **headers})
    return Session(cast(WebSocket, socket), settings, LIMITS)


def test_programs_of_connections_count_among_the_bodies() -> None:
    """They are held for as long as they wait, as bodies are."""
    settings = Settings()
    held = HeldBytes(settings.bodies_limit_bytes - 1000)
    files: Any = [{"content": "x" * 100_000}]
    job = read_job({"language": "python", "version": "*", "files": files}, LIMITS, any_version=True)
    with pytest.raises(NoCapacityError), connection(settings, held)._holding(job):
        pass
    held.bytes = 0
    with connection(settings, held)._holding(job):
        assert held.bytes == 100_001 - FREE_BYTES  # with the newline of its input
    assert held.bytes == 0


@pytest.mark.parametrize(
    ("origin", "origins", "may"),
    [
        (None, (), True),
        ("http://zuko:2000", (), True),
        ("http://zuko", (), False),
        ("http://a.example", (), False),
        ("http://a.example", ("http://a.example",), True),
        ("http://a.example", ("*",), True),
        ("null", (), False),
        ("http://[", (), False),
    ],
)
def test_pages_that_may_connect(origin: str | None, origins: tuple[str, ...], may: bool) -> None:
    settings = Settings(cors_origins=origins)
    session = connection(settings, HeldBytes(), **({"origin": origin} if origin else {}))
    assert may_connect(session._socket, settings) is may
