#: claim = "Reads beyond the end of its input, which ends and does not hang."
#: verdict = "RTE"
#: reason_contains = ["exit code 1"]
while True:
    input()
