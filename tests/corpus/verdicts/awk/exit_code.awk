#: claim = "Prints the right answer, and ends with an exit code that is not 0."
#: verdict = "RTE"
#: reason_contains = ["exit code 3"]
NR == 2 { for (i = 1; i <= NF; i++) sum += $i }
END { print sum; exit 3 }
