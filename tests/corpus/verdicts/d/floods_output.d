//: claim = "Prints for ever."
//: verdict = "OLE"
//: output_limit_kb = 64
//: reason_contains = ["more than 65536 bytes to stdout"]
import std.array, std.stdio;

void main() {
    for (;;) writeln("x".replicate(70));
}
