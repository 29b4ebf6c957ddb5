#include <iostream>

int main() {
    int n;
    std::cin >> n;
    long long sum = 0, squares = 0;
    for (long long a; std::cin >> a;) {
        sum += a;
        squares += a * a;
    }
    std::cout << (sum * sum - squares) / 2 << "\n";
}
