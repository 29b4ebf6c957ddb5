#: claim = "Lifts the limit of calls, and recurses until memory is full."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
interp recursionlimit {} 1000000000
proc deep {n} {
    return [expr {[deep [expr {$n + 1}]] + 1}]
}
puts [deep 0]
