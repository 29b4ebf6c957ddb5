#: claim = "sys.exit(300) is 44, as a shell would say."
#: status = "RUNTIME_ERROR"
#: exit_code = 44
import sys

sys.exit(300)
