#: claim = "Does not catch an exception."
#: verdict = "RTE"
#: reason_contains = ["exit code 1"]
gets stdin
set sum 0
foreach number [gets stdin] {
    incr sum $number
}
puts [expr {$sum / 0}]
