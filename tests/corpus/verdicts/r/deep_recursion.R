#: claim = "Recurses 1,000 calls deep."
#: verdict = "AC"
options(expressions = 100000)
deep <- function(n) if (n == 0) 0 else deep(n - 1) * 2
lines <- readLines("stdin")
sum <- sum(as.integer(strsplit(lines[2], " ")[[1]]))
cat(deep(1000) + sum, "\n")
