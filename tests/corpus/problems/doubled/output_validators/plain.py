import sys

sys.exit(42 if sys.stdin.read().strip().isdecimal() else 43)
