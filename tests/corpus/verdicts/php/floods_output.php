<?php
//: claim = "Prints for ever."
//: verdict = "OLE"
//: output_limit_kb = 64
//: reason_contains = ["more than 65536 bytes to stdout"]
while (true) {
    echo str_repeat("x", 1000), "\n";
}
