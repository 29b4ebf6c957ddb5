#: claim = "Recurses 1,000 calls deep."
#: verdict = "AC"
deep() { (($1 == 0)) || deep $(($1 - 1)); }
deep 1000
read -r n
read -ra numbers
sum=0
for number in "${numbers[@]}"; do ((sum += number)); done
echo "$sum"
