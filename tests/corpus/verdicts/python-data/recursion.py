#: claim = "Recurses deeper than the interpreter allows."
#: verdict = "RTE"
#: reason_contains = ["exit code 1"]
def deep(n):
    return deep(n + 1) + 1


print(deep(0))
