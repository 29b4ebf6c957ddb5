#include <iostream>

int main() {
    int n;
    std::cin >> n;
    int sum = 0, squares = 0;
    for (int a; std::cin >> a;) {
        sum += a;
        squares += a * a;
    }
    std::cout << (sum * sum - squares) / 2 << "\n";
}
