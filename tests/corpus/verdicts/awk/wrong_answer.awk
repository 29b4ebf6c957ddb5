#: claim = "Is one off."
#: verdict = "WA"
#: reason_contains = ["differs"]
NR == 2 { for (i = 1; i <= NF; i++) sum += $i }
END { print sum + 1 }
