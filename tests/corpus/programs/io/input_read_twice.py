#: claim = "After the end comes the end again."
#: input = "abc"
#: status = "OK"
#: stdout = "3 0 0\n"
import sys

print(len(sys.stdin.read()), len(sys.stdin.read()), len(sys.stdin.buffer.read()))
