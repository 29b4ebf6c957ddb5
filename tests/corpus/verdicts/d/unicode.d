//: claim = "Passes Unicode through."
//: verdict = "AC"
//: input = "Žižka 🦀\n"
//: output = "Hello, Žižka 🦀!\n"
import std.stdio, std.string;

void main() {
    writeln("Hello, ", readln.strip, "!");
}
