#: claim = "5 MiB of input arrive whole."
#: timeout = 5
#: input = "abcdefghij"
#: input_repeat = 524288
#: status = "OK"
#: stdout = "5242880 abcdefghij\n"
import sys

text = sys.stdin.read()
print(len(text), text[-10:])
