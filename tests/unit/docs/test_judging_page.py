"""docs/reference/judging.md says what judging does: fields, limits, conventions of checkers."""

from typing import Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from tests.harness.pages import JUDGING, coded, table, tables
from zuko.judge import custom
from zuko.problem import Convention, Verdict
from zuko.settings import Settings
from zuko.wire import judge


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("request field", judge.JudgeRequest),
        ("case field", judge.CaseModel),
        ("group field", judge.GroupModel),
        ("checker field", judge.BuiltinCheckerModel),
        ("program field", judge.ProgramModel),
        ("answer field", judge.JudgeResponse),
        ("case answer field", judge.CaseResponse),
        ("attempt field", judge.UsageResponse),
        ("group answer field", judge.GroupResponse),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_field_of_judging_is_documented(heading: str, model: type[BaseModel]) -> None:
    """In the order of the code, with what is required and the defaults."""
    rows = table(JUDGING, heading)
    assert [coded(row[0])[0] for row in rows] == list(model.model_fields)
    for row, field in zip(rows, model.model_fields.values(), strict=True):
        if "required" in next(head for head, _ in tables(JUDGING) if head[0] == heading):
            assert row[2].startswith("yes" if field.is_required() else "no"), row[0]
        if isinstance(field.default, int) and not isinstance(field.default, bool):
            assert f"default {field.default}" in row[2], row[0]
        if isinstance(field.default, str) and field.default:
            assert f"`{field.default}`" in row[2], row[0]
        if get_origin(field.annotation) is Literal:
            assert set(get_args(field.annotation)) <= set(coded(row[3])), row[0]


def test_limits_of_judging_are_the_settings() -> None:
    settings, mib = Settings(), 1 << 20
    limits = {row[0]: row[1] for row in table(JUDGING, "limit", "default")}
    assert limits["size of `code`, and of `files` together"].startswith(f"{settings.code_limit_bytes // 1024} KiB")
    assert limits["`cases`"] == f"{settings.judge_cases_max}"
    assert limits["`time_limit_ms`, `wall_time_limit_ms`"] == f"{settings.timeout_max_s * 1000} ms"
    assert limits["`memory_limit_kb`"] == f"{settings.memory_limit_max_mib} MiB"
    assert limits["`output_limit_kb`"] == f"{settings.judge_output_limit_bytes // mib} MiB"
    assert limits["size of the body"].startswith(f"{settings.judge_body_limit_bytes // mib} MiB")
    assert limits["time for all cases"] == f"{settings.judge_timeout_s:g} s"


def test_conventions_are_documented() -> None:
    """Every file that a checker is given or may leave, and what its exit codes mean."""
    rows = {coded(row[0])[0]: row for row in table(JUDGING, "convention", "called with")}
    assert rows.keys() == set(Convention)
    told = {word for row in rows.values() for cell in row for each in coded(cell) for word in each.split()}
    assert custom.JUDGE_FILES - told == {"teammessage.txt"}, "which is taken and not shown"
    for convention, meanings in (("kattis", custom._KATTIS), ("testlib", custom._TESTLIB)):
        _, _, right, wrong, besides = rows[convention]
        told_codes = {int(code): Verdict.AC for code in right.split(", ")}
        told_codes |= {int(code): Verdict.WA for code in wrong.split(", ")}
        if convention == "testlib":
            assert besides.startswith("7: right, with the points")
            told_codes[7] = Verdict.AC
        assert told_codes == meanings
