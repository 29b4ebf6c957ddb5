<?php
//: claim = "Computes for ever."
//: verdict = "TLE"
//: time_limit_ms = 250
//: reason_contains = ["was stopped after", "of CPU time"]
for ($n = 0; ; $n++) {
}
