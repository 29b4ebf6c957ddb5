#: claim = "Prints the right answer, and ends with an exit code that is not 0."
#: verdict = "RTE"
#: reason_contains = ["exit code 3"]
lines <- readLines("stdin")
sum <- sum(as.integer(strsplit(lines[2], " ")[[1]]))
cat(sum, "\n")
quit(status = 3)
