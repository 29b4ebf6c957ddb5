#: claim = "Reads a million lines in the usual way, within two seconds."
#: verdict = "AC"
#: time_limit_ms = 2000
#: wall_time_limit_ms = 10000
#: lines = 1000000
import sys

input = sys.stdin.readline
print(sum(int(input()) for _ in range(int(input()))))
