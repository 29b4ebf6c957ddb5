#: claim = "Prints the right answer, and computes for ever."
#: verdict = "TLE"
#: time_limit_ms = 200
#: reason_contains = ["of CPU time"]
input()
print(sum(map(int, input().split())), flush=True)
while True:
    pass
