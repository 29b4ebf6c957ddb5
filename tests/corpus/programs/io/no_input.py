#: claim = "Without input, standard input is at its end at once."
#: status = "OK"
#: stdout = "''\n"
import sys

print(repr(sys.stdin.read()))
