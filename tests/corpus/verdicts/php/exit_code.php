<?php
//: claim = "Prints the right answer, and ends with an exit code that is not 0."
//: verdict = "RTE"
//: reason_contains = ["exit code 3"]
fgets(STDIN);
$sum = array_sum(explode(" ", fgets(STDIN)));
echo $sum, "\n";
exit(3);
