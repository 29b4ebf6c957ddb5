#: claim = "A busy loop is ended at the wall limit and its CPU time is nearly all of it."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: cpu_ms_min = 400
#: cpu_ms_max = 1400
#: wall_ms_max = 2000

while True:
    pass
