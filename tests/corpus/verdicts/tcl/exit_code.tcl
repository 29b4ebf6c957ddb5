#: claim = "Prints the right answer, and ends with an exit code that is not 0."
#: verdict = "RTE"
#: reason_contains = ["exit code 3"]
gets stdin
set sum 0
foreach number [gets stdin] {
    incr sum $number
}
puts $sum
exit 3
