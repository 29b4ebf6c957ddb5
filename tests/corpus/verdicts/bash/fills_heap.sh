#: claim = "Fills memory."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
block=$(printf "%1000000s" x)
for ((i = 0; i < 1024; i++)); do blocks[i]=$block$i; done
echo "${#blocks[@]}"
