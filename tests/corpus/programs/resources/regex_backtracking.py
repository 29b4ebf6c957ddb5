#: claim = "A regular expression that backtracks for ever ends at the wall limit."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: wall_ms_max = 2000
import re

re.match(r"(a+)+$", "a" * 64 + "b")
