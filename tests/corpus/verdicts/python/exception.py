#: claim = "Has an exception that nobody catches."
#: verdict = "RTE"
#: reason_contains = ["exit code 1"]
input()
print(sum(map(int, input().split())) // 0)
