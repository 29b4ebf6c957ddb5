#: claim = "Does not catch an exception."
#: verdict = "RTE"
#: reason_contains = ["exit code 1"]
gets
puts gets.split.sum(&:to_i) / 0
