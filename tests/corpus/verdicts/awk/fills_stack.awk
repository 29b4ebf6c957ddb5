#: claim = "Recurses until memory is full."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
function deep(n) { return deep(n + 1) + 1 }

BEGIN { print deep(0) }
