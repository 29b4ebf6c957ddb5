<?php
//: claim = "Is one off."
//: verdict = "WA"
//: reason_contains = ["differs"]
fgets(STDIN);
$sum = array_sum(explode(" ", fgets(STDIN)));
echo $sum + 1, "\n";
