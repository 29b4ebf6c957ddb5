"""Results for an agent: cut to a budget, and files in the form that it can use."""

import base64
import json
from typing import Any, Final

import pytest
from mcp_types import EmbeddedResource, ImageContent, TextContent

from zuko.mcp.results import FILES_BYTES_MAX, Budget, judge_content, run_content
from zuko.mcp.texts import OUTPUT_CHARS
from zuko.problem import Verdict
from zuko.wire.execute import HELLO_RESPONSE, ArtifactModel, ExecuteResponse, SkippedModel
from zuko.wire.judge import CaseResponse, JudgeResponse

PNG: Final = b"\x89PNG\r\n\x1a\n..."


def response(**fields: Any) -> ExecuteResponse:
    return ExecuteResponse.model_validate({**HELLO_RESPONSE, **fields})


def artifact(name: str, data: bytes) -> ArtifactModel:
    return ArtifactModel(name=name, content=base64.b64encode(data).decode())


def case(number: int, verdict: Verdict, message: str | None = None) -> CaseResponse:
    return CaseResponse(
        name=str(number),
        group=None,
        verdict=verdict,
        message=message,
        time_used_ms=1.0,
        wall_time_ms=1.0,
        memory_used_kb=8000,
        points=None,
        diff=message,
        checker_message=None,
        borderline=False,
        attempts=[],
    )


def judged(cases: list[CaseResponse], **fields: Any) -> JudgeResponse:
    unknown: dict[str, Any] = dict.fromkeys(
        ("message", "decided_by", "points", "max_points", "time_used_ms", "wall_time_ms", "memory_used_kb")
    )
    named = {"verdict": Verdict.WA, "cases": cases, "groups": [], "skipped": [], "compile_output": None}
    return JudgeResponse.model_validate({**unknown, **named, **fields})


def text_of(result: Any) -> str:
    (text,) = [block.text for block in result.content if isinstance(block, TextContent)]
    return str(text)


def test_a_short_result_is_whole() -> None:
    result = run_content(response())
    assert text_of(result) == "OK, exit code 0, 16 ms of CPU time, 8.4 MiB\n--- stdout\nHello Zuko"
    assert result.structured_content["stdout"] == "Hello Zuko\n"
    assert result.structured_content["truncated"] is False
    assert not result.is_error


@pytest.mark.parametrize("names", [("stdout",), ("stderr",), ("stdout", "stderr", "compile_output")])
def test_long_outputs_are_cut_and_flagged(names: tuple[str, ...]) -> None:
    """The beginning and the end are kept, and the error's message is not lost to a long standard output."""
    result = run_content(response(**dict.fromkeys(names, f"first{'x' * 1000000}last")))
    text = text_of(result)
    assert len(text) <= OUTPUT_CHARS + 500
    for name in names:
        kept = result.structured_content[name]
        assert kept.startswith("first")
        assert kept.endswith("last")
        assert "characters left out" in kept
    assert result.structured_content["truncated"] is True
    assert "(text was cut)" in text


def test_what_the_sandbox_has_cut_is_flagged() -> None:
    assert run_content(response(stdout_truncated=True)).structured_content["truncated"] is True


def test_files() -> None:
    files = [artifact("a.csv", b"1,2\n"), artifact("p.png", PNG), artifact("b.bin", b"\xff\x00")]
    skipped = [SkippedModel(name="c", message="is a link"), SkippedModel(name="", message="too many")]
    result = run_content(response(artifacts=files, artifacts_skipped=skipped))
    image, resource = result.content[1:]
    assert isinstance(image, ImageContent)
    assert (image.mime_type, base64.b64decode(image.data)) == ("image/png", PNG)
    assert isinstance(resource, EmbeddedResource)
    assert str(resource.resource.uri) == "zuko:///b.bin"
    assert [file["text"] for file in result.structured_content["files"]] == ["1,2\n", None, None]
    assert result.structured_content["files_left_out"] == ["c: is a link", "more files: too many"]
    assert "--- file a.csv\n1,2" in text_of(result)
    assert "--- no file c: is a link" in text_of(result)


def test_files_have_a_budget() -> None:
    large = [artifact(f"{number}.bin", b"\xff" * (FILES_BYTES_MAX // 2)) for number in range(3)]
    result = run_content(response(artifacts=[*large, artifact("a.txt", b"x" * 100_000)], artifacts_skipped=[]))
    assert len(result.content) == 3
    assert "2.bin: all files together" in result.structured_content["files_left_out"][0]
    assert len(text_of(result)) <= OUTPUT_CHARS + 500


def test_cases_that_failed_come_first() -> None:
    """Where not all find room; they stand in the order of the cases."""
    cases = [case(number, Verdict.AC) for number in range(1000)]
    cases[999] = case(999, Verdict.WA, "y" * 5000)
    result = judge_content(judged(cases, skipped=[str(number) for number in range(1000)]))
    shown = result.structured_content["cases"]
    assert shown[-1]["name"] == "999"
    assert shown[0]["name"] == "0"
    assert len(shown) < 250
    assert result.structured_content["accepted"] == 999
    assert result.structured_content["truncated"] is True
    assert len(json.dumps(result.structured_content)) < 2 * OUTPUT_CHARS
    assert "cases are left out here" in text_of(result)


def test_cases_that_were_not_run_have_a_budget() -> None:
    for names, is_cut in (["a", "b"], False), ([str(number) for number in range(1000)], True), (["x" * 9000], True):
        result = judge_content(judged([case(0, Verdict.WA)], skipped=names))
        assert result.structured_content["truncated"] is is_cut
        assert sum(map(len, result.structured_content["not_run"])) <= OUTPUT_CHARS
        assert ("or cases left out" in text_of(result)) is is_cut


def test_a_budget_of_nothing() -> None:
    budget = Budget(10)
    assert budget.cut("0123456789", 100) == "0123456789"
    assert budget.left == 0
    assert "left out" in budget.cut("abc", 100)
    assert budget.is_exceeded
