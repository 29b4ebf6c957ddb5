#: claim = "Exit code 137 is an exit code: nothing was killed."
#: status = "RUNTIME_ERROR"
#: exit_code = 137
# Who guesses a cause from 137 calls this a timeout or an OOM kill (epicbox, field notes).
import os

os._exit(137)
