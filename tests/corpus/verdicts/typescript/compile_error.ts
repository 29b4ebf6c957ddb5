//: claim = "Is not a program."
//: verdict = "CE"
//: compile_output_contains = ["main.ts("]
console.log("no end"
