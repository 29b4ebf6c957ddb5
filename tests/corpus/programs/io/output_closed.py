#: claim = "Printing to a closed standard output is the program's error; what came before is kept."
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stdout = "before\n"
#: stderr_contains = ["ValueError"]
import sys

print("before")
sys.stdout.close()
print("after")
