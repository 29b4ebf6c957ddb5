#: claim = "A program that waits for ever is ended at the wall limit, and the answer says that it used no CPU."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: cpu_ms_max = 400
#: wall_ms_max = 2000
#: message_contains = ["wall time"]
import threading

threading.Event().wait()
