#: claim = "Calls a function of another file of the program."
#: verdict = "AC"
#: files = { "lib/total.R" = "total <- function(line) sum(as.integer(strsplit(line, \" \")[[1]]))\n" }
source("lib/total.R")
lines <- readLines("stdin")
cat(total(lines[2]), "\n")
