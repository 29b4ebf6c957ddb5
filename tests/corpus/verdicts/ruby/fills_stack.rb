#: claim = "Recurses until memory is full."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
def deep(n)
  deep(n + 1) + 1
end

puts deep(0)
