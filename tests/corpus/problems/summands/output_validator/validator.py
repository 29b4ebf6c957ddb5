"""Usage: validator.py input answer feedback/ < output. Exits with 42 if two positive numbers add up to the input's."""

import sys
from pathlib import Path


def reject(message: str) -> None:
    Path(sys.argv[3], "judgemessage.txt").write_text(message + "\n")
    raise SystemExit(43)


wanted = int(Path(sys.argv[1]).read_text())
words = sys.stdin.read().split()
if len(words) != 2 or not all(word.isascii() and word.isdigit() and len(word) < 20 for word in words):
    reject("two positive integers are expected")
one, other = map(int, words)
if one < 1 or other < 1:
    reject("a summand is not positive")
if one + other != wanted:
    reject(f"{one} + {other} is not {wanted}")
raise SystemExit(42)
