#: claim = "Adds the numbers up."
#: verdict = "AC"
gets stdin
set sum 0
foreach number [gets stdin] {
    incr sum $number
}
puts $sum
