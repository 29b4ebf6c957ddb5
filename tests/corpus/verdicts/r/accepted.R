#: claim = "Adds the numbers up."
#: verdict = "AC"
lines <- readLines("stdin")
sum <- sum(as.integer(strsplit(lines[2], " ")[[1]]))
cat(sum, "\n")
