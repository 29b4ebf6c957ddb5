#: claim = "Recurses 100,000 calls deep."
#: verdict = "AC"
def deep(n)
  n.zero? ? 0 : deep(n - 1) * 2
end

gets
puts deep(100_000) + gets.split.sum(&:to_i)
