#: claim = "Recurses, each time with more in a variable, until memory is full."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
deep() {
    local text=$1$1
    deep "$text"
}
deep xxxxxxxxxxxxxxxx
