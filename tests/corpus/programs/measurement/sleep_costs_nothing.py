#: claim = "A second of sleep costs no CPU time."
#: timeout = 5
#: status = "OK"
#: cpu_ms_max = 300
import time

time.sleep(1)
