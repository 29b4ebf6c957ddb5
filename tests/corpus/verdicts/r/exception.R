#: claim = "Does not catch an exception."
#: verdict = "RTE"
#: reason_contains = ["exit code 1"]
lines <- readLines("stdin")
sum <- sum(as.integer(strsplit(lines[2], " ")[[1]]))
stop("no answer")
