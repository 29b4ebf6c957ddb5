#: claim = "One bytecode that computes for hours, where no Python signal handler gets a turn, ends at the wall limit."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: wall_ms_max = 2000

9**9**9
