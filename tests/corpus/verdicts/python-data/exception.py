#: claim = "Does not catch an exception."
#: verdict = "RTE"
#: reason_contains = ["exit code 1"]
input()
print(sum(map(int, input().split())) // 0)
