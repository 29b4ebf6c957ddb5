#: claim = "Two thousand lines by turns on both streams: each stream is whole and in order."
#: status = "OK"
#: stdout_contains = ["out 0\nout 1\nout 2\n", "out 998\nout 999\n"]
#: stdout_bytes = 7890
#: stderr_bytes = 7890
#: stdout_excludes = ["err"]
import os

for number in range(1000):
    os.write(1, f"out {number}\n".encode())
    os.write(2, f"err {number}\n".encode())
