//: claim = "Has the compiler work for ever."
//: verdict = "CE"
//: reason_contains = ["the compiler"]
template <unsigned long N, unsigned long M>
struct bomb {
    static constexpr unsigned long value = bomb<N - 1, 2 * M>::value + bomb<N - 1, 2 * M + 1>::value;
};

template <unsigned long M>
struct bomb<0, M> {
    static constexpr unsigned long value = 1;
};

int main() {
    return bomb<40, 0>::value;
}
