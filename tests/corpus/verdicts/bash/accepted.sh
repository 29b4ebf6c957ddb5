#: claim = "Adds the numbers up."
#: verdict = "AC"
read -r n
read -ra numbers
sum=0
for number in "${numbers[@]}"; do ((sum += number)); done
echo "$sum"
