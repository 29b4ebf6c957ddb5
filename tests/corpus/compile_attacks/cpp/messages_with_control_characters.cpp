//: claim = "Control characters in messages come as text, and as valid JSON."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_contains = ["\u001b[31m"]
#pragma GCC error "\033[31m\001\177"
#error [31m red
int main() {}
