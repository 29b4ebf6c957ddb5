#: claim = "Fills memory."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
blocks = []
1024.times { |i| blocks << ("x" * (1 << 20)) }
puts blocks.size
