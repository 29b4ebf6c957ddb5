#: claim = "Standard input is a file: it has a size, can be sought in and read again."
#: input = "abcdef"
#: status = "OK"
#: stdout = "6 abcdef abcdef def\n"
import os
import sys

print(os.fstat(0).st_size, sys.stdin.read(), end=" ")
sys.stdin.seek(0)
print(sys.stdin.read(), os.pread(0, 3, 3).decode())
