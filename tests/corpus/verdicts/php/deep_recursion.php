<?php
//: claim = "Recurses 100,000 calls deep."
//: verdict = "AC"
function deep($n)
{
    return $n ? deep($n - 1) * 2 : 0;
}

fgets(STDIN);
$sum = array_sum(explode(" ", fgets(STDIN)));
echo deep(100000) + $sum, "\n";
