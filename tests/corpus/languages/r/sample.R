n <- as.integer(readLines("stdin", n = 1))
value <- 1
values <- numeric(n)
for (at in seq_len(n)) {
  value <- (value * 48271) %% 2147483647
  values[at] <- value
}
values <- sort(values)
checksum <- 0
for (at in seq_len(n)) {
  checksum <- (checksum + at * values[at]) %% 1000000007
}
counts <- tabulate(values %% 1000 + 1, 1000)
mode <- which.max(counts)
cat(length(unique(values %% 100000)), format(checksum, scientific = FALSE), mode - 1, counts[mode])
cat("\n")
