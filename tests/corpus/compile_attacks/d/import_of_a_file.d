//: claim = "A string import reads no file: the command names no directory for them."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
import std.stdio;

void main() {
    writeln(import("/etc/passwd"));
}
