"""The corpus and its reader: every program can be read, and every kind of expectation can fail."""

from pathlib import Path
from typing import Any

import pytest

from zuko.doctor.claims import KINDS, NO_REASON, HeaderError, Program, check, load, parse
from zuko.doctor.corpus import find_corpus

ROOT = find_corpus()
GUARD = 'os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)'
# What could harm a machine, in a file without the guard. Printing, reading, exiting and computing could not.
HARMFUL = ("fork(", "kill(", "ctypes", "thread", "mmap", "socket", "link(", "exec", "spawn", "nice(", "/proc/1")
HARMLESS = {
    "io/standard_library": "imports and no more",
    "resources/sleep_forever": "an Event that is never set",
    "stubborn/segmentation_fault": "ends itself and no more",
    "resources/memory_error_is_not_the_limit": "asks for more than an address space has",
}
ANSWER: dict[str, Any] = {
    "status": "OK",
    "stdout": "héllo\n",
    "stderr": "",
    "exit_code": 0,
    "time_used": 20.0,
    "memory_used": 9000,
    "wall_time_ms": 25.0,
    "reason": None,
    "message": None,
    "stdout_truncated": False,
    "stderr_truncated": False,
}


def write(folder: Path, header: str, code: str = "print(1)\n") -> Path:
    path = folder / "io" / "program.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"#: {line}\n" for line in header.splitlines()) + code)
    return path


@pytest.fixture
def program(tmp_path: Path) -> Any:
    """Make a program of header lines, with a claim and status OK."""
    return lambda *lines: parse(write(tmp_path, "\n".join(['claim = "c"', 'status = "OK"', *lines])))


def test_every_program_is_read_and_named_once() -> None:
    programs = load()
    assert len(programs) == len([*ROOT.rglob("*.py"), *ROOT.rglob("*.cpp")])
    assert len({one.id for one in programs}) == len(programs)


def test_there_are_enough_and_of_every_kind() -> None:
    programs = load()
    assert len(programs) >= 200
    assert {one.kind for one in programs} == set(KINDS)
    native = [one for one in programs if one.language == "cpp"]
    assert len(native) >= 50
    assert {one.kind for one in native} == set(KINDS)


def test_claims_are_sentences_and_said_once() -> None:
    claims = [one.claim for one in load()]
    assert [claim for claim in claims if not claim.endswith(".")] == []
    assert len(set(claims)) == len(claims)


def test_whatever_could_do_harm_refuses_to_run_outside_a_sandbox() -> None:
    unguarded = [
        one.id
        for one in load()
        if one.language == "python"
        and GUARD not in one.source
        and one.id not in HARMLESS
        and any(word in one.source for word in HARMFUL)
    ]
    assert unguarded == []


def test_the_guard_comes_first() -> None:
    for one in load():
        if GUARD in one.source:
            before = one.source[: one.source.index(GUARD)].splitlines()
            code = [line for line in before if line.strip() and not line.startswith("#")]
            assert code == ["import os, sys; "], one.id


def test_every_native_program_is_guarded_before_anything_of_its_own() -> None:
    for one in load():
        if one.language == "cpp":
            code = [line for line in one.source.splitlines() if line.strip() and not line.startswith("//")]
            assert code[0].startswith("#include <bits/stdc++.h>"), one.id
            assert code[1 + code[1].startswith("#define LOOK ")] == '#include "attack.h"', one.id
    header = (ROOT / "attack.h").read_text()
    assert header.index('access("/usr/local/sbin/zuko-init", F_OK) != 0)\n            _exit(99);') < header.index(
        "breach("
    )


def test_alternatives_are_rare_and_explained() -> None:
    """Several outcomes for one program are a claim that both are true, so the file says why."""
    several = [one for one in load() if len(one.status) > 1 or len(one.reason) > 1]
    assert len(several) <= 12
    for one in several:
        comments = [line for line in one.source.splitlines() if line.startswith(("# ", "// "))]
        assert any('"signal" is' in line or "Both are true" in line for line in comments), one.id


def test_bytes_of_the_source_are_kept() -> None:
    """A byte order mark, CR LF and NUL are what some of the programs are about."""
    by_id = {one.id: one for one in load()}
    assert by_id["io/bom_source"].source.startswith("\ufeff#: ")
    assert by_id["io/crlf_source"].source.count("\r\n") == by_id["io/crlf_source"].source.count("\n") > 3
    assert "\0" in by_id["io/nul_source"].source
    assert not by_id["io/no_newline_source"].source.endswith("\n")


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ('claim = "c"\nstatus = "OK"\nexit = 1', "unknown key 'exit'"),
        ('claim = "c"\nstatus = "OK"\nexit_code = "1"', "exit_code has a value of type str"),
        ('claim = "c"\nstatus = "OK"\nexit_code = true', "exit_code has a value of type bool"),
        ('claim = "c"\nstatus = "OK"\nstdout_contains = "x"', "stdout_contains has a value of type str"),
        ('claim = "c"\nstatus = "OK"\nstdout_contains = []', "stdout_contains needs one string"),
        ('claim = "c"\nstatus = "OK"\nstdout_contains = [1]', "stdout_contains needs one string"),
        ('claim = "c"\nstatus = "FINE"', "no such status: FINE"),
        ('claim = "c"\nstatus = []', "status needs one string"),
        ('claim = "c"', "status is missing"),
        ('status = "OK"', "claim is missing"),
        ('claim = "c"\nstatus = "OK"\ninput_repeat = 2', "input, which is missing"),
        ("claim = ", "not TOML"),
        ("", "does not begin with"),
    ],
)
def test_a_header_that_does_not_follow_the_format_is_refused(tmp_path: Path, header: str, complaint: str) -> None:
    with pytest.raises(HeaderError, match=complaint):
        parse(write(tmp_path, header))


def test_a_header_ends_with_its_first_other_line(tmp_path: Path) -> None:
    path = write(tmp_path, 'claim = "c"\nstatus = "OK"', 'print(1)\n#: unknown = "not of the header"\n')
    assert parse(path).status == ("OK",)


def test_the_request_holds_what_the_header_asks_for(program: Any) -> None:
    one: Program = program("timeout = 7", 'input = "ab"', "input_repeat = 3")
    assert one.request == {"language": "python", "code": one.source, "timeout": 7, "input_data": "ababab"}
    assert "input_data" not in program().request


def test_an_answer_as_expected_has_no_mismatch(program: Any) -> None:
    one: Program = program(
        "exit_code = 0",
        'stdout = "h\u00e9llo\\n"',
        "stdout_bytes = 7",
        "stdout_truncated = false",
        "cpu_ms_min = 20",
        "cpu_ms_max = 20",
        "memory_kb_min = 9000",
        "memory_kb_max = 9000",
        "wall_ms_max = 25",
        'stdout_contains = ["llo"]',
        'stdout_excludes = ["x"]',
    )
    assert check(one, ANSWER) == []


@pytest.mark.parametrize(
    ("line", "answer", "sentence"),
    [
        ("", {"status": "TIMEOUT"}, "status is TIMEOUT, expected OK"),
        ("", {"reason": "signal"}, "reason is signal, expected null"),
        ('reason = "signal"', {}, "reason is null, expected signal"),
        (f'reason = ["signal", "{NO_REASON}"]', {"reason": "output_limit"}, "expected signal or null"),
        ("exit_code = 1", {}, "exit_code is 0, expected 1"),
        ('stdout = "x"', {}, "stdout is 'héllo\\n', expected 'x'"),
        ('stderr = "x"', {}, "stderr is '', expected 'x'"),
        ("stdout_bytes = 6", {}, "stdout has 7 bytes, expected 6"),
        ("stderr_bytes = 6", {}, "stderr has 0 bytes, expected 6"),
        ("stdout_truncated = true", {}, "stdout_truncated is False, expected True"),
        ("stderr_truncated = false", {"stderr_truncated": True}, "stderr_truncated is True, expected False"),
        ('stdout_contains = ["x"]', {}, "stdout lacks 'x'"),
        ('stderr_contains = ["x"]', {}, "stderr lacks 'x'"),
        ('stdout_excludes = ["llo"]', {}, "stdout has 'llo'"),
        ('message_contains = ["x"]', {}, "message lacks 'x'"),
        ('message_contains = ["x"]', {"message": "y"}, "message lacks 'x'"),
        ("cpu_ms_min = 21", {}, "time_used is 20.0 ms of CPU time, expected 21 at least"),
        ("cpu_ms_max = 19", {}, "time_used is 20.0 ms of CPU time, expected 19 at most"),
        ("cpu_ms_max = 19", {"time_used": None}, "time_used is None, expected a number"),
        ("memory_kb_min = 9001", {}, "memory_used is 9000 KB of peak RSS, expected 9001 at least"),
        ("memory_kb_max = 8999.5", {}, "memory_used is 9000 KB of peak RSS, expected 8999.5 at most"),
        ("wall_ms_max = 24", {}, "wall_time_ms is 25.0 ms of wall time, expected 24 at most"),
        ("", {"stdout": "BREACH: out"}, "stdout reports a breach"),
        ("", {"stderr": "BREACH: out"}, "stderr reports a breach"),
    ],
)
def test_each_kind_of_expectation_can_fail(program: Any, line: str, answer: dict[str, Any], sentence: str) -> None:
    mismatches = check(program(line), ANSWER | answer)
    assert len(mismatches) == 1
    assert sentence in mismatches[0]


@pytest.mark.parametrize("name", sorted(ANSWER))
def test_an_answer_that_lacks_a_field_is_a_mismatch(program: Any, name: str) -> None:
    response = {key: value for key, value in ANSWER.items() if key != name}
    assert check(program(), response)[0].startswith(f"the answer has no {name}")


def test_beside_neighbours_only_times_that_they_decide_are_left_out(program: Any) -> None:
    timed_out = ANSWER | {"status": "TIMEOUT", "reason": "wall_time_limit"}
    fixed_work: Program = program("cpu_ms_min = 21", "wall_ms_max = 24")
    assert len(check(fixed_work, ANSWER, crowded=True)) == 1
    endless = parse(
        write(
            fixed_work.path.parent.parent,
            'claim = "c"\nstatus = "TIMEOUT"\nreason = "wall_time_limit"\ncpu_ms_min = 21\ncpu_ms_max = 19',
        )
    )
    assert len(check(endless, timed_out, crowded=True)) == 1
    assert "at most" in check(endless, timed_out, crowded=True)[0]
