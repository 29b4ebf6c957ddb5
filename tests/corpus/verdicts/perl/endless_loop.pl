#: claim = "Computes for ever."
#: verdict = "TLE"
#: time_limit_ms = 250
#: reason_contains = ["was stopped after", "of CPU time"]
my $n = 0;
$n++ while 1;
