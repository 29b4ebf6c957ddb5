use strict;
use warnings;

my $n = <STDIN>;
my $value = 1;
my @values;
for (1 .. $n) {
    $value = $value * 48271 % 2147483647;
    push @values, $value;
}
@values = sort { $a <=> $b } @values;
my ($checksum, $mode, %distinct, @counts) = (0, 0);
for my $at (0 .. $#values) {
    $checksum = ($checksum + ($at + 1) * $values[$at]) % 1_000_000_007;
    $distinct{$values[$at] % 100_000} = 1;
    $counts[$values[$at] % 1000]++;
}
for my $key (0 .. 999) {
    $mode = $key if ($counts[$key] // 0) > ($counts[$mode] // 0);
}
print join(" ", scalar(keys %distinct), $checksum, $mode, $counts[$mode]), "\n";
