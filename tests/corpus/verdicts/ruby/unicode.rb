#: claim = "Counts and prints characters of several scripts."
#: verdict = "AC"
#: input = "Grüße 世界 🎉\n"
#: output = "10 Grüße 世界 🎉\n"
text = gets.chomp
puts "#{text.length} #{text}"
