<?php
//: claim = "A file of the program that looks like PHP's configuration is not read as such."
//: verdict = "AC"
//: files = { "php.ini" = "auto_prepend_file = before.php\n", "before.php" = "BREACH\n" }
fgets(STDIN);
echo array_sum(explode(" ", fgets(STDIN))), "\n";
