//: claim = "A library that a pragma names by its path is not linked."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
pragma(lib, "/etc/passwd");
extern (C) int word();

void main() {
    word();
}
