#: claim = "Fills memory."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
for {set i 0} {$i < 1024} {incr i} {
    lappend blocks [string repeat x 1000000]
}
puts [llength $blocks]
