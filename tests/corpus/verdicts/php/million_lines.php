<?php
//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
$sum = 0;
fgets(STDIN);
while (($line = fgets(STDIN)) !== false) {
    $sum += (int) $line;
}
echo $sum, "\n";
