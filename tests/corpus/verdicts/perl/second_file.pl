#: claim = "Calls a function of another file of the program."
#: verdict = "AC"
#: files = { "lib/Total.pm" = "package lib::Total;\nsub total { my $sum = 0; $sum += $_ for @_; return $sum }\n1;\n" }
use lib::Total;
<STDIN>;
print lib::Total::total(split " ", <STDIN>), "\n";
