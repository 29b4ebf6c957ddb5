#: claim = "sys.exit(-1) is 255."
#: status = "RUNTIME_ERROR"
#: exit_code = 255
import sys

sys.exit(-1)
