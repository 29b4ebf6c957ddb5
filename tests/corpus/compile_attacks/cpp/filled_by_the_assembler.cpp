//: claim = "A loop of the assembler's that never ends fills its limit, and nothing else."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "wall_time_limit"]
// Macros of the assembler's are a language of their own.
asm(".rept 2000000000\n.quad 0x1234567812345678\n.endr");
int main() {}
