"""Results as an agent gets them: text, images, other files, and the same as structured content; cut to a budget."""

import base64
from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from mcp_types import BlobResourceContents, CallToolResult, ContentBlock, EmbeddedResource, ImageContent, TextContent
from pydantic import BaseModel, Field

from zuko.mcp.texts import OUTPUT_CHARS
from zuko.problem import Verdict
from zuko.types import Reason, Status
from zuko.wire.execute import ArtifactModel, ExecuteResponse
from zuko.wire.judge import CaseResponse, JudgeResponse

FILES_BYTES_MAX: Final = 2 << 20  # of all files that are not text, in a result
_SHARE: Final = 4  # of the budget: one part each for the compiler's output and for standard error
_TAIL: Final = 3  # one part of what is kept is the end, where an error's message is
_LEAST: Final = 100  # characters that a case takes, without its messages, or one that was not run
_IMAGES: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}


class FileView(BaseModel):
    """A file that the program wrote."""

    name: str
    size_bytes: int
    text: Annotated[str | None, Field(description="null: it is not text, and comes as an image or a resource")] = None


class RunView(BaseModel):
    """How a program ended, what it printed and what it cost."""

    status: Annotated[Status, Field(description="OK, RUNTIME_ERROR, TIMEOUT or COMPILE_ERROR")]
    reason: Annotated[Reason | None, Field(description="why it did not simply exit")]
    message: Annotated[str | None, Field(description="the reason as a sentence")]
    exit_code: int | None
    stdout: str
    stderr: str
    compile_output: str | None
    truncated: Annotated[bool, Field(description="text was cut; print less, or return a file")]
    cpu_time_ms: float | None
    memory_kb: int | None
    files: list[FileView]
    files_left_out: Annotated[list[str], Field(description="a sentence for each file that is not returned")]


class CaseView(BaseModel):
    """The result of one test case."""

    name: str
    verdict: Verdict
    message: str | None
    diff: Annotated[str | None, Field(description="the first difference; only for a wrong answer")]
    cpu_time_ms: float | None
    memory_kb: int | None


class JudgeView(BaseModel):
    """The result of a program on all test cases."""

    verdict: Verdict
    message: str | None
    accepted: Annotated[int, Field(description="number of cases")]
    cases: list[CaseView]
    not_run: Annotated[list[str], Field(description="names of cases after the first failure")]
    compile_output: str | None
    truncated: Annotated[bool, Field(description="messages were cut, or cases left out")]


class Budget:
    """Characters that are left for a result.

    Args:
        chars: all of them.
    """

    def __init__(self, chars: int = OUTPUT_CHARS) -> None:
        self.left = chars
        self.is_exceeded = False

    def cut(self, text: str, share: int) -> str:
        """Return a text, or its beginning and its end if it is longer than `share` characters or what is left."""
        limit = min(share, self.left)
        kept = text if len(text) <= limit else _shortened(text, limit)
        self.is_exceeded |= kept != text
        self.left = max(self.left - len(kept), 0)
        return kept


def run_content(response: ExecuteResponse) -> CallToolResult:
    """Return the result of an execution."""
    budget = Budget()
    part = OUTPUT_CHARS // _SHARE
    compile_output = None if response.compile_output is None else budget.cut(response.compile_output, part)
    stderr = budget.cut(response.stderr, part)
    stdout = budget.cut(response.stdout, budget.left)
    blocks, files, left_out = _files(response.artifacts or (), budget)
    left_out += [f"{each.name or 'more files'}: {each.message}" for each in response.artifacts_skipped or ()]
    result = RunView(
        status=response.status,
        reason=response.reason,
        message=response.message,
        exit_code=response.exit_code,
        stdout=stdout,
        stderr=stderr,
        compile_output=compile_output,
        truncated=budget.is_exceeded or response.stdout_truncated or response.stderr_truncated,
        cpu_time_ms=response.time_used_ms,
        memory_kb=response.memory_used_kb,
        files=files,
        files_left_out=left_out,
    )
    return _result("\n".join(_run_lines(result)), result, blocks)


def judge_content(response: JudgeResponse) -> CallToolResult:
    """Return the result of a judging: failures first where not all cases find room."""
    budget = Budget()
    output = response.compile_output
    compile_output = None if not output else budget.cut(output, OUTPUT_CHARS // _SHARE)
    by_weight = sorted(range(len(response.cases)), key=lambda at: (response.cases[at].verdict is Verdict.AC, at))
    kept: dict[int, CaseView] = {}
    for at in by_weight:
        if budget.left < _LEAST:
            budget.is_exceeded = True
            break
        kept[at] = _case(response.cases[at], budget)
    room = max(budget.left, 0) // _LEAST
    not_run = [budget.cut(name, _LEAST) for name in response.skipped[:room]]
    budget.is_exceeded |= len(not_run) < len(response.skipped)
    result = JudgeView(
        verdict=response.verdict,
        message=response.message,
        accepted=sum(case.verdict is Verdict.AC for case in response.cases),
        cases=[kept[at] for at in sorted(kept)],
        not_run=not_run,
        compile_output=compile_output,
        truncated=budget.is_exceeded,
    )
    return _result("\n".join(_judge_lines(result, len(response.cases))), result, [])


def _case(case: CaseResponse, budget: Budget) -> CaseView:
    budget.left -= _LEAST
    return CaseView(
        name=budget.cut(case.name, 200),
        verdict=case.verdict,
        message=None if case.message is None else budget.cut(case.message, 500),
        diff=None if case.diff is None else budget.cut(case.diff, 1000),
        cpu_time_ms=case.time_used_ms,
        memory_kb=case.memory_used_kb,
    )


def _result(text: str, structured: BaseModel, blocks: Sequence[ContentBlock]) -> CallToolResult:
    content: list[ContentBlock] = [TextContent(type="text", text=text), *blocks]
    return CallToolResult(content=content, structured_content=structured.model_dump(mode="json"))


def _run_lines(result: RunView) -> Iterator[str]:
    code = "" if result.exit_code is None else f", exit code {result.exit_code}"
    cost = "" if result.cpu_time_ms is None else f", {result.cpu_time_ms:.0f} ms of CPU time"
    memory = "" if result.memory_kb is None else f", {result.memory_kb / 1024:.1f} MiB"
    yield f"{result.status}{code}{cost}{memory}"
    if result.message:
        yield result.message
    if result.truncated:
        yield "(text was cut)"
    for name in ("compile_output", "stdout", "stderr"):
        if text := getattr(result, name):
            yield f"--- {name}"
            yield text.rstrip("\n")
    for file in result.files:
        if file.text is None:
            yield f"--- file {file.name}, {file.size_bytes} bytes, follows"
        else:
            yield f"--- file {file.name}"
            yield file.text.rstrip("\n")
    for sentence in result.files_left_out:
        yield f"--- no file {sentence}"


def _judge_lines(result: JudgeView, cases: int) -> Iterator[str]:
    yield f"{result.verdict}: {result.verdict.meaning}; {result.accepted} of {cases} cases accepted"
    if result.message:
        yield result.message
    if result.compile_output:
        yield "--- compile_output"
        yield result.compile_output.rstrip("\n")
    for case in result.cases:
        time = "" if case.cpu_time_ms is None else f", {case.cpu_time_ms:.0f} ms"
        why = f": {case.message}" if case.message else ""
        yield f"{case.name}: {case.verdict}{time}{why}"
        if case.diff:
            yield f"  {case.diff}"
    if len(result.cases) < cases:
        yield f"({cases - len(result.cases)} cases are left out here)"
    if result.not_run:
        yield f"not run: {', '.join(result.not_run)}"
    if result.truncated:
        yield "(text was cut, or cases left out)"


def _files(files: Sequence[ArtifactModel], budget: Budget) -> tuple[list[ContentBlock], list[FileView], list[str]]:
    """Return files as blocks of content or as text, and a sentence for each that has no room."""
    blocks: list[ContentBlock] = []
    returned: list[FileView] = []
    left_out: list[str] = []
    room = FILES_BYTES_MAX
    for file in files:
        data = base64.b64decode(file.content)
        text = _text(data)
        if text is not None:
            returned.append(FileView(name=file.name, size_bytes=len(data), text=budget.cut(text, max(budget.left, 0))))
        elif len(data) > room:
            left_out.append(f"{file.name}: all files together may have {FILES_BYTES_MAX} bytes")
        else:
            room -= len(data)
            returned.append(FileView(name=file.name, size_bytes=len(data)))
            blocks.append(_block(file, data))
    return blocks, returned, left_out


def _block(file: ArtifactModel, data: bytes) -> ContentBlock:
    kind = next((kind for start, kind in _IMAGES.items() if data.startswith(start)), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "image/webp"
    if kind is not None:
        return ImageContent(type="image", data=file.content, mime_type=kind)
    resource = BlobResourceContents(uri=f"zuko:///{file.name}", blob=file.content, mime_type="application/octet-stream")
    return EmbeddedResource(type="resource", resource=resource)


def _text(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _shortened(text: str, limit: int) -> str:
    """Return the beginning and the end of a text, `limit` characters together, and a remark between them."""
    end = limit // _TAIL
    tail = text[-end:] if end else ""
    return f"{text[: limit - end]}\n[... {len(text) - limit} characters left out ...]\n{tail}"
