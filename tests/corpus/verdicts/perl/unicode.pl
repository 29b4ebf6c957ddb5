#: claim = "Counts and prints characters of several scripts."
#: verdict = "AC"
#: input = "Grüße 世界 🎉\n"
#: output = "10 Grüße 世界 🎉\n"
use open qw(:std :encoding(UTF-8));
chomp(my $text = <STDIN>);
print length($text), " $text\n";
