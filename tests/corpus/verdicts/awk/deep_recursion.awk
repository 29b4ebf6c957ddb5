#: claim = "Recurses 100,000 calls deep."
#: verdict = "AC"
function deep(n) { return n ? deep(n - 1) * 2 : 0 }

NR == 2 { for (i = 1; i <= NF; i++) sum += $i }
END { print deep(100000) + sum }
