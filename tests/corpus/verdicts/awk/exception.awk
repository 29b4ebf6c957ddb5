#: claim = "Divides by zero, which AWK ends the program for."
#: verdict = "RTE"
#: reason_contains = ["exit code 2"]
NR == 2 { for (i = 1; i <= NF; i++) sum += $i }
END { print sum / zero }
