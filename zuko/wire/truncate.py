"""Truncation of responses by their encoded size: a NUL is six bytes of JSON, so 1 MiB of output can become 6 MiB."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from zuko.types import Execution, SkippedFile
from zuko.wire.execute import ExecuteResponse
from zuko.wire.judge import CaseResponse, JudgeResponse

_SHORT: Final = b'"\\\b\f\n\r\t'  # two bytes each in JSON
_LONG: Final = bytes(set(range(32)) - set(_SHORT))  # six bytes each
_ARTIFACT: Final = 64  # bytes of a file's JSON in addition to its name and content
_WORST: Final = 12  # bytes that one character can become in any encoding
# Lengths to which each message of a judgement is cut in turn, until the whole fits. Verdicts and figures are never cut.
_MESSAGE_LENGTHS: Final = (4000, 1000, 200, 0)
_COMPILER: Final = 16  # times a message's length that a compiler's output may keep: it is longer than others


def encoded_size(text: str) -> int:
    """Return the bytes that a string takes in JSON as UTF-8, without its quotes."""
    data = text.encode()
    size = len(data)
    return size + (size - len(data.translate(None, _SHORT))) + 5 * (size - len(data.translate(None, _LONG)))


def enveloped_size(text: str) -> int:
    """Return the bytes that a string takes in JSON that is itself a string in ASCII JSON: Lambda's runtime sends that.

    A NUL is seven bytes, a quote or a backslash four, a DEL six, another character outside ASCII six or twelve.
    """
    data = text.encode("utf-16-le")
    wide = len(data) // 2 - sum(map(str.isascii, text)) if not text.isascii() else 0  # UTF-16 units of other letters
    ascii_part = (text if text.isascii() else text.encode("ascii", "ignore").decode()).encode()
    size = len(ascii_part)
    short = size - len(ascii_part.translate(None, _SHORT))
    doubled = ascii_part.count(b'"') + ascii_part.count(b"\\")
    long = size - len(ascii_part.translate(None, _LONG))
    deleted = ascii_part.count(b"\x7f")  # the runtime's encoder escapes DEL too
    return size + 2 * short + doubled + 6 * long + 5 * deleted + 6 * wide


def document_size(document: str) -> int:
    """Return the bytes that JSON takes as UTF-8."""
    return len(document.encode())


def enveloped_document_size(document: str) -> int:
    """Return the bytes that JSON takes as a string in ASCII JSON with DEL escaped: Lambda's runtime sends that."""
    return len(json.dumps(document)) + 5 * document.count("\x7f")


def truncate_execution(
    execution: Execution, limit_bytes: int, encoded_size: Callable[[str], int] = encoded_size
) -> Execution:
    """Return the execution with its outputs cut, so that both together take at most `limit_bytes` in JSON.

    Each may use half, and what the other leaves. An output that is cut is flagged as truncated. Where both are also
    sent as one, that takes as much as the two.
    """
    if execution.output is not None:
        return _truncate_interleaved(execution, execution.output, limit_bytes // 2, encoded_size)
    if execution.raw_output or execution.artifacts:
        return _truncate_bytes(execution, limit_bytes, encoded_size)
    if _WORST * (len(execution.stdout) + len(execution.stderr)) <= limit_bytes:
        return execution
    stdout_size, stderr_size = encoded_size(execution.stdout), encoded_size(execution.stderr)
    if stdout_size + stderr_size <= limit_bytes:
        return execution
    half = limit_bytes // 2
    stdout = _cut(execution.stdout, max(half, limit_bytes - stderr_size), encoded_size)
    stderr = _cut(execution.stderr, limit_bytes - encoded_size(stdout), encoded_size)
    return replace(
        execution,
        stdout=stdout,
        stderr=stderr,
        stdout_truncated=execution.stdout_truncated or stdout != execution.stdout,
        stderr_truncated=execution.stderr_truncated or stderr != execution.stderr,
    )


def _truncate_interleaved(
    execution: Execution, output: str, half: int, encoded_size: Callable[[str], int]
) -> Execution:
    fitting = truncate_execution(replace(execution, output=None), half, encoded_size)
    result = fitting.result
    if not execution.raw_output or result is None:
        return replace(fitting, output=_cut(output, half, encoded_size))
    interleaved = result.interleaved[: half // 4 * 3]  # bytes whose base64 fits
    return replace(fitting, output=output, result=replace(result, interleaved=interleaved))


def _truncate_bytes(execution: Execution, limit_bytes: int, encoded_size: Callable[[str], int]) -> Execution:
    """Return an execution with outputs or files in base64 so that they take at most `limit_bytes`.

    The outputs come first; a file for which there is no room is left out as a whole, and named.
    """
    files, skipped, result = execution.artifacts, execution.skipped, execution.result
    room = limit_bytes // 4 * 3  # bytes whose base64 fits
    if execution.raw_output and result and not files and len(result.stdout) + len(result.stderr) <= room:
        return execution
    bare = replace(execution, artifacts=None, skipped=())
    if not execution.raw_output or result is None:
        fitting = truncate_execution(replace(bare, raw_output=False), limit_bytes, encoded_size)
        used = encoded_size(fitting.stdout) + encoded_size(fitting.stderr)
    else:
        stdout = result.stdout[: max(room // 2, room - len(result.stderr))]
        stderr = result.stderr[: room - len(stdout)]
        fitting = replace(
            bare,
            result=replace(result, stdout=stdout, stderr=stderr),
            stdout_truncated=bare.stdout_truncated or stdout != result.stdout,
            stderr_truncated=bare.stderr_truncated or stderr != result.stderr,
        )
        used = _base64_size(len(stdout)) + _base64_size(len(stderr))
    kept = []
    for file in files or ():
        size = _base64_size(len(file.content)) + _WORST * len(file.name) + _ARTIFACT
        if used + size > limit_bytes:
            skipped = (*skipped, SkippedFile(file.name, "the response has no room for it"))
            continue
        used += size
        kept.append(file)
    return replace(fitting, raw_output=execution.raw_output, artifacts=files and tuple(kept), skipped=skipped)


def _base64_size(size: int) -> int:
    return -(-size // 3) * 4


def truncate_outputs(
    response: ExecuteResponse, limit_bytes: int, encoded_size: Callable[[str], int] = encoded_size
) -> ExecuteResponse:
    """Return the response to an execution with its outputs cut, as `truncate_execution` cuts them."""
    execution = truncate_execution(
        Execution(
            response.status,
            stdout=response.stdout,
            stderr=response.stderr,
            stdout_truncated=response.stdout_truncated,
            stderr_truncated=response.stderr_truncated,
            output=response.output,
        ),
        limit_bytes,
        encoded_size,
    )
    names = ("stdout", "stderr", "stdout_truncated", "stderr_truncated", "output")
    return response.model_copy(update={name: getattr(execution, name) for name in names})


def truncate_judgement(
    response: JudgeResponse, limit_bytes: int, document_size: Callable[[str], int] = document_size
) -> str:
    """Return the JSON of a judgement with its messages cut, and flagged, so that it takes at most `limit_bytes`."""
    document = response.model_dump_json()
    for length in _MESSAGE_LENGTHS:
        if document_size(document) <= limit_bytes:
            break
        output = response.compile_output
        cut = response.model_copy(
            update={
                "cases": [_shortened(case, length) for case in response.cases],
                "message": response.message and response.message[:length],
                "compile_output": output and output[: length * _COMPILER],
            }
        )
        document = cut.model_copy(update={"messages_truncated": cut != response}).model_dump_json()
    return document


def truncate_case(
    response: CaseResponse, limit_bytes: float, document_size: Callable[[str], int] = document_size
) -> str:
    """Return the JSON of a case, without its messages if it takes more than `limit_bytes`."""
    document = response.model_dump_json()
    return document if document_size(document) <= limit_bytes else _shortened(response, 0).model_dump_json()


def _shortened(case: CaseResponse, length: int) -> CaseResponse:
    texts = {"message": case.message, "diff": case.diff, "checker_message": case.checker_message}
    return case.model_copy(update={name: text and text[:length] for name, text in texts.items()})


def _cut(text: str, limit_bytes: int, encoded_size: Callable[[str], int]) -> str:
    """Return the longest beginning of a text that takes at most `limit_bytes`, by bisection.

    Only the part between two bounds is measured: to measure the whole at each step could take a second.
    """
    if encoded_size(text) <= limit_bytes:
        return text
    low, high, used = 0, min(len(text), limit_bytes), 0
    while low < high:
        middle = (low + high + 1) // 2
        more = encoded_size(text[low:middle])
        if used + more <= limit_bytes:
            low, used = middle, used + more
        else:
            high = middle - 1
    return text[:low]
