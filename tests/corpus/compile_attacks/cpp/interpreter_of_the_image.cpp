//: claim = "A program that the kernel refuses, because its interpreter is not a program, is reported as such."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: message_contains = ["the compiled program cannot be executed"]
__attribute__((section(".interp"), used)) extern const char interpreter[] = "/etc/passwd";
int main() { return interpreter[0] == 0; }
