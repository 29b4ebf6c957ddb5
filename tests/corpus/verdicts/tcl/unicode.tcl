#: claim = "Counts and prints characters of several scripts; Tcl 8.6 counts those beyond 65,535 as two."
#: verdict = "AC"
#: input = "Grüße 世界\n"
#: output = "8 Grüße 世界\n"
gets stdin text
puts "[string length $text] $text"
