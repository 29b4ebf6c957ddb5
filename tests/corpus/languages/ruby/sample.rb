n = gets.to_i
value = 1
values = Array.new(n) { value = value * 48271 % 2147483647 }.sort
checksum = 0
values.each.with_index(1) { |each, at| checksum = (checksum + at * each) % 1_000_000_007 }
mode, count = values.map { |each| each % 1000 }.tally.max_by { |key, times| [times, -key] }
puts [values.map { |each| each % 100_000 }.uniq.size, checksum, mode, count].join(" ")
