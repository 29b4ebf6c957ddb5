//: claim = "Templates without an end are refused at the compiler's own limit of depth."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "output_limit"]
// Each of 900 levels brings its line of context.
template <int N>
struct Deeper {
    static constexpr int value = Deeper<N + 1>::value;
};
int main() { return Deeper<0>::value; }
