#: claim = "Ends at the first command that fails, as it asks for."
#: verdict = "RTE"
#: reason_contains = ["exit code 1"]
set -e
false
echo 6
