//: claim = "Recurses until its stack is full: an exception in JavaScript, whose stack is not the memory limit's."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
function deep(n: number): number {
  return deep(n + 1) + n;
}

console.log(deep(0));
