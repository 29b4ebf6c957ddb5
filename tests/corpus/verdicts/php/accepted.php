<?php
//: claim = "Adds the numbers up."
//: verdict = "AC"
fgets(STDIN);
$sum = array_sum(explode(" ", fgets(STDIN)));
echo $sum, "\n";
