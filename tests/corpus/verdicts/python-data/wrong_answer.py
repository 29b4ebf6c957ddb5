#: claim = "Is one off."
#: verdict = "WA"
#: reason_contains = ["differs"]
input()
print(sum(map(int, input().split())) + 1)
