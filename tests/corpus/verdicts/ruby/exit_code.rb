#: claim = "Prints the right answer, and ends with an exit code that is not 0."
#: verdict = "RTE"
#: reason_contains = ["exit code 3"]
gets
puts gets.split.sum(&:to_i)
exit 3
