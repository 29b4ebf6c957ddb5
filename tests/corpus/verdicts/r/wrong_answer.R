#: claim = "Is one off."
#: verdict = "WA"
#: reason_contains = ["differs"]
lines <- readLines("stdin")
sum <- sum(as.integer(strsplit(lines[2], " ")[[1]]))
cat(sum + 1, "\n")
