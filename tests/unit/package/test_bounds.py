"""Packages that no sandbox could judge by: each is refused with its place, never with a traceback."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from tests.unit.package.packages import LEGACY, MODERN, SCORING, build, read
from zuko.errors import ProblemError
from zuko.package import read_package
from zuko.package.validators import InputArguments
from zuko.problem import INPUT_MAX_BYTES, CustomChecker

CUSTOM: Final = {**LEGACY, "problem.yaml": "validation: custom\n", "output_validators/v.py": ""}
CHECKED: Final = {**MODERN, "output_validator/v.py": ""}
NOBODY: Final = 65534


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (
            {**CUSTOM, "problem.yaml": f"validation: custom\nvalidator_flags: {'x ' * 257}"},
            "problem.yaml: validator_flags: more than 256 arguments are not supported",
        ),
        (
            {**CUSTOM, "problem.yaml": f"validation: custom\nvalidator_flags: {'x' * 70_000}"},
            "problem.yaml: validator_flags: arguments of more than 32768 bytes together are not supported",
        ),
        (
            {**CUSTOM, "problem.yaml": 'validation: custom\nvalidator_flags: "a\\0b"'},
            "problem.yaml: validator_flags: an argument must not contain NUL",
        ),
        (
            {**CUSTOM, "problem.yaml": 'validation: custom\nvalidator_flags: "\\uD800"'},
            "problem.yaml: validator_flags: an argument is not valid Unicode (lone surrogate)",
        ),
        (
            {**CUSTOM, "data/secret/testdata.yaml": f"output_validator_flags: {'x' * 33_000}"},
            "data/secret/testdata.yaml: arguments of more than 32768 bytes together are not supported",
        ),
        (
            {**CHECKED, "data/secret/1.yaml": 'output_validator_args: ["a\\0b"]'},
            "data/secret/1.yaml: output_validator_args: an argument must not contain NUL",
        ),
        (
            {**MODERN, "data/secret/1.yaml": 'input_validator_args: ["a\\0b"]'},
            "data/secret/1.yaml: input_validator_args: an argument must not contain NUL",
        ),
        (
            {**MODERN, "data/secret/1.yaml": f"input_validator_args: {{v: {'x' * 33_000}}}"},
            "data/secret/1.yaml: input_validator_args: arguments of more than 32768 bytes together are not supported",
        ),
        (
            {**LEGACY, "data/secret/testdata.yaml": f"input_validator_flags: {'x ' * 257}"},
            "data/secret/testdata.yaml: input_validator_flags: more than 256 arguments are not supported",
        ),
        (
            {**CHECKED, "output_validator/judge.in": ""},
            "output_validator/judge.in: has the name of a file that the judge gives to the validator",
        ),
        (
            {
                **LEGACY,
                "problem.yaml": "validation: custom",
                "output_validators/v/v.py": "",
                "output_validators/v/judge.ans": "",
            },
            "output_validators/v/judge.ans: has the name of a file that the judge gives to the validator",
        ),
        (
            {**LEGACY, "problem.yaml": "limits: {output: 1048577}"},
            "problem.yaml, line 1: limits.output: input should be less than or equal to 1048576, not '1048577'",
        ),
        (
            {**LEGACY, "problem.yaml": "limits: {validation_output: 1048577}"},
            "problem.yaml, line 1: limits.validation_output: input should be less than or equal to 1048576, not '1048577'",  # noqa: E501
        ),
        (
            {**LEGACY, **{f"input_validators/v{number}.py": "" for number in range(65)}},
            "input_validators/v9.py: the package has more than 64 input validators",
        ),
    ],
)
def test_what_no_program_can_be_given(tmp_path: Path, contents: Mapping[str, str | bytes | None], message: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read(tmp_path, contents)
    assert str(caught.value) == message


def test_the_longest_arguments_fit(tmp_path: Path) -> None:
    flags = ("x" * 127,) * 256
    package = read(tmp_path, {**CUSTOM, "problem.yaml": f"validation: custom\nvalidator_flags: {' '.join(flags)}"})
    assert isinstance(package.problem.checker, CustomChecker)
    assert package.problem.checker.arguments == flags


def test_an_input_that_no_sandbox_takes(tmp_path: Path) -> None:
    """The answer may be larger: it is never a standard input."""
    path = build(tmp_path, LEGACY)
    os.truncate(path / "data/secret/1.ans", INPUT_MAX_BYTES + 1)
    read_package(path)
    os.truncate(path / "data/secret/1.in", INPUT_MAX_BYTES)
    read_package(path)
    os.truncate(path / "data/secret/1.in", INPUT_MAX_BYTES + 1)
    with pytest.raises(ProblemError) as caught:
        read_package(path)
    assert str(caught.value) == "data/secret/1.in: is larger than 67108864 bytes"


def test_the_largest_input_is_the_supervisor_s() -> None:
    header = (ROOT / "docker/init/protocol.h").read_text()
    (shifted,) = re.findall(r"#define INPUT_MAX \((\d+)u << 20\)", header)
    assert int(shifted) << 20 == INPUT_MAX_BYTES


@pytest.fixture
def readable() -> Iterator[Path]:
    """Return a directory that every user may enter; those of pytest are for their owner only."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.mark.parametrize(
    ("closed", "place"),
    [
        ("package", "problem.yaml"),
        ("package/data", "data"),
        ("package/data/secret", "data/secret"),
        ("package/data/secret/1.in", "data/secret/1.in"),
        ("package/submissions", "submissions/submissions.yaml"),
    ],
)
def test_what_may_not_be_read(readable: Path, closed: str, place: str) -> None:
    """A directory or a file without permission is named."""
    build(readable, LEGACY)
    (readable / closed).chmod(0)
    us = os.geteuid()
    try:
        if us == 0:  # root may read everything
            os.seteuid(NOBODY)
        with pytest.raises(ProblemError) as caught:
            read_package(readable / "package")
    finally:
        os.seteuid(us)
        (readable / closed).chmod(0o755)
    assert caught.value.where == place
    assert str(caught.value).endswith(": cannot be read: Permission denied")


def arguments_of(tmp_path: Path, contents: Mapping[str, str | bytes | None]) -> dict[str, InputArguments]:
    return dict(read(tmp_path, contents).input_arguments)


def test_input_validators_and_their_arguments(tmp_path: Path) -> None:
    """Both names of the directory are known; a group's settings hold in it until another group overrides them."""
    package = read(
        tmp_path,
        {
            **LEGACY,
            "input_validators/ranges.py": "",
            "input_validators/more/main.cpp": "",
            "input_validators/old.ctd": "",
            "input_format_validators/older.py": "",
            "data/testdata.yaml": "input_validator_flags: --small 1",
            "data/secret/group/testdata.yaml": "input_validator_flags: {ranges: --large 2}",
            "data/secret/group/2.in": "",
            "data/secret/group/2.ans": "",
        },
    )
    assert [(each.path, each.program is not None) for each in package.input_validators] == [
        ("input_validators/more", True),
        ("input_validators/old.ctd", False),
        ("input_validators/ranges.py", True),
        ("input_format_validators/older.py", True),
    ]
    assert package.input_validators[1].reason.startswith("input_validators/old.ctd: has no known file extension (.C, ")
    assert package.input_arguments == {
        "secret/1": ("--small", "1"),
        "secret/group/2": {"ranges": ("--large", "2")},
    }
    more, _, ranges, _ = package.input_validators
    assert ranges.arguments(package.input_arguments["secret/1"]) == ("--small", "1")
    assert ranges.arguments(package.input_arguments["secret/group/2"]) == ("--large", "2")
    assert more.arguments(package.input_arguments["secret/group/2"]) == ()
    assert package.notes == ()


def test_input_arguments_of_2025_09(tmp_path: Path) -> None:
    contents = {
        **SCORING,
        "data/secret/1.in": None,
        "data/secret/1.ans": None,
        "data/secret/test_group.yaml": "input_validator_args: all",
        **{f"data/secret/{group}/{case}": "" for group in "ab" for case in ("1.in", "1.ans", "2.in", "2.ans")},
        "data/secret/a/test_group.yaml": "max_score: 40\n",
        "data/secret/b/test_group.yaml": "max_score: 60\ninput_validator_args: [b, c]\n",
        "data/secret/b/2.yaml": "input_validator_args: {ranges.py: [own]}\n",
    }
    assert arguments_of(tmp_path, contents) == {
        "secret/a/1": ("all",),
        "secret/a/2": ("all",),
        "secret/b/1": ("b", "c"),
        "secret/b/2": {"ranges.py": ("own",)},
    }
