"""The pure parts of Judge0's façade: what is read of a submission, and the status that its result has."""

import base64
import json
import zipfile
from typing import Any, Final

import pytest

from tests.harness.judge0 import zipped
from tests.harness.zips import zip_with_entry_at
from zuko.api.compat.judge0.asked import InvalidError, read
from zuko.api.compat.judge0.callback_hosts import is_allowed
from zuko.api.compat.judge0.languages import OWN_FIRST, OWN_LAST, language_of_id, numbered_languages, own_id
from zuko.api.compat.judge0.options import config_info, limits_of
from zuko.api.compat.judge0.request import to_request
from zuko.api.compat.judge0.statuses import STATUSES, is_same, judged
from zuko.api.compat.judge0.view import FIELDS, FieldsError, read_fields
from zuko.languages.own import add_own
from zuko.languages.table import LANGUAGES
from zuko.settings import Settings
from zuko.types import Reason, Status
from zuko.wire.execute import HELLO_RESPONSE

SETTINGS: Final = Settings(judge0_callback_hosts="hooks.example,10.0.0.1:8080")
LIMITS: Final = limits_of(SETTINGS)
PROGRAM: Final = {"source_code": "print(1)", "language_id": 71}


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def request_of(**fields: Any) -> dict[str, Any]:
    return to_request(read({**PROGRAM, **fields}, SETTINGS, LIMITS, encoded=False), SETTINGS)


@pytest.mark.parametrize(
    ("result", "status_id", "code", "signal", "message"),
    [
        ({}, 3, 0, None, None),
        ({"status": Status.RUNTIME_ERROR, "exit_code": 3}, 11, 3, None, "Exited with error status 3"),
        ({"status": Status.RUNTIME_ERROR, "exit_code": 139, "reason": Reason.SIGNAL},
         11, 139, None, "Exited with error status 139"),
        ({"status": Status.RUNTIME_ERROR, "exit_code": 137, "reason": Reason.MEMORY_LIMIT},
         11, 137, None, "Exited with error status 137"),
        ({"status": Status.RUNTIME_ERROR, "exit_code": 1, "reason": Reason.MEMORY_LIMIT},
         11, 137, None, "Exited with error status 137"),
        ({"status": Status.RUNTIME_ERROR, "exit_code": 159, "reason": Reason.FORBIDDEN_SYSCALL},
         11, 159, None, "Exited with error status 159"),
        ({"status": Status.RUNTIME_ERROR, "exit_code": 137, "reason": Reason.OUTPUT_LIMIT},
         8, 0, 25, "Caught fatal signal 25"),
        ({"status": Status.TIMEOUT, "exit_code": 137, "reason": Reason.CPU_TIME_LIMIT},
         5, 0, None, "Time limit exceeded"),
        ({"status": Status.TIMEOUT, "exit_code": 137, "reason": Reason.WALL_TIME_LIMIT},
         5, 0, None, "Time limit exceeded (wall clock)"),
        ({"time_used_ms": 2001.0}, 5, 0, None, "Time limit exceeded"),
        ({"status": Status.COMPILE_ERROR, "reason": Reason.COMPILE_FAILED, "exit_code": None}, 6, None, None, None),
        ({"status": Status.ERROR, "reason": Reason.SANDBOX_ERROR, "message": "it broke", "exit_code": None},
         13, None, None, "it broke"),
    ],
)  # fmt: skip
def test_the_status_of_each_end(
    result: dict[str, Any], status_id: int, code: int | None, signal: int | None, message: str | None
) -> None:
    found = judged(
        {**HELLO_RESPONSE, "stdout": encoded("1\n"), **result}, expected=None, cpu_time_limit_s=2.0, by_signal=False
    )
    text = None if found.message is None else found.message.decode()
    assert (found.status_id, found.exit_code, found.exit_signal, text) == (status_id, code, signal, message)


@pytest.mark.parametrize(("signal", "status_id"), [(11, 7), (25, 8), (8, 9), (6, 10), (9, 12), (15, 12)])
def test_the_documented_statuses_of_signals(signal: int, status_id: int) -> None:
    result = {**HELLO_RESPONSE, "stdout": "", "status": "RUNTIME_ERROR", "reason": "signal", "exit_code": 128 + signal}
    found = judged(result, expected=None, cpu_time_limit_s=2.0, by_signal=True)
    assert (found.status_id, found.exit_code, found.exit_signal) == (status_id, 0, signal)
    assert found.message == f"Caught fatal signal {signal}".encode()


@pytest.mark.parametrize(
    ("compile_output", "reason", "shown"),
    [
        ("main.c:1: error", Reason.COMPILE_FAILED, b"main.c:1: error"),
        ("", Reason.CPU_TIME_LIMIT, b"Compilation time limit exceeded."),
        ("", Reason.COMPILE_FAILED, b"why"),
    ],
)
def test_compile_errors_have_the_compilers_words(compile_output: str, reason: Reason, shown: bytes) -> None:
    sent = {**HELLO_RESPONSE, "status": "COMPILE_ERROR", "reason": reason, "message": "why"}
    found = judged({**sent, "compile_output": compile_output}, expected=b"", cpu_time_limit_s=2.0)
    assert (found.status_id, found.compile_output, found.time_s, found.memory_kb) == (6, shown, None, None)


@pytest.mark.parametrize(
    ("stdout", "expected", "same"),
    [
        (b"1 2\n", b"1 2", True),
        (b"1 2", b"1 2\n\n \n", True),
        (b"1 \t\n2\r\n", b"1\n2", True),
        (b"1\n\n2", b"1\n2", False),
        (b" 1", b"1", False),
        (b"a", b"A", False),
        (b"\xff \n", b"\xff", True),
        (b"1\0", b"1", True),
        (None, b"", False),  # Judge0's rule: no output is null
        (b"\n", b"", True),
    ],
)
def test_outputs_are_compared_without_blanks_at_ends(stdout: bytes | None, expected: bytes, same: bool) -> None:
    assert is_same(stdout, expected) is same


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"source_code": ""}, {"source_code": ["can't be blank"]}),
        ({"source_code": None, "language_id": None}, {"source_code": ["can't be blank"],
                                                      "language_id": ["can't be blank"]}),
        ({"language_id": 150000}, {"language_id": ["language with id 150000 doesn't exist"]}),
        ({"language_id": [71]}, {"language_id": ["can't be blank"]}),
        ({"language_id": "-71"}, {"language_id": ["language with id -71 doesn't exist"]}),
        ({"language_id": 34}, {"language_id": ["language with id 34 is archived and cannot be used anymore"]}),
        ({"language_id": 89}, {"language_id": ["language with id 89 doesn't exist"]}),
        ({"cpu_time_limit": 15.5}, {"cpu_time_limit": ["must be less than or equal to 15.0"]}),
        ({"wall_time_limit": "0.5"}, {"wall_time_limit": ["must be greater than or equal to 1.0"]}),
        ({"memory_limit": 1}, {"memory_limit": ["must be greater than or equal to 2048"]}),
        ({"number_of_runs": 21}, {"number_of_runs": ["must be less than or equal to 20"]}),
        ({"stack_limit": "much"}, {"stack_limit": ["is not a number"]}),
        ({"stack_limit": "nan"}, {"stack_limit": ["is not a number"]}),
        ({"memory_limit": "1e999"}, {"memory_limit": ["is not a number"]}),
        ({"compiler_options": "-O2"},
         {"compiler_options": ["setting compiler options is only allowed for compiled languages"]}),
        ({"command_line_arguments": "x" * 513},
         {"command_line_arguments": ["is too long (maximum is 512 characters)"]}),
        ({"command_line_arguments": "'a"}, {"command_line_arguments": ["has a quote that is not closed"]}),
        ({"enable_network": "true"}, {"enable_network": ["enabling network is not allowed"]}),
        ({"callback_url": "http://elsewhere.example/"}, {"callback_url": ["calling this host is not allowed"]}),
        ({"additional_files": "%"}, {"additional_files": ["is not valid base64"]}),
        ({"additional_files": encoded("PK")}, {"additional_files": ["is not a valid zip"]}),
        ({"source_code": "\ud800"}, {"source_code": ["is not valid Unicode"]}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_in_judge0s_words(fields: dict[str, Any], errors: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidError) as raised:
        request_of(**fields)
    assert raised.value.errors == errors


def test_callbacks_are_refused_unless_hosts_are_allowed() -> None:
    with pytest.raises(InvalidError, match="setting callback is not allowed"):
        read({**PROGRAM, "callback_url": "http://hooks.example/"}, Settings(), LIMITS, encoded=False)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://hooks.example/a?b", True),
        ("http://HOOKS.example:80/", True),
        ("http://hooks.example:8080/", False),
        ("http://10.0.0.1:8080/", True),
        ("http://10.0.0.1/", False),
        ("http://hooks.example.evil.example/", False),
        ("http://a:b@hooks.example/", False),
        ("http://evil.example\\@hooks.example/", False),
        ("ftp://hooks.example/", False),
        ("hooks.example", False),
        ("http://hooks.example:99999/", False),
        ("http://hooks.example/ a", False),
    ],
)
def test_hosts_of_callbacks(url: str, allowed: bool) -> None:
    assert is_allowed(url, SETTINGS.judge0_callback_hosts) is allowed


def test_sizes_of_archives_are_bounded() -> None:
    bomb = zipped(("zeros", bytes(SETTINGS.code_limit_bytes + 1)))
    assert len(bomb) < 2000
    many = zipped(*((str(number), b"") for number in range(65)))
    for content, message in (
        (bomb, "bytes together"),
        (many, "64 files"),
        (zipped(("a", b""), method=14), "compressed"),
    ):
        with pytest.raises(InvalidError, match=message):
            request_of(additional_files=content)


def test_an_archive_may_say_anything_of_itself() -> None:
    good = base64.b64decode(zipped(("a", b"12345")))
    wrong = [good[:at] + bytes([byte]) + good[at + 1 :] for at in range(len(good)) for byte in (0, 1, 127, 255)]
    wrong += map(zip_with_entry_at, (1, 2**32, 2**63 - 1, 2**63, 2**64 - 1))
    refused = 0
    for content in wrong:
        try:
            request_of(additional_files=base64.b64encode(content).decode())
        except InvalidError as error:
            refused += "additional_files" in error.errors
    assert refused > len(good)


def test_files_of_an_archive_stand_beside_the_source() -> None:
    archive = zipped(("data/", b""), ("data/x", b"\xff"), ("main.py", b"other"), ("y", b"1"), method=zipfile.ZIP_STORED)
    found = request_of(additional_files=archive)["files"]
    assert [(file["name"], base64.b64decode(file["content"])) for file in found] == [("data/x", b"\xff"), ("y", b"1")]


def test_fields_are_cast_and_unknown_ones_left_out() -> None:
    sent = {
        "language_id": "71",
        "cpu_time_limit": "1.5",
        "cpu_extra_time": None,
        "wall_time_limit": "",
        "redirect_stderr_to_stdout": "true",
        "compiler_options": "",
        "command_line_arguments": "a 'b c' | `d`",
        "callback_url": "",
        "nonsense": {"x": 1},
    }
    request = request_of(**sent)
    assert request["args"] == ["a", "b c", "d"]
    assert request["time_limit_ms"] == 2500
    assert request["wall_time_limit_ms"] == 10_000
    assert request["stderr_to_stdout"] is True
    assert "compile_options" not in request
    assert request["metadata"]["judge0"]["cpu_time_limit"] == 1.5
    assert request["metadata"]["judge0"]["language_id"] == 71


@pytest.mark.parametrize(
    ("number", "fields", "limits"),
    [
        # 128000 is what clients send without thinking: the sandbox that is ready has the language's own limit.
        (62, {"memory_limit": 128000}, {}),
        (71, {"memory_limit": 65536}, {"memory_limit_kb": 65536}),
        (62, {"memory_limit": 65536}, {"memory_limit_kb": 160 * 1024}),
        (50, {"stack_limit": 0, "max_processes_and_or_threads": 1}, {"stack_limit_kb": 64, "process_limit": 1}),
        (62, {"stack_limit": 0, "max_processes_and_or_threads": 1}, {"stack_limit_kb": 8192, "process_limit": 32}),
        (71, {"max_processes_and_or_threads": 120, "max_file_size": 0}, {"process_limit": 64, "file_size_limit_kb": 1}),
    ],
)
def test_limits_leave_a_runtime_what_it_needs(number: int, fields: dict[str, int], limits: dict[str, int]) -> None:
    request = request_of(language_id=number, **fields)
    assert {name: value for name, value in request.items() if name.endswith(("_kb", "process_limit"))} == limits


def test_base64_is_read_with_line_breaks_and_keeps_bytes() -> None:
    text = encoded("print(1)")
    sent = {"language_id": 71, "source_code": f"{text[:4]}\n{text[4:]}\n".rstrip("="), "stdin": encoded(b"\xff\0")}
    request = to_request(read(sent, SETTINGS, LIMITS, encoded=True), SETTINGS)
    assert request["code"] == "print(1)"
    assert (request["input_data"], request["input_encoding"]) == (encoded(b"\xff\0"), "base64")
    with pytest.raises(InvalidError, match="not valid base64"):
        read({**sent, "stdin": "é"}, SETTINGS, LIMITS, encoded=True)
    with pytest.raises(InvalidError, match="not valid UTF-8"):
        to_request(read({**sent, "source_code": encoded(b"\xff")}, SETTINGS, LIMITS, encoded=True), SETTINGS)


def test_numbers_of_languages() -> None:
    languages = numbered_languages()
    ids = [each.id for each in languages]
    assert len(ids) == len(set(ids))
    assert [each.name for each in languages] == sorted(each.name for each in languages)
    assert all(each.id < OWN_FIRST for each in languages if not each.language.base)
    tutorials = {71: "python", 54: "cpp17", 50: "c", 62: "java", 63: "javascript", 60: "go", 73: "rust"}
    for number, name in tutorials.items():
        found = language_of_id(number)
        assert found is not None
        assert (found.language.name, found.is_archived) == (name, False)
        assert found.language.version in found.name


def test_numbers_of_a_sites_own_languages_are_those_of_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """They never change, as clients have them in their source."""
    monkeypatch.setattr(LANGUAGES, "_rows", LANGUAGES._rows)
    assert (own_id("python-course"), own_id("cpp-boost")) == (434_033_470, 127_637_586)
    assert all(OWN_FIRST <= own_id(f"python-{number}") <= OWN_LAST for number in range(1000))
    before = numbered_languages()
    assert language_of_id(own_id("cpp-boost")) is None
    names = ("zuko-cpp-boost:14", "zuko-python-course:3.12", "zuko-javascript-a:20")
    for image in names[:1], names:
        add_own(image, None)
        found = language_of_id(own_id("cpp-boost"))
        assert found is not None
        assert (found.language.name, found.is_archived) == ("cpp-boost", False)
        assert found.name.startswith("cpp-boost (GCC 14")
    added = [each.language.name for each in numbered_languages() if each not in before]
    assert added == ["cpp-boost", "javascript-a", "python-course"]
    assert request_of(language_id=str(own_id("python-course")))["language"] == "python-course"
    assert "cpp-boost" in str(config_info(SETTINGS)["allowed_languages_for_compile_options"])


def test_config_info_has_what_the_sdk_requires() -> None:
    """The SDK's `Config` has 39 required names; the service test makes one."""
    found = config_info(SETTINGS)
    assert json.loads(json.dumps(found)) == found
    assert found["max_cpu_time_limit"] == 15.0
    assert found["enable_callbacks"] is True
    assert config_info(Settings(timeout_max_s=8))["max_wall_time_limit"] == 8.0
    assert limits_of(Settings(timeout_max_s=3))["cpu_time_limit"].default == 3.0


def test_fields() -> None:
    assert read_fields(" stdout , token,stdout") == ("stdout", "token")
    assert read_fields("*") == read_fields("stdout,*") == tuple(FIELDS)
    assert read_fields("") == read_fields(None)
    with pytest.raises(FieldsError, match=r"invalid fields: \[nope, no\]"):
        read_fields("stdout,nope,no")


def test_every_status_has_a_description() -> None:
    assert list(STATUSES) == list(range(1, 15))
