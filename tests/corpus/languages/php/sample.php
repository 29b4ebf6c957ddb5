<?php
$n = (int) fgets(STDIN);
$value = 1;
$values = [];
for ($at = 0; $at < $n; $at++) {
    $value = $value * 48271 % 2147483647;
    $values[] = $value;
}
sort($values);
$checksum = 0;
$distinct = [];
$counts = array_fill(0, 1000, 0);
foreach ($values as $at => $value) {
    $checksum = ($checksum + ($at + 1) * $value) % 1_000_000_007;
    $distinct[$value % 100_000] = true;
    $counts[$value % 1000]++;
}
$mode = array_search(max($counts), $counts);
echo count($distinct), " $checksum $mode $counts[$mode]\n";
