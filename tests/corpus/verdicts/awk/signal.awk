#: claim = "Ends by a signal: gawk aborts at one that it does not expect."
#: verdict = "RTE"
#: reason_contains = ["SIGABRT"]
BEGIN {
    system("kill -SEGV " PROCINFO["pid"])
    system("sleep 5")
}
