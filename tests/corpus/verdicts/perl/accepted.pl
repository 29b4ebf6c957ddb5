#: claim = "Adds the numbers up."
#: verdict = "AC"
<STDIN>;
my $sum = 0;
$sum += $_ for split " ", <STDIN>;
print "$sum\n";
