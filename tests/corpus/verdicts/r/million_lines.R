#: claim = "Reads a million lines in the usual way, within two seconds."
#: verdict = "AC"
#: time_limit_ms = 2000
#: wall_time_limit_ms = 10000
#: lines = 1000000
lines <- readLines("stdin")
cat(sum(as.integer(lines[-1])), "\n")
