#: claim = "Calls a function of another file of the program."
#: verdict = "AC"
#: files = { "lib/total.awk" = "function total(    i, sum) {\n    for (i = 1; i <= NF; i++) sum += $i\n    return sum\n}\n" }
@include "lib/total.awk"
NR == 2 { print total() }
