//: claim = "A million nested parentheses end the compiler at a limit, and not what started it."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "wall_time_limit"]
// Its parser recurses: it crashes at the end of its stack, or runs out of memory or time before.
#define A(x) ((((((((((x))))))))))
#define B(x) A(A(A(A(A(A(A(A(A(A(x))))))))))
#define C(x) B(B(B(B(B(B(B(B(B(B(x))))))))))
#define D(x) C(C(C(C(C(C(C(C(C(C(x))))))))))
#define E(x) D(D(D(D(D(D(D(D(D(D(x))))))))))
#define F(x) E(E(E(E(E(E(E(E(E(E(x))))))))))
int main(void) { return F(0); }
