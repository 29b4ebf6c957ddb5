//: claim = "Including /dev/zero, which has no end, ends at the memory limit of compilations."
//: status = "COMPILE_ERROR"
//: reason = "memory_limit"
//: message_contains = ["512 MiB"]
#include "/dev/zero"
int main() {}
