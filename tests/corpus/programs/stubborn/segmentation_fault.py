#: claim = "A read of address 0 is signal 11, exit code 139."
#: status = "RUNTIME_ERROR"
#: reason = "signal"
#: exit_code = 139
import ctypes

ctypes.string_at(0)
