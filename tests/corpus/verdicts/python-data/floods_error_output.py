#: claim = "Prints for ever on standard error."
#: verdict = "OLE"
#: output_limit_kb = 64
#: reason_contains = ["more than 65536 bytes to stderr"]
import sys

while True:
    print("x" * 1000, file=sys.stderr)
