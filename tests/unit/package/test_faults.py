"""Messages about wrong packages, and about paths in them that lead elsewhere."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.unit.package.packages import GROUPED, LEGACY, MODERN, SCORING, build, read
from zuko.errors import ProblemError
from zuko.languages.codes import NAMES
from zuko.package import files, read_package, testdata

MIB: Final = 1 << 20
YAML: Final = MODERN["problem.yaml"]


@pytest.mark.parametrize(
    ("base", "changes", "message"),
    [
        # problem.yaml
        (LEGACY, {"problem.yaml": None}, "problem.yaml: is missing"),
        (
            LEGACY,
            {"problem.yaml": "a: [1"},
            "problem.yaml, line 1: is not valid YAML: expected ',' or ']', but got '<stream end>'",
        ),
        (LEGACY, {"problem.yaml": b"a: \xff"}, "problem.yaml: is not valid UTF-8 at byte 3"),
        (
            LEGACY,
            {"problem.yaml": b"a: \x07"},
            "problem.yaml: is not valid YAML: unacceptable character #x0007: special characters are not allowed",
        ),
        (
            LEGACY,
            {"problem.yaml": "- a"},
            "problem.yaml, line 1: must be a mapping, with a key on each line",
        ),
        (LEGACY, {"problem.yaml": "[a, b]: c"}, "problem.yaml, line 1: a key must be plain text"),
        (
            LEGACY,
            {"problem.yaml": "a: &x [1]\nb: *x"},
            "problem.yaml, line 1: is not valid YAML: anchors and aliases are not supported",
        ),
        (
            LEGACY,
            {"problem.yaml": "a: " + "[" * 30 + "]" * 30},
            "problem.yaml, line 1: is not valid YAML: nested too deep",
        ),
        (LEGACY, {"problem.yaml": "#" * 300_000}, "problem.yaml: is larger than 262144 bytes"),
        (
            LEGACY,
            {"problem.yaml": "limits:\n  memroy: 64"},
            "problem.yaml, line 2: limits.memroy: unknown key; did you mean memory?",
        ),
        (
            LEGACY,
            {"problem.yaml": "\noutput_validator_flags: float_tolerance 1e-6"},
            "problem.yaml, line 2: output_validator_flags: belongs in validator_flags, "
            "or in output_validator_flags of data/testdata.yaml",
        ),
        (
            LEGACY,
            {"problem.yaml": "time_limit: 2"},
            "problem.yaml, line 1: time_limit: belongs in limits: limits.time_limit",
        ),
        (
            LEGACY,
            {"problem.yaml": "name: x\nlimits:\n  memory: lots\n"},
            "problem.yaml, line 3: limits.memory: must be a whole number, not 'lots'",
        ),
        (
            LEGACY,
            {"problem.yaml": "limits: {memory: 0, output: -1}"},
            "problem.yaml, line 1: limits.memory: input should be greater than 0, not '0' (and 1 more)",
        ),
        (
            LEGACY,
            {"problem.yaml": "limits: {time_multiplier: nan}"},
            "problem.yaml, line 1: limits.time_multiplier: input should be a finite number, not 'nan'",
        ),
        (
            LEGACY,
            {"problem.yaml": "type: partial"},
            "problem.yaml, line 1: type: input should be 'pass-fail' or 'scoring', not 'partial'",
        ),
        (
            LEGACY,
            {"problem.yaml": "problem_format_version: 2030-01"},
            "problem.yaml, line 1: problem_format_version: unsupported version '2030-01'; supported: legacy, legacy-icpc, 2023-07, 2023-07-draft, 2025-09",  # noqa: E501
        ),
        (
            LEGACY,
            {"problem.yaml": "validation: strict"},
            "problem.yaml, line 1: validation: 'strict' is neither default nor custom "
            "[interactive] [score] [multi-pass]",
        ),
        (
            LEGACY,
            {"problem.yaml": "validation: custom multipass"},
            "problem.yaml, line 1: validation: 'custom multipass' is neither default nor custom "
            "[interactive] [score] [multi-pass]",
        ),
        (
            LEGACY,
            {"problem.yaml": "validation: custom score"},
            "problem.yaml, line 1: validation: score is only for problems of type scoring",
        ),
        (
            LEGACY,
            {"problem.yaml": "validation: custom"},
            "output_validators/: has no validator, but the problem needs one",
        ),
        (
            LEGACY,
            {"problem.yaml": "validator_flags: float_tolerance"},
            "problem.yaml: validator_flags: float_tolerance must be a non-negative number, not ''",
        ),
        (LEGACY, {".timelimit": "two"}, ".timelimit: must be a number of seconds up to 3600, not 'two'"),
        (
            MODERN,
            {"problem.yaml": YAML + "type: multi-pass"},
            "output_validator/: has no validator, but the problem needs one",
        ),
        (
            MODERN,
            {"problem.yaml": YAML + "type: [submit-answer, interactive]"},
            "problem.yaml, line 4: type: a submit-answer problem is neither interactive nor multi-pass",
        ),
        (
            MODERN,
            {"problem.yaml": YAML + "type: [scoring, pass-fail]"},
            "problem.yaml, line 4: type: a problem is pass-fail or scoring, not both",
        ),
        (
            MODERN,
            {"problem.yaml": YAML + "validation: custom"},
            "problem.yaml, line 4: validation: belongs in type, and its program in output_validator/",
        ),
        (
            MODERN,
            {"problem.yaml": YAML + "limits: {validation_passes: 3}"},
            "problem.yaml, line 4: limits.validation_passes: is only for problems of type multi-pass",
        ),
        (
            MODERN,
            {"problem.yaml": YAML + "constants: {9a: 1}"},
            "problem.yaml, line 4: constants: '9a' is not a name of letters, digits and _",
        ),
        (
            MODERN,
            {"problem.yaml": YAML + "constants: {a: {tex: 1}}"},
            "problem.yaml, line 4: constants: a must be a number or a text, or have a value and variants of it",
        ),
        (
            MODERN,
            {"data/secret/testdata.yaml": "on_reject: continue"},
            "data/secret/testdata.yaml: is called test_group.yaml in version 2025-09, which has other keys, too",
        ),
        (
            MODERN,
            {"problem.yaml": YAML + "limits: {time_limit: 1.5}"},
            "problem.yaml, line 4: limits.time_limit: is not a multiple of time_resolution (1 s)",
        ),
        (
            MODERN,
            {"problem.yaml": YAML + "type: interactive"},
            "output_validator/: has no validator, but the problem needs one",
        ),
        # data
        (LEGACY, {"data/secret/1.ans": None}, "data/secret/1.ans: is missing, but there is an input of that name"),
        (LEGACY, {"data/secret/2.ans": ""}, "data/secret/2.ans: has no input: 2.in is missing"),
        (
            LEGACY,
            {"data/secret/1/2.in": "", "data/secret/1/2.ans": ""},
            "data/secret/1: is a directory with the name of a test case",
        ),
        (
            LEGACY,
            {"data/secret/1.in": None, "data/secret/1.ans": None},
            "data: has no test cases in data/secret or data/sample",
        ),
        (
            LEGACY,
            {"data/testdata.yaml": "on_reject: grade"},
            "data/testdata.yaml, line 1: on_reject: input should be 'break' or 'continue', not 'grade'",
        ),
        (
            LEGACY,
            {"data/testdata.yaml": "grading: custom"},
            "graders/: graders are only for problems of type scoring",
        ),
        (
            LEGACY,
            {"data/testdata.yaml": "grader_flags: frist_error"},
            "data: grader_flags: unknown flag 'frist_error'; did you mean first_error?",
        ),
        (
            LEGACY,
            {"data/secret/testdata.yaml": "grader_flags: ignore_sample"},
            "data/secret/testdata.yaml: grader_flags: ignore_sample is allowed in data/testdata.yaml only",
        ),
        (
            LEGACY,
            {"data/secret/testdata.yaml": "output_validator_flags: x"},
            "data/secret/testdata.yaml: unknown flag 'x' of the default validator; supported: case_sensitive, space_change_sensitive, float_tolerance, float_absolute_tolerance, float_relative_tolerance",  # noqa: E501
        ),
        (
            LEGACY,
            {"problem.yaml": "type: scoring", "data/testdata.yaml": "range: 5 1"},
            "data/testdata.yaml, line 1: range: must be two numbers, the lower first",
        ),
        (
            MODERN,
            {"data/secret/1.yaml": "output_validator_flags: case_sensitive"},
            "data/secret/1.yaml, line 1: output_validator_flags: belongs in output_validator_args, a list of words",
        ),
        (
            MODERN,
            {f"data/secret/1.files/{'a' * 150}/{'b' * 150}": ""},
            f"data/secret/1.files/{'a' * 150}/{'b' * 150}: has too long a path in its program: at most 255 characters and 16 parts",  # noqa: E501
        ),
        (
            MODERN,
            {"data/secret/1.yaml": 'args: ["a\\0"]'},
            "data/secret/1.yaml: args: an argument must not contain NUL",
        ),
        (
            MODERN,
            {"data/secret/test_group.yaml": "max_score: 3"},
            "data/secret/test_group.yaml: max_score: is not allowed in pass-fail problems",
        ),
        (
            MODERN,
            {"data/sample/test_group.yaml": "require_pass: x", "data/sample/1.in": "", "data/sample/1.ans": ""},
            "data/sample/test_group.yaml: require_pass: is not allowed in sample",
        ),
        (
            SCORING,
            {"data/secret/g/test_group.yaml": ""},
            "data/secret/1: is beside test data groups: secret contains either groups or cases",
        ),
        (
            SCORING,
            {"data/secret/test_group.yaml": "scoring: {score: 3}"},
            "data/secret/test_group.yaml: scoring: 2025-09 uses max_score and score_aggregation instead",
        ),
        (
            GROUPED,
            {"data/secret/b/test_group.yaml": "score_aggregation: sum"},
            "data/secret/b/test_group.yaml: max_score: is missing, because that of secret is bounded",
        ),
        (
            GROUPED,
            {"data/secret/a/test_group.yaml": ""},
            "data/secret/a/test_group.yaml: max_score: is missing, a pass-fail group needs it",
        ),
        (
            GROUPED,
            {"data/secret/a/test_group.yaml": "max_score: 1\nrequire_pass: secret/b"},
            "data/secret/a/test_group.yaml: require_pass: 'secret/b' is not a group before secret/a",
        ),
        (
            GROUPED,
            {
                "data/secret/a/test_group.yaml": "max_score: 1\nscore_aggregation: min",
                "data/secret/b/test_group.yaml": "max_score: 1\nrequire_pass: secret/a",
            },
            "data/secret/b/test_group.yaml: require_pass: secret/a is not pass-fail",
        ),
        (
            GROUPED,
            {"data/secret/a/in/test_group.yaml": ""},
            "data/secret/a/in/test_group.yaml: a group within a group is not allowed",
        ),
        (
            GROUPED,
            {"data/secret/test_group.yaml": "score_aggregation: pass-fail"},
            "data/secret/b/test_group.yaml: score_aggregation: must be pass-fail, like that of secret",
        ),
        (
            LEGACY,
            {"problem.yaml": "name: x\nlimits:\n  compilation_memory: 1\n"},
            "problem.yaml, line 3: limits.compilation_memory: input should be greater than or equal to 16, not '1'",
        ),
        # programs
        (
            LEGACY,
            {"problem.yaml": "name: x\nvalidator_flags: strict\n", "output_validators/v.py": ""},
            "problem.yaml: validator_flags: unknown flag 'strict' of the default validator; supported: case_sensitive, "
            "space_change_sensitive, float_tolerance, float_absolute_tolerance, float_relative_tolerance; "
            "there is output_validators/: is `validation: custom` missing?",
        ),
        (
            LEGACY,
            {"output_validator/v.py": ""},
            "output_validator/: is not used by version legacy: its validator belongs in output_validators/",
        ),
        (
            MODERN,
            {"output_validators/v.py": ""},
            "output_validators/: is not used by version 2025-09: its validator belongs in output_validator/",
        ),
        (
            MODERN,
            {"output_validator/v.sim": ""},
            f"output_validator: is in simula, which is not supported; supported: {', '.join(sorted(NAMES))}",
        ),
        (
            LEGACY,
            {"problem.yaml": "validation: custom interactive", "output_validators/a.py": "", "output_validators/b": ""},
            "output_validators/: one validator decides on scores, an interaction or passes, and here are more: a.py, b",
        ),
        # submissions.yaml
        (
            MODERN,
            {"submissions/submissions.yaml": "accepted:\n  permitted: [CE]"},
            "submissions/submissions.yaml, line 2: accepted.permitted.0: input should be 'AC', 'WA', 'TLE' or 'RTE', not 'CE'",  # noqa: E501
        ),
        (
            MODERN,
            {"submissions/submissions.yaml": "accepted:\n  expected: [AC]"},
            "submissions/submissions.yaml, line 2: accepted.expected: belongs in permitted and required",
        ),
        (
            MODERN,
            {"submissions/submissions.yaml": "accepted:\n  secret:\n    language: c"},
            "submissions/submissions.yaml, line 3: accepted.secret.language: belongs in the entry of the submission, "
            "not of some of its cases",
        ),
        (
            MODERN,
            {"submissions/submissions.yaml": "'a{b':\n  message: x"},
            "submissions/submissions.yaml, line 1: braces do not match in 'a{b'",
        ),
        (
            MODERN,
            {"submissions/submissions.yaml": "accepted: yes"},
            "submissions/submissions.yaml, line 1: accepted: must be a mapping",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_packages(
    base: Mapping[str, str], changes: Mapping[str, str | bytes | None], message: str, tmp_path: Path
) -> None:
    """The message names the file, the line and the key."""
    with pytest.raises(ProblemError) as caught:
        read(tmp_path, {**base, **changes})
    assert str(caught.value) == message


def test_an_archive_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "problem.zip").write_bytes(b"PK")
    with pytest.raises(ProblemError, match="must be a directory"):
        read_package(tmp_path / "problem.zip")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../outside", "../../../../../../etc/passwd"])
def test_links_out_of_the_package_are_refused(target: str, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret of the host")
    package = build(tmp_path, LEGACY)
    (package / "data/secret/1.in").unlink()
    (package / "data/secret/1.in").symlink_to(target)
    with pytest.raises(ProblemError) as caught:
        read_package(package)
    assert str(caught.value) == "data/secret/1.in: is a link that leads out of the package: put the file itself there"


def test_a_linked_directory_out_of_the_package_is_refused(tmp_path: Path) -> None:
    package = build(tmp_path, LEGACY)
    (tmp_path / "elsewhere").mkdir()
    (package / "data/sample").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ProblemError, match=r"^data/sample: is a link that leads out of the package"):
        read_package(package)


def test_links_in_the_package_are_followed(tmp_path: Path) -> None:
    package = build(tmp_path, LEGACY)
    (package / "data/secret/2.in").symlink_to("1.in")
    (package / "data/secret/2.ans").symlink_to("1.ans")
    assert [case.input for case in read_package(package).problem.cases] == [b"1\n", b"1\n"]


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    package = build(tmp_path, LEGACY)
    (package / "data/secret/again").symlink_to(".")
    with pytest.raises(ProblemError, match=f"nested more than {files.DEPTH_MAX} deep"):
        read_package(package)


def test_a_fifo_is_no_file(tmp_path: Path) -> None:
    """A FIFO is refused, and opening it does not wait for a writer."""
    package = build(tmp_path, {**LEGACY, "data/secret/1.in": None})
    os.mkfifo(package / "data/secret/1.in")
    with pytest.raises(ProblemError, match=r"^data/secret/1\.in: is not a regular file$"):
        read_package(package)


def test_sizes_and_counts_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = build(tmp_path, {**LEGACY, "data/secret/2.in": "", "data/secret/2.ans": ""})
    for module, name, limit, message in (
        (files, "TOTAL_MAX_BYTES", 10, "files are larger than 10 bytes in all"),
        (files, "ENTRIES_MAX", 3, "more than 3 files and directories"),
        (testdata, "CASES_MAX", 1, "more than 1 test cases"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, limit)
            with pytest.raises(ProblemError, match=message):
                read_package(package)
    reader = files.PackageFiles(package)
    with pytest.raises(ProblemError, match=r"data/secret/1\.in: is larger than 1 bytes"):
        reader.read("data/secret/1.in", 1)
