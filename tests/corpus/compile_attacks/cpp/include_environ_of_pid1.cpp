//: claim = "What zuko-init was started with cannot be included."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_contains = ["Permission denied"]
#include "/proc/1/environ"
int main() {}
