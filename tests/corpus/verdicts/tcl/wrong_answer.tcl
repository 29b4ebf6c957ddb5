#: claim = "Is one off."
#: verdict = "WA"
#: reason_contains = ["differs"]
gets stdin
set sum 0
foreach number [gets stdin] {
    incr sum $number
}
puts [incr sum]
