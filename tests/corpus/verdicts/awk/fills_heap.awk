#: claim = "Fills memory."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
BEGIN {
    block = sprintf("%1000000s", "x")
    for (i = 0; i < 1024; i++) blocks[i] = block i
    print length(blocks)
}
