//: claim = "Work at compile time that stays below every limit of the compiler's own ends at the time limit."
//: status = "COMPILE_ERROR"
//: reason = ["cpu_time_limit", "wall_time_limit"]
// On a busy machine 20 s of wall time may pass before 10 s of CPU time.
constexpr unsigned long work(unsigned long n)
{
    for (int i = 0; i < 200; i++)
        for (int j = 0; j < 10000; j++)
            n = n * 5 + j;
    return n;
}
template <int N>
struct Sum {
    static constexpr unsigned long value = work(N) + Sum<N - 1>::value;
};
template <>
struct Sum<0> {
    static constexpr unsigned long value = 0;
};
int main() { return Sum<800>::value != 0; }
