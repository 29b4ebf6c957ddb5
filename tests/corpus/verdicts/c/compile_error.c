//: claim = "Is not a program."
//: verdict = "CE"
//: compile_output_contains = ["error: "]
int main(void) {
    return undeclared;
}
