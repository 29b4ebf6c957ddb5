#: claim = "Fills memory."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
my @blocks;
push @blocks, "x" x (1 << 20) . $_ for 1 .. 1024;
print scalar(@blocks), "\n";
