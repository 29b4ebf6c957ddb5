"""All points if everything is right, the best part's if one is."""

import sys

assert sys.argv[1:] == ["best"]
parts = [line.split() for line in sys.stdin]
right = [float(points) for verdict, points in parts if verdict == "AC"]
if len(right) == len(parts):
    print("AC", sum(right))
else:
    print("AC" if right else parts[0][0], max(right, default=0))
