"""Answers bounded by their encoded size: a NUL is six bytes of JSON, so 1 MiB of output can become 6."""

import json
import re
from dataclasses import replace

from zuko.types import Execution

_SIMPLE = re.compile(r'[^\x00-\x1f"\\\x7f-\U0010ffff]*\Z')


def encoded_size(text: str) -> int:
    """Bytes that a string takes in JSON as UTF-8, quotes left out."""
    if _SIMPLE.match(text):
        return len(text)
    return len(json.dumps(text, ensure_ascii=False).encode(errors="replace")) - 2


def fit(execution: Execution, limit_bytes: int) -> Execution:
    """The execution with its outputs cut so that both together take at most `limit_bytes` in JSON.

    Each may use what the other leaves, and half at least. What is cut is flagged as truncated.
    """
    if 6 * (len(execution.stdout) + len(execution.stderr)) <= limit_bytes:
        return execution
    stdout_size, stderr_size = encoded_size(execution.stdout), encoded_size(execution.stderr)
    if stdout_size + stderr_size <= limit_bytes:
        return execution
    half = limit_bytes // 2
    stdout = _cut(execution.stdout, max(half, limit_bytes - stderr_size))
    stderr = _cut(execution.stderr, limit_bytes - encoded_size(stdout))
    return replace(
        execution,
        stdout=stdout,
        stderr=stderr,
        stdout_truncated=execution.stdout_truncated or stdout != execution.stdout,
        stderr_truncated=execution.stderr_truncated or stderr != execution.stderr,
    )


def _cut(text: str, limit_bytes: int) -> str:
    """The longest beginning that takes at most `limit_bytes`: sizes grow with length, so halving finds it."""
    if encoded_size(text) <= limit_bytes:
        return text
    low, high = 0, min(len(text), limit_bytes)
    while low < high:
        middle = (low + high + 1) // 2
        if encoded_size(text[:middle]) <= limit_bytes:
            low = middle
        else:
            high = middle - 1
    return text[:low]
