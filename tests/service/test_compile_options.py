"""Options and limits of a compilation that a request asks for."""

from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.harness.command import zuko

PROGRAMS: Final = {
    "C++17": ("cpp", "#include <iostream>\nint main() { std::cout << __cplusplus; }", ["-std=c++17"], "201703"),
    "macro": ("c", '#include <stdio.h>\nint main() { printf("%d", N); }', ["-DN=42", "-O0"], "42"),
    "Java": (
        "java",
        "class Main { public static void main(String[] a) { System.out.print(1); } }",
        ["-Xlint:all", "-g:none"],
        "1",
    ),
    "Rust": ("rust", 'fn main() { if cfg!(local) { print!("1") } }', ["--cfg=local", "-Coverflow-checks=on"], "1"),
    "Go": ("go", 'package main\nimport "fmt"\nfunc main() { fmt.Print(1) }', ["-tags=x"], "1"),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_options_are_passed(api: httpx2.Client, name: str) -> None:
    language, code, options, output = PROGRAMS[name]
    body: dict[str, Any] = {"language": language, "code": code, "compile_options": options}
    run = api.post("/api/v1/execute", json=body).json()
    assert (run["status"], run["stdout"]) == ("OK", output), run
    judged = api.post("/api/v1/judge", json={**body, "cases": [{"output": output}]}).json()
    assert judged["verdict"] == "AC", judged


@pytest.mark.parametrize(
    ("language", "options", "message"),
    [
        ("cpp", ["-o", "x"], "compile_options: '-o' is not allowed for cpp; allowed: -std=c++17"),
        ("c", ["@main.c"], "compile_options: '@main.c' is not allowed for c"),
        ("cpp", ["-O2"] * 33, "at most 32"),
        ("cpp", ["-D" + "X" * 200], "is not allowed"),
        ("python", ["-O"], "compile_options: python is not compiled"),
    ],
)
@pytest.mark.parametrize("path", ["execute", "judge"])
def test_others_are_refused(api: httpx2.Client, language: str, options: list[str], message: str, path: str) -> None:
    body: dict[str, Any] = {"language": language, "code": "", "compile_options": options}
    if path == "judge":
        body["cases"] = [{"output": ""}]
    response = api.post(f"/api/v1/{path}", json=body)
    assert response.status_code == 422
    assert message in response.text


ENDLESS: Final = """
template <int N> struct S { static constexpr long v = S<N - 1>::v + S<N - 1>::v * N; };
template <> struct S<0> { static constexpr long v = 1; };
constexpr long f(long n) { long s = 0; for (long i = 0; i < n; i++) s += i % 7; return s; }
constexpr long x = f(1L << 40);
int main() { return (int)x; }
"""
OPTIONS: Final = ["-fconstexpr-ops-limit=999999999", "-fconstexpr-loop-limit=999999999"]


def test_a_compiler_gets_the_time_that_was_asked_for(api: httpx2.Client) -> None:
    body: dict[str, Any] = {"language": "cpp", "code": ENDLESS, "compile_options": OPTIONS}
    run = api.post("/api/v1/execute", json={**body, "compile_time_limit_ms": 500}).json()
    assert (run["status"], run["reason"]) == ("COMPILE_ERROR", "cpu_time_limit"), run
    assert "0.50 s of CPU time" in run["message"]
    judged = api.post(
        "/api/v1/judge", json={**body, "compile_time_limit_ms": 500, "cases": [{"output": ""}]}, timeout=60
    ).json()
    assert judged["verdict"] == "CE"
    assert "0.50 s of CPU time" in judged["message"]


LARGE: Final = """
#define A 1,2,3,4,5,6,7,8,9,0,
#define B A A A A A A A A A A
#define C B B B B B B B B B B
#define D C C C C C C C C C C
#define E D D D D D D D D D D
int a[] = { E E E E E E 0 };
int main() { return sizeof a / sizeof *a == 600001 ? 7 : 1; }
"""


def test_a_large_array_needs_memory_and_gets_it(api: httpx2.Client) -> None:
    body: dict[str, Any] = {"language": "c", "code": LARGE}
    refused = api.post("/api/v1/execute", json={**body, "compile_memory_limit_kb": 1 << 16}, timeout=90).json()
    assert (refused["status"], refused["reason"]) == ("COMPILE_ERROR", "memory_limit"), refused
    run = api.post("/api/v1/execute", json={**body, "compile_memory_limit_kb": 1 << 19}, timeout=90).json()
    assert (run["status"], run["exit_code"]) == ("RUNTIME_ERROR", 7), run


def test_a_program_that_is_larger_than_the_sandbox_is_reported_as_that(api: httpx2.Client) -> None:
    code = "char a[80 << 20] = {1};\nint main() { return a[0]; }"
    run = api.post("/api/v1/execute", json={"language": "c", "code": code}, timeout=90).json()
    assert (run["status"], run["reason"]) == ("COMPILE_ERROR", "compile_failed"), run
    assert "the settings ZUKO_TMP_MIB and ZUKO_WORKSPACE_MIB bound them" in run["message"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("compile_time_limit_ms", 0),
        ("compile_time_limit_ms", 20_001),
        ("compile_memory_limit_kb", 65535),
        ("compile_memory_limit_kb", (1 << 20) + 1),
    ],
)
def test_limits_have_bounds(api: httpx2.Client, field: str, value: int) -> None:
    response = api.post("/api/v1/execute", json={"language": "c", "code": "", field: value})
    assert response.status_code == 422
    assert f"{field} must be from" in response.text


def test_command_line(tmp_path: Path) -> None:
    path = tmp_path / "main.cpp"
    path.write_text(PROGRAMS["C++17"][1])
    run = zuko("run", path, "--compile-option=-std=c++17", "--compile-option=-O0", "--quiet")
    assert run.stdout == b"201703"
    refused = zuko("run", path, "--compile-option=-o/tmp/x")
    assert refused.returncode == 2
    assert b"--compile-option: '-o/tmp/x' is not allowed for cpp" in refused.stderr
