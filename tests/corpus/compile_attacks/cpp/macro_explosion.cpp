//: claim = "Macros that grow eightfold with each level end at a limit of the compiler's."
//: status = "COMPILE_ERROR"
//: reason = ["memory_limit", "cpu_time_limit", "wall_time_limit"]
// A billion laughs, in C++.
#define A(x) x x x x x x x x
#define B(x) A(A(A(x)))
int main() { B(B(B(B(;)))) }
