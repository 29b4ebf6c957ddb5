#: claim = "Fills memory."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
blocks <- lapply(1:1024, function(i) rep(i, 131072))
cat(length(blocks), "\n")
