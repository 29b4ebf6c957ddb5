//: claim = "There is no /etc/shadow to include."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_contains = ["No such file or directory"]
#include "/etc/shadow"
int main() {}
