#: claim = "Does not catch an exception."
#: verdict = "RTE"
#: reason_contains = ["exit code 255"]
<STDIN>;
my $sum = 0;
$sum += $_ for split " ", <STDIN>;
print $sum / 0, "\n";
