#: claim = "Adds the numbers up."
#: verdict = "AC"
NR == 2 { for (i = 1; i <= NF; i++) sum += $i }
END { print sum }
