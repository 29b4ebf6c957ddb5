//: claim = "A file that includes itself ends at the compiler's own limit of depth."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "output_limit"]
// 200 levels bring their lines of context.
#include __FILE__
#include __FILE__
int main() {}
