#: claim = "Recurses deeper than R allows: an error, and not the memory limit."
#: verdict = "RTE"
#: reason_contains = ["exit code 1"]
deep <- function(n) deep(n + 1) + 1
cat(deep(0), "\n")
