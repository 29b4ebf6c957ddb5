"""The lower the better; a number above the input is wrong, and has the points of a rejected case."""

import sys

given, answer = int(open(sys.argv[1]).read()), int(input())
if answer > given:
    sys.exit(43)
with open(sys.argv[3] + "score.txt", "w") as file:
    file.write(f"{answer - given:.3e}")
sys.exit(42)
