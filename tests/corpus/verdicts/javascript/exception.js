//: claim = "Has an exception that nobody catches."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
console.log(undefined.length);
