#: claim = "Calls a function of another file of the program."
#: verdict = "AC"
#: files = { "lib/total.py" = "def total(words):\n    return sum(map(int, words))\n" }
from lib.total import total

input()
print(total(input().split()))
