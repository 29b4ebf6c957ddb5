"""Usage: interactor.py input answer feedback/. Talks with the submission: reads guesses, says lower, higher or correct."""

import sys
from pathlib import Path

GUESSES = 10

hidden = int(Path(sys.argv[1]).read_text())
for _ in range(GUESSES):
    line = sys.stdin.readline(100).strip()
    if not (line.isascii() and line.isdigit() and 1 <= int(line) <= 1000):
        Path(sys.argv[3], "judgemessage.txt").write_text("a guess is no number from 1 to 1000\n")
        raise SystemExit(43)
    guess = int(line)
    print("correct" if guess == hidden else "lower" if hidden < guess else "higher", flush=True)
    if guess == hidden:
        raise SystemExit(42)
Path(sys.argv[3], "judgemessage.txt").write_text(f"not found in {GUESSES} guesses\n")
raise SystemExit(43)
