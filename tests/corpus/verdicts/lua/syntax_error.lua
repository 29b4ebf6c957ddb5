--: claim = "Is not a program: nothing compiles it, so it fails when it is run."
--: verdict = "RTE"
--: reason_contains = ["exit code 1"]
print("no end"
