//: claim = "A program that names an ELF interpreter that there is none of is the program's mistake, not ours."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: message_contains = ["the compiled program cannot be executed", "No such file"]
__attribute__((section(".interp"), used)) extern const char interpreter[] = "/nonexistent";
int main() { return interpreter[0] == 0; }
