#: claim = "Calls a function of another file of the program."
#: verdict = "AC"
#: files = { "lib/total.tcl" = "proc total {words} {\n    return [expr [join $words +]]\n}\n" }
source lib/total.tcl
gets stdin
puts [total [gets stdin]]
