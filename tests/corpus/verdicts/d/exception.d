//: claim = "Ends by an exception that it does not catch."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
import std.conv, std.stdio;

void main() {
    writeln("x".to!int);
}
