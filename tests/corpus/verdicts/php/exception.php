<?php
//: claim = "Does not catch an exception."
//: verdict = "RTE"
//: reason_contains = ["exit code 255"]
fgets(STDIN);
$sum = array_sum(explode(" ", fgets(STDIN)));
echo intdiv($sum, 0), "\n";
