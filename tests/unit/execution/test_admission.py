"""The programs that are admitted, decided without a sandbox, and alike for requests and commands."""

from typing import Any, Final

import pytest

from zuko.errors import SubmissionError, UnknownLanguageError
from zuko.execution.admission import admit, admit_request
from zuko.languages.rows.gcc import CPP
from zuko.languages.rows.jvm import JAVA, JAVA25
from zuko.languages.rows.python import PYTHON
from zuko.settings import Settings
from zuko.types import FILES_MAX, Limits, SourceFile
from zuko.wire.execute import ExecuteRequest

SETTINGS: Final = Settings(timeout_default_s=4, timeout_max_s=10)
HALF: Final = "\ud800"  # a lone surrogate
MAIN: Final = SourceFile("main.py", b"print(1)")


def executed(**fields: Any) -> ExecuteRequest:
    return ExecuteRequest.model_validate({"language": "python", "code": "print(1)", **fields})


def test_submission_is_complete() -> None:
    """A submission has its language, its bytes and every limit: nothing is looked up later."""
    files = [{"name": "é".encode().hex() + ".txt", "content": "é"}]
    submission = admit_request(executed(language="py", code="é", input_data="ü", files=files), SETTINGS)
    assert submission.language is PYTHON
    assert submission.files == (SourceFile("main.py", "é".encode()), SourceFile("c3a9.txt", "é".encode()))
    assert submission.input_data == "ü".encode()
    assert submission.limits == Limits(4000, None, SETTINGS.output_limit_bytes, SETTINGS.output_limit_bytes)
    assert submission.memory_bytes == 128 << 20
    assert admit_request(executed(language="c++"), SETTINGS).memory_bytes == CPP.memory_mib << 20


@pytest.mark.parametrize(
    ("fields", "wall_time_ms", "cpu_time_ms"),
    [
        ({}, 4000, 700),
        ({"timeout": 2}, 2000, 700),
        ({"wall_time_limit_ms": 10_000}, 10_000, 700),
        ({"time_limit_ms": 9000}, 4000, 9000),
    ],
)
def test_limits_are_the_request_s_before_the_service_s(
    fields: dict[str, int], wall_time_ms: int, cpu_time_ms: int
) -> None:
    settings = Settings(timeout_default_s=4, timeout_max_s=10, cpu_time_limit_ms=700)
    limits = admit_request(executed(**fields), settings).limits
    assert (limits.wall_time_ms, limits.cpu_time_ms) == (wall_time_ms, cpu_time_ms)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"code": HALF}, "code", "code is not valid Unicode (lone surrogate)"),
        ({"input_data": HALF}, "input_data", "input_data is not valid Unicode (lone surrogate)"),
        (
            {"files": [{"name": "a", "content": HALF}]},
            "files",
            "files: 'a' is not valid Unicode (lone surrogate)",
        ),
        (
            {"files": [{"name": HALF, "content": ""}]},
            "files",
            "files: '\\ud800' is not a valid file name: "
            "1 to 100 of A-Z a-z 0-9 . _ + -, the first a letter, a digit or _",
        ),
        ({"input_data": "x" * 9}, "input_data", "input_data is larger than 8 bytes"),
        ({"code": "é" * 9}, "code", "code is larger than 17 bytes"),
        ({"timeout": 11}, "timeout", "timeout must be from 1 to 10 s"),
        (
            {"timeout": 1, "wall_time_limit_ms": 1000},
            "wall_time_limit_ms",
            "wall_time_limit_ms and timeout set the same limit: give only one",
        ),
    ],
)
def test_refusal_names_field_and_limit(fields: dict[str, Any], field: str, message: str) -> None:
    settings = Settings(timeout_max_s=10, code_limit_bytes=17, input_limit_bytes=8)
    with pytest.raises(SubmissionError) as refused:
        admit_request(executed(**fields), settings)
    assert (refused.value.field, str(refused.value)) == (field, message)


def test_unknown_language_is_an_error_of_its_own() -> None:
    """An unknown language is a separate error, so that a route can give its reason. A lone surrogate is unknown too."""
    with pytest.raises(UnknownLanguageError, match=r"^unknown language 'intercal'; supported: ") as refused:
        admit_request(executed(language="intercal"), SETTINGS)
    assert refused.value.field == "language"
    with pytest.raises(UnknownLanguageError, match="ud800"):
        admit_request(executed(language=HALF), SETTINGS)


def test_version_chooses_the_row() -> None:
    for fields in ({"language": "java@25"}, {"language": "java", "version": "25"}):
        assert admit_request(executed(**fields), SETTINGS).language is JAVA25
    for version in ("21", None):
        assert admit_request(executed(language="java", version=version), SETTINGS).language is JAVA
    with pytest.raises(UnknownLanguageError, match=r"^language 'java' has no version '8'; supported: 21, 25$"):
        admit_request(executed(language="java", version="8"), SETTINGS)


@pytest.mark.parametrize(
    "limits", [{"timeout": 1, "wall_time_limit_ms": 1000}, {"wall_time_limit_ms": 0}, {"wall_time_limit_ms": 10_001}]
)
def test_a_wrong_wall_time_limit_is_refused_in_any_language(limits: dict[str, int]) -> None:
    with pytest.raises(SubmissionError) as refused:
        admit_request(executed(language="intercal", **limits), SETTINGS)
    assert refused.value.field == "wall_time_limit_ms"


def test_bytes_are_held_to_the_same_bounds() -> None:
    """A program from a file may be any bytes, and its limits are those of a request."""
    submission = admit(SETTINGS, PYTHON, (SourceFile("main.py", b"\xff"),), b"\xfe", wall_time_ms=9999)
    assert (submission.files[0].content, submission.input_data) == (b"\xff", b"\xfe")
    assert submission.limits.wall_time_ms == 9999
    others = tuple(SourceFile(f"f{number}", b"") for number in range(FILES_MAX + 1))
    with pytest.raises(SubmissionError, match="files has more than 64 entries"):
        admit(SETTINGS, PYTHON, (MAIN, *others))
    with pytest.raises(SubmissionError, match="input_data is larger"):
        admit(SETTINGS, PYTHON, (MAIN,), b"x" * (SETTINGS.input_limit_bytes + 1))
    with pytest.raises(SubmissionError, match="wall_time_limit_ms must be from 1 to 10000 ms"):
        admit(SETTINGS, PYTHON, (MAIN,), wall_time_ms=10_001)
    with pytest.raises(SubmissionError, match="memory_limit_kb must be from"):
        admit(SETTINGS, PYTHON, (MAIN,), memory_bytes=1)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("a/b", "a"), "files: 'a' is a file, and a directory of another file"),
        (("main.py/a",), "files: 'main.py' is a file, and a directory of another file"),
        (("a/../b",), "files: 'a/../b' is not a valid file name: up to 16 parts"),
    ],
)
def test_names_with_directories(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(SubmissionError) as refused:
        admit(SETTINGS, PYTHON, (MAIN, *(SourceFile(name, b"") for name in names)))
    assert str(refused.value).startswith(message)
    files = (MAIN, SourceFile("a/b", b""), SourceFile("a/c/d", b""))
    assert admit(SETTINGS, PYTHON, files).files == files
