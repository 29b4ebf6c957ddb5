#include <iostream>

int main() {
    for (long long a, b; std::cin >> a >> b;) {
        volatile long long low = a < b ? a : b;
        long long steps = 0;
        for (long long high = a < b ? b : a; low < high; low = low + 1) steps++;
        std::cout << steps << '\n';
    }
}
