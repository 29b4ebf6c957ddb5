#: claim = "Is not a program: nothing compiles it, so it fails when it is run."
#: verdict = "RTE"
#: reason_contains = ["exit code 2"]
if true; then
echo 6
