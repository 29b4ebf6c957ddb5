<?php
//: claim = "Calls a function of another file of the program."
//: verdict = "AC"
//: files = { "lib/total.php" = "<?php\nfunction total($words)\n{\n    return array_sum($words);\n}\n" }
require "lib/total.php";
fgets(STDIN);
echo total(explode(" ", fgets(STDIN))), "\n";
