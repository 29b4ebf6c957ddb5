<?php
//: claim = "Counts and prints characters of several scripts."
//: verdict = "AC"
//: input = "Grüße 世界 🎉\n"
//: output = "10 Grüße 世界 🎉\n"
$text = trim(fgets(STDIN));
echo mb_strlen($text), " $text\n";
