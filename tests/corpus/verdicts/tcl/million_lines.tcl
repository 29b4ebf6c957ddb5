#: claim = "Reads a million lines in the usual way, within two seconds."
#: verdict = "AC"
#: time_limit_ms = 2000
#: wall_time_limit_ms = 10000
#: lines = 1000000
gets stdin
set sum 0
while {[gets stdin line] >= 0} {
    incr sum $line
}
puts $sum
