#: claim = "Recurses until memory is full."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
no warnings "recursion";
sub deep { my $n = shift; return deep($n + 1) + 1 }
print deep(0), "\n";
