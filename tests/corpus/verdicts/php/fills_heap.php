<?php
//: claim = "Fills memory."
//: verdict = "MLE"
//: memory_limit_kb = 98304
//: reason_contains = ["memory"]
$blocks = [];
for ($i = 0; $i < 1024; $i++) {
    $blocks[] = str_repeat("x", 1 << 20);
}
echo count($blocks), "\n";
