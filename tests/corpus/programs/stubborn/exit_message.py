#: claim = "sys.exit with a text writes it to standard error and exits 1."
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stdout = ""
#: stderr = "farewell\n"
import sys

sys.exit("farewell")
