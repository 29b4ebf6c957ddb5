"""Answers bounded by their encoded size: a NUL is six bytes of JSON, so 1 MiB of output can become 6."""

from dataclasses import replace
from typing import Final

from zuko.types import Execution

_SHORT: Final = b'"\\\b\f\n\r\t'  # two bytes each in JSON
_LONG: Final = bytes(set(range(32)) - set(_SHORT))  # six


def encoded_size(text: str) -> int:
    """Bytes that a string takes in JSON as UTF-8, quotes left out."""
    data = text.encode()
    size = len(data)
    return size + (size - len(data.translate(None, _SHORT))) + 5 * (size - len(data.translate(None, _LONG)))


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
    """The longest beginning that takes at most `limit_bytes`: sizes grow with length, so halving finds it.

    Only what is between two bounds is measured, or a program's worst output would cost a second.
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
