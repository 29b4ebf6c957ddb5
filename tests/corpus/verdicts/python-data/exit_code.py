#: claim = "Prints the right answer, and ends with an exit code that is not 0."
#: verdict = "RTE"
#: reason_contains = ["exit code 3"]
import sys

input()
print(sum(map(int, input().split())))
sys.exit(3)
