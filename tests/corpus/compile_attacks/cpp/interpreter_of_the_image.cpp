//: claim = "A program of which the kernel makes nothing, as its interpreter is no program, is answered as such."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: message_contains = ["the compiled program cannot be executed"]
__attribute__((section(".interp"), used)) extern const char interpreter[] = "/etc/passwd";
int main() { return interpreter[0] == 0; }
