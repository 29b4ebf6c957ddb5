//: claim = "A mixin that doubles ends at a limit of the compiler's, or of a compilation."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "wall_time_limit"]
string grow(string s) {
    return s.length > 1UL << 40 ? s : grow(s ~ s);
}

mixin("auto s = \"" ~ grow("x") ~ "\";");

void main() {}
