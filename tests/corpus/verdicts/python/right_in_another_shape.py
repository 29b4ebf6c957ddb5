#: claim = "Prints the answer with other white space, which does not count."
#: verdict = "AC"
input()
print("\n\n   " + str(sum(map(int, input().split()))), end="")
