//: claim = "Is not a program."
//: verdict = "CE"
//: compile_output_contains = ["cannot find value"]
fn main() {
    println!("{}", undeclared);
}
