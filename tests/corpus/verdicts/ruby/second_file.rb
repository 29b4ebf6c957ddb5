#: claim = "Calls a function of another file of the program."
#: verdict = "AC"
#: files = { "lib/total.rb" = "def total(words)\n  words.sum(&:to_i)\nend\n" }
require_relative "lib/total"
gets
puts total(gets.split)
