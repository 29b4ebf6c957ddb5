#: claim = "Lifts the limit of calls, and recurses 10,000 calls deep."
#: verdict = "AC"
interp recursionlimit {} 200000
proc deep {n} {
    if {$n == 0} {
        return 0
    }
    return [expr {[deep [expr {$n - 1}]] * 2}]
}
gets stdin
set sum 0
foreach number [gets stdin] {
    incr sum $number
}
puts [expr {[deep 10000] + $sum}]
