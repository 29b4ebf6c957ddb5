#: claim = "Is one off."
#: verdict = "WA"
#: reason_contains = ["differs"]
read -r n
read -ra numbers
sum=0
for number in "${numbers[@]}"; do ((sum += number)); done
echo $((sum + 1))
