#: claim = "sys.exit(256) is 0, and so OK."
#: status = "OK"
#: exit_code = 0
import sys

sys.exit(256)
