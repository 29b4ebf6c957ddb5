#: claim = "Adds the numbers up."
#: verdict = "AC"
input()
print(sum(map(int, input().split())))
