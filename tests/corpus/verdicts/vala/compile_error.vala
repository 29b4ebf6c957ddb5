//: claim = "Is not a program."
//: verdict = "CE"
//: compile_output_contains = ["undeclared"]
void main () {
    print (undeclared);
}
