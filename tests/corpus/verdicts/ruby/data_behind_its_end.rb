#: claim = "What is behind __END__ is data, and the file is positioned there."
#: verdict = "AC"
gets
puts gets.split.sum(&:to_i) + DATA.read.to_i
__END__
0
BREACH
