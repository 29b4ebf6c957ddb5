//: claim = "Has a type error, which is a compile error although it could be run."
//: verdict = "CE"
//: compile_output_contains = ["Type 'string' is not assignable to type 'number'"]
const sum: number = "six";
console.log(sum);
