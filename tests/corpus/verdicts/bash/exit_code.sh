#: claim = "Prints the right answer, and ends with an exit code that is not 0."
#: verdict = "RTE"
#: reason_contains = ["exit code 3"]
read -r n
read -ra numbers
sum=0
for number in "${numbers[@]}"; do ((sum += number)); done
echo "$sum"
exit 3
