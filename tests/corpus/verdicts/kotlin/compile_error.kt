//: claim = "Is not a program."
//: verdict = "CE"
//: compile_output_contains = ["unresolved reference 'undeclared'"]
fun main() {
    println(undeclared)
}
