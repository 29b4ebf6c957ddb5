#: claim = "Is one off."
#: verdict = "WA"
#: reason_contains = ["differs"]
gets
puts gets.split.sum(&:to_i) + 1
