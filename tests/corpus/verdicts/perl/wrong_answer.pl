#: claim = "Is one off."
#: verdict = "WA"
#: reason_contains = ["differs"]
<STDIN>;
my $sum = 0;
$sum += $_ for split " ", <STDIN>;
print $sum + 1, "\n";
