#: claim = "A BEGIN block runs while Perl compiles the program, within the limits of its run."
#: verdict = "TLE"
#: time_limit_ms = 200
#: reason_contains = ["of CPU time"]
BEGIN { 1 while 1 }
print "6\n";
