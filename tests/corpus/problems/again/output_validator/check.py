"""Twice the number is due; it becomes the input of the next pass, until it is larger than the answer."""

import pathlib
import sys

feedback = pathlib.Path(sys.argv[3])
number, most = (int(pathlib.Path(path).read_text()) for path in sys.argv[1:3])
with (feedback / "judgemessage.txt").open("a") as file:
    file.write(f"{number}\n")
if sys.stdin.read().split() != [str(2 * number)]:
    sys.exit(43)
if 2 * number <= most:
    (feedback / "nextpass.in").write_text(str(2 * number))
sys.exit(42)
