#: claim = "Calls a function of another file of the program."
#: verdict = "AC"
#: files = { "lib/total.sh" = "total() {\n    local sum=0\n    for number in \"$@\"; do ((sum += number)); done\n    echo \"$sum\"\n}\n" }
source lib/total.sh
read -r n
read -ra numbers
total "${numbers[@]}"
