//: claim = "Is not a program."
//: verdict = "CE"
//: compile_output_contains = ["undefined identifier"]
import std.stdio;

void main() {
    writeln(undeclared);
}
