<?php
//: claim = "Recurses until memory is full."
//: verdict = "MLE"
//: memory_limit_kb = 98304
//: reason_contains = ["memory"]
function deep($n)
{
    return deep($n + 1) + 1;
}

echo deep(0), "\n";
