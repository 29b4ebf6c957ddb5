//: claim = "A function without an end at compile time ends at the limit of time or memory."
//: status = "COMPILE_ERROR"
//: reason = ["memory_limit", "cpu_time_limit", "wall_time_limit"]
import std.stdio;

int spin() {
    int n;
    for (;;) n++;
}

enum n = spin();

void main() {
    writeln(n);
}
