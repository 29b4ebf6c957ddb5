#: claim = "Adds the numbers up."
#: verdict = "AC"
gets
puts gets.split.sum(&:to_i)
