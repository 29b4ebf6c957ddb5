#: claim = "Recurses 100,000 calls deep."
#: verdict = "AC"
no warnings "recursion";
sub deep { my $n = shift; return $n ? deep($n - 1) * 2 : 0 }
<STDIN>;
my $sum = 0;
$sum += $_ for split " ", <STDIN>;
print deep(100_000) + $sum, "\n";
