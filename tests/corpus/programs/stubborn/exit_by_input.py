#: claim = "An exit code is passed on as it is."
#: input = "42\n"
#: status = "RUNTIME_ERROR"
#: exit_code = 42
import os

os._exit(int(input()))
