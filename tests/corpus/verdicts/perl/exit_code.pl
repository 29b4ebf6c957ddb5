#: claim = "Prints the right answer, and ends with an exit code that is not 0."
#: verdict = "RTE"
#: reason_contains = ["exit code 3"]
<STDIN>;
my $sum = 0;
$sum += $_ for split " ", <STDIN>;
print "$sum\n";
exit 3;
