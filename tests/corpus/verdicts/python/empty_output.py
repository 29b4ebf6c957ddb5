#: claim = "Prints nothing."
#: verdict = "WA"
#: reason_contains = ["ends too early"]
pass
