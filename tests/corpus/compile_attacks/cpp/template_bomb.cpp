//: claim = "Templates that double with each level end at a limit of the compiler's."
//: status = "COMPILE_ERROR"
//: reason = ["cpu_time_limit", "wall_time_limit", "memory_limit"]
// Which of them comes first is the machine's affair. DMOJ#318 has compilers as programs on untrusted input.
template <int N, int M>
struct Bomb {
    Bomb<N - 1, M> left;
    Bomb<N - 1, M + 1> right;
};
template <int M>
struct Bomb<0, M> {};
int main() { Bomb<60, 0> bomb; }
