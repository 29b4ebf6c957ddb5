<?php
//: claim = "Ends by a signal."
//: verdict = "RTE"
//: reason_contains = ["SIGSEGV"]
exec("kill -SEGV " . getmypid());
sleep(5);
