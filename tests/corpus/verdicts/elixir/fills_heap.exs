#: claim = "Fills memory."
#: verdict = "MLE"
#: memory_limit_kb = 131072
#: reason_contains = ["memory"]
IO.puts(length(Enum.to_list(1..100_000_000)))
