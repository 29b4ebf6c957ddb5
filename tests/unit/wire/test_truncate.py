"""Truncation of responses by the size that they have as they are sent."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from zuko.problem import CaseResult, Judgement, Verdict
from zuko.types import CpuSource, Execution, Outcome, RunResult, SkippedFile, SourceFile, Status, Usage
from zuko.wire.execute import ExecuteResponse, execution_json
from zuko.wire.judge import JudgeResponse
from zuko.wire.truncate import (
    document_size,
    encoded_size,
    enveloped_document_size,
    truncate_case,
    truncate_execution,
    truncate_judgement,
)

USAGE = Usage(3_000_000_000, 10_000_000, 10 << 20, CpuSource.CGROUP_V2)


@pytest.mark.parametrize("text", ["", "plain", 'quote " \\', "\n\t\r", "\0\x1f\x7f", "é馬😀\ufffd", "a" * 1000 + "\0"])
def test_encoded_size_is_the_size_that_is_sent(text: str) -> None:
    sent = ExecuteResponse.from_execution(Execution(Status.OK, stdout=text)).model_dump_json().encode()
    empty = ExecuteResponse.from_execution(Execution(Status.OK)).model_dump_json().encode()
    assert len(sent) - len(empty) == encoded_size(text)
    assert json.loads(sent)["stdout"] == text


@pytest.mark.parametrize(
    ("stdout", "stderr", "cut"),
    [
        ("\0" * 1000, "", (True, False)),
        ("", "é" * 4000, (False, True)),
        ("\0" * 1000, "\0" * 1000, (True, True)),
        ("a" * 100, "\0" * 2000, (False, True)),
        ("a" * 3000, "b" * 1000, (False, False)),
    ],
)
def test_outputs_are_cut_no_more_than_necessary(stdout: str, stderr: str, cut: tuple[bool, bool]) -> None:
    limit = 4096
    fitted = truncate_execution(Execution(Status.OK, stdout=stdout, stderr=stderr), limit)
    size = encoded_size(fitted.stdout) + encoded_size(fitted.stderr)
    assert size <= limit
    assert (fitted.stdout_truncated, fitted.stderr_truncated) == cut
    assert stdout.startswith(fitted.stdout)
    assert stderr.startswith(fitted.stderr)
    if any(cut):
        assert size > limit - 12, "one more character of each would not fit"


def judged(cases: int, message: str, compile_output: str) -> JudgeResponse:
    """Return a judgement with a message in every case."""
    case = CaseResult(
        "1", None, Verdict.WA, "the output is wrong", 10**7, 10**7, 10**7, message=message, attempts=(USAGE,)
    )
    judgement = Judgement(
        Verdict.WA,
        "the output is wrong",
        None,
        None,
        tuple(replace(case, name=str(number)) for number in range(cases)),
        compile_output=compile_output,
    )
    return JudgeResponse.from_judgement(judgement, compiled=True)


@pytest.mark.parametrize("size", [document_size, enveloped_document_size])
@pytest.mark.parametrize(
    ("cases", "message", "compile_output"),
    [
        (500, "😀" * 1000, "\0" * (128 << 10)),
        (500, "\x7f" * 1000, ""),
        (500, '"' * 1000, "\\" * (128 << 10)),
        (10, "я" * 1000, "é" * (128 << 10)),
    ],
)
def test_messages_of_a_judgement_are_cut_until_it_fits(
    cases: int, message: str, compile_output: str, size: Callable[[str], int]
) -> None:
    response = judged(cases, message, compile_output)
    limit = size(response.model_dump_json()) - 1
    sent = [
        json.loads(truncate_judgement(response, each, size))
        for each in (limit, limit // 2, max(limit // 20, 500 * cases))
    ]
    for each, most in zip(sent, (limit, limit // 2, max(limit // 20, 500 * cases)), strict=True):
        assert size(json.dumps(each, ensure_ascii=False, separators=(",", ":"))) <= most
        assert each["messages_truncated"]
        assert len({len(case["checker_message"]) for case in each["cases"]}) == 1
        assert [case["verdict"] for case in each["cases"]] == ["WA"] * cases
        assert compile_output.startswith(each["compile_output"])


def test_judgement_that_fits_is_not_changed() -> None:
    response = judged(3, "a" * 1000, "warning")
    document = response.model_dump_json()
    assert truncate_judgement(response, len(document)) == document
    assert not json.loads(document)["messages_truncated"]


def test_case_that_does_not_fit_loses_its_messages() -> None:
    (case,) = judged(1, "a" * 1000, "").cases
    document = case.model_dump_json()
    assert truncate_case(case, len(document)) == document
    assert json.loads(truncate_case(case, len(document) - 1)) == json.loads(document) | {
        "checker_message": "",
        "message": "",
    }


def test_bytes_are_cut_so_that_their_base64_fits() -> None:
    execution = of_bytes(bytes(90_000), bytes(10), ())
    cut = truncate_execution(execution, 40_000)
    assert cut.result is not None
    assert (len(cut.result.stdout), len(cut.result.stderr)) == (29_990, 10)
    assert (cut.stdout_truncated, cut.stderr_truncated) == (True, False)
    assert truncate_execution(execution, 200_000).result == execution.result


def test_outputs_in_order_have_half_of_the_room() -> None:
    """They repeat what the two have, so a response with all three has the same limit as one with two."""
    text = Execution(Status.OK, stdout="a" * 50_000, stderr="", output="a" * 50_000)
    cut = truncate_execution(text, 40_000)
    assert (len(cut.stdout), len(cut.output or ""), cut.stdout_truncated) == (20_000, 20_000, True)
    assert truncate_execution(text, 200_000) == text
    raw = of_bytes(bytes(50_000), b"", ())
    assert raw.result is not None
    raw = replace(raw, output="", result=replace(raw.result, interleaved=bytes(50_000)))
    cut = truncate_execution(raw, 40_000)
    assert len(execution_json(cut)) < 41_000


def test_files_that_do_not_fit_are_named() -> None:
    files = tuple(SourceFile(name, bytes(9000)) for name in "abc")
    cut = truncate_execution(of_bytes(bytes(9000), b"", files), 40_000)
    assert [file.name for file in cut.artifacts or ()] == ["a", "b"]
    assert cut.skipped == (SkippedFile("c", "the response has no room for it"),)
    assert len(execution_json(cut)) < 41_000
    text = replace(of_bytes(b"", b"", files), raw_output=False, stdout="\0" * 5000)
    assert [file.name for file in truncate_execution(text, 40_000).artifacts or ()] == []


def of_bytes(stdout: bytes, stderr: bytes, files: tuple[SourceFile, ...]) -> Execution:
    usage = Usage(1, 1, 1, CpuSource.CGROUP_V2)
    result = RunResult(Outcome.EXITED, usage, 0, None, 0, "", stdout, stderr, False, False)
    return Execution(Status.OK, raw_output=True, artifacts=files, result=result)
