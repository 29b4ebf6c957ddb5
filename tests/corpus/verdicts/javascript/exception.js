//: claim = "Does not catch an exception."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
console.log(undefined.length);
