read -r n
value=1 mode=0 checksum=0
values=() counts=()
declare -A seen
for ((at = 0; at < n; at++)); do
    ((value = value * 48271 % 2147483647, counts[value % 1000]++))
    values[at]=$value
    seen[$((value % 100000))]=1
done
at=0
for value in $(printf '%s\n' "${values[@]}" | sort -n); do
    ((checksum = (checksum + ++at * value) % 1000000007))
done
for key in "${!counts[@]}"; do
    ((counts[key] > counts[mode])) && mode=$key
done
echo "${#seen[@]} $checksum $mode ${counts[mode]}"
